"""The gRPC servicer, spoken to as the engine speaks to it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from lab.plugins.servicer import (
    UNKNOWN,
    Diff,
    Host,
    InputErrors,
    PartialState,
    ProviderBase,
    ProviderError,
    ProviderServicer,
    Secret,
    compare,
    from_struct,
    paths_to_diff,
    reveal,
    to_struct,
)

URN = "urn:pulumi:lab::dualstack::toy:index:Parent$toy:index:Thing::a::b"


class Toy(ProviderBase):
    """Records what it was asked; `mode` in the inputs says how to fail."""

    def __init__(self) -> None:
        self.configured: dict[str, Any] = {}
        self.cancelled = threading.Event()
        self.all_in = threading.Barrier(4)

    def configure(self, variables: dict[str, Any]) -> None:
        self.configured = variables

    def check(self, token: str, olds: Any, news: Any, *, urn: str, random_seed: bytes) -> Any:
        failures = [("size", "must be positive, got -1")] if news.get("size") == -1 else []
        return news | {"seed": random_seed.hex(), "token": token}, failures

    def diff(
        self, token: Any, id: Any, old_inputs: Any, old_outputs: Any, news: Any, ignore_changes: Any
    ) -> Diff:
        return paths_to_diff(
            compare(old_inputs, news), lambda path: path == "size", ignore_changes, delete_before_replace=True
        )

    def create(self, token: str, inputs: Any, preview: bool, *, urn: str, timeout: float) -> Any:
        mode = inputs.get("mode")
        if mode == "meets the others":
            self.all_in.wait(30)
        if mode == "refused":
            raise ProviderError("creating Thing: Busy: it is in use")
        if mode == "partial":
            raise ProviderError(
                "waiting for Thing", PartialState("t-1", inputs, ("waiting for Thing: timeout",))
            )
        if mode == "fault":
            raise KeyError("colour")
        return ("" if preview else "t-1"), inputs | {"later": UNKNOWN if preview else Secret("s")}

    def read(self, token: str, id: str, inputs: Any, properties: Any) -> Any:
        return None if id == "gone" else (id, inputs, properties)

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        if "name" not in args:
            raise InputErrors([("name", "is required")])
        return {"greeting": f"hello {args['name']}"}

    def cancel(self) -> None:
        self.cancelled.set()


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def engine(toy: Toy) -> Any:
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    servicer = ProviderServicer(toy, "toy", "1.2.3", Host())
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None)


def create(engine: Any, preview: bool = False, **inputs: Any) -> Any:
    return engine.Create(provider_pb2.CreateRequest(urn=URN, properties=to_struct(inputs), preview=preview))


def test_values_survive_the_wire_and_whole_floats_become_integers() -> None:
    value = {"a": 1, "b": 1.5, "c": [True, "x", None], "d": {"e": UNKNOWN}, "f": Secret({"g": 2})}
    assert from_struct(to_struct(value)) == value
    assert isinstance(from_struct(to_struct({"a": 1.0}))["a"], int)
    assert reveal(value)["f"] == {"g": 2}


def test_a_missing_value_is_left_out() -> None:
    assert from_struct(to_struct({"a": None, "b": 1})) == {"b": 1}


def test_the_plugin_names_its_version(engine: Any) -> None:
    assert engine.GetPluginInfo(empty_pb2.Empty()).version == "1.2.3"


def test_configuration_arrives_without_its_prefix(engine: Any, toy: Toy) -> None:
    engine.Configure(provider_pb2.ConfigureRequest(variables={"toy:config:region": "eu-central-1"}))
    assert toy.configured == {"region": "eu-central-1"}


def test_check_sees_the_type_token_and_reports_failures(engine: Any) -> None:
    request = provider_pb2.CheckRequest(urn=URN, news=to_struct({"size": -1}), randomSeed=b"\x01\x02")
    answer = engine.Check(request)
    assert from_struct(answer.inputs) == {"size": -1, "seed": "0102", "token": "toy:index:Thing"}
    assert [(one.property, one.reason) for one in answer.failures] == [("size", "must be positive, got -1")]


def test_secret_inputs_stay_secret_in_outputs(engine: Any) -> None:
    answer = create(engine, key=Secret("k"), nested={"list": ["a", Secret("b")]})
    outputs = from_struct(answer.properties)
    assert outputs == {"key": Secret("k"), "nested": {"list": Secret(["a", "b"])}, "later": Secret("s")}


def test_a_preview_has_no_id_and_unknown_outputs(engine: Any) -> None:
    answer = create(engine, preview=True, a=UNKNOWN)
    assert answer.id == ""
    assert from_struct(answer.properties) == {"a": UNKNOWN, "later": UNKNOWN}


def test_a_refusal_is_one_clean_line(engine: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        create(engine, mode="refused")
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert caught.value.details() == "creating Thing: Busy: it is in use"


def test_a_half_made_resource_is_recorded_with_its_secrets(engine: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        create(engine, mode="partial", key=Secret("k"))
    metadata = {one.key: one.value for one in caught.value.trailing_metadata()}
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "t-1"
    assert list(detail.reasons) == ["waiting for Thing: timeout"]
    assert from_struct(detail.properties) == {"mode": "partial", "key": Secret("k")}


def test_a_fault_of_the_plugin_itself_says_so(engine: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        grpc.RpcError, match=r"fault in the toy stand-in: KeyError: 'colour' \(test_servicer.py:"
    ):
        create(engine, mode="fault")


def test_a_resource_that_is_gone_gives_an_empty_answer(engine: Any) -> None:
    assert engine.Read(provider_pb2.ReadRequest(urn=URN, id="gone")).ByteSize() == 0


def test_a_detailed_diff_names_kinds_and_replacements(engine: Any) -> None:
    answer = engine.Diff(
        provider_pb2.DiffRequest(
            urn=URN,
            old_inputs=to_struct({"size": 1, "tags": {"a.b": "x"}, "list": ["p", "q"], "kept": 1}),
            news=to_struct({"size": 2, "tags": {"a.b": "y"}, "list": ["p"], "kept": 2, "more": UNKNOWN}),
            ignoreChanges=["kept"],
        )
    )
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(one.kind) for path, one in answer.detailedDiff.items()}
    assert kinds == {
        "size": "UPDATE_REPLACE",
        'tags["a.b"]': "UPDATE",
        "list[1]": "DELETE",
        "more": "ADD",
    }
    assert list(answer.replaces) == ["size"]
    assert answer.deleteBeforeReplace
    assert sorted(answer.diffs) == ["list", "more", "size", "tags"]


def test_equal_inputs_give_no_diff(engine: Any) -> None:
    same = to_struct({"a": [1, {"b": True}]})
    answer = engine.Diff(provider_pb2.DiffRequest(urn=URN, old_inputs=same, news=same))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_invokes_answer_or_list_what_is_wrong(engine: Any) -> None:
    good = engine.Invoke(provider_pb2.InvokeRequest(tok="t", args=to_struct({"name": "you"})))
    assert from_struct(getattr(good, "return")) == {"greeting": "hello you"}
    bad = engine.Invoke(provider_pb2.InvokeRequest(tok="t"))
    assert [(one.property, one.reason) for one in bad.failures] == [("name", "is required")]


def test_calls_run_side_by_side(engine: Any) -> None:
    """Each ends only once all four are there."""
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(lambda _: create(engine, mode="meets the others"), range(4)))) == 4


def test_cancel_reaches_the_provider(engine: Any, toy: Toy) -> None:
    engine.Cancel(empty_pb2.Empty())
    assert toy.cancelled.is_set()
