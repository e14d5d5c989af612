"""Runs a program against an engine that only writes down what it is asked for.

The SDK's own mocks let a wrong assertion pass when it sits in an `apply` that never runs. Here no test
asserts in an `apply`: the program runs to its end, and what it asked for is plain data afterwards.
"""
# ruff: noqa: N802  the engine's methods are called so

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.mocks import set_mocks
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func
from pulumi.runtime.sync_await import _sync_await

from lab.plugins.servicer.values import UNKNOWN, Secret, from_struct, reveal, to_struct

__all__ = ["UNKNOWN", "Answers", "Recording", "Registered", "Secret", "record", "reveal"]

PROJECT, STACK = "dualstack", "test"


@dataclass(frozen=True)
class Registered:
    """A resource that was asked for. `inputs` has `UNKNOWN` and `Secret` where the engine would."""

    type: str
    name: str
    parent: str
    inputs: Mapping[str, Any]
    protect: bool
    delete_before_replace: bool
    ignore_changes: tuple[str, ...]
    deleted_with: str
    depends_on: tuple[str, ...]
    before_update: tuple[str, ...]


@dataclass
class Answers:
    """What the recorded engine answers: outputs of a resource beyond its inputs, and results of functions."""

    outputs: Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
    functions: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass
class Recording:
    """What a program asked for, said and returned."""

    resources: list[Registered] = field(default_factory=list)
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    functions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    hooks: dict[str, pulumi.ResourceHook] = field(default_factory=dict)
    messages: list[tuple[str, str]] = field(default_factory=list)
    result: Any = None

    def names(self) -> list[str]:
        """`type name` of every resource, sorted."""
        return sorted(f"{resource.type} {resource.name}" for resource in self.resources)

    def named(self, name: str, type: str = "") -> Registered:
        """The one resource called so, whose type ends with `type`. Fails when there is not exactly one."""
        found = [one for one in self.resources if one.name == name and one.type.endswith(type)]
        assert len(found) == 1, f"{len(found)} resources are called {name}: {self.names()}"
        return found[0]

    def inputs(self, name: str, type: str = "") -> Any:
        """Its inputs, secrets revealed."""
        return reveal(dict(self.named(name, type).inputs))


def record(program: Callable[[], Any], answers: Answers, *, preview: bool) -> Recording:
    """Runs `program` to its end. What it raised is raised again. What it returned is in `result`, resolved:
    `UNKNOWN` where a preview does not know, `Secret` where a value is one.
    """
    recording = Recording()
    # What a failed run left unfinished must not fail the next one, nor be reported at some later moment.
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    set_mocks(
        None,  # type: ignore[arg-type]
        project=PROJECT,
        stack=STACK,
        preview=preview,
        monitor=_Monitor(recording, answers, preview),  # type: ignore[arg-type]
    )
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    SETTINGS.engine = _Engine(recording)
    SETTINGS.callbacks = _Callbacks(recording)
    try:
        _sync_await(run_pulumi_func(lambda: _keep(recording, program())))
    finally:
        SETTINGS.callbacks = None
        loop.close()
        asyncio.set_event_loop(asyncio.new_event_loop())
    return recording


def _keep(recording: Recording, value: Any) -> None:
    async def resolve() -> None:
        output = pulumi.Output.from_input(value)
        known, secret = await output.is_known(), await output.is_secret()
        plain = (await output.future()) if known else UNKNOWN
        recording.result = Secret(plain) if secret else plain

    _sync_await(resolve())


class _Callbacks:
    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        assert hook.name not in self._recording.hooks, f"hook {hook.name} is registered twice"
        self._recording.hooks[hook.name] = hook


class _Engine:
    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def Log(self, request: engine_pb2.LogRequest) -> None:
        severity = engine_pb2.LogSeverity.Name(request.severity).lower()
        if severity != "debug":
            self._recording.messages.append((severity, request.message))


class _Monitor:
    def __init__(self, recording: Recording, answers: Answers, preview: bool) -> None:
        self._recording, self._answers, self._preview = recording, answers, preview

    def SupportsFeature(self, request: resource_pb2.SupportsFeatureRequest) -> Any:
        # "outputValues" is off in the SDK's own mocks too: inputs then arrive as plain values.
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id != "outputValues")

    def RegisterPackage(self, request: Any) -> Any:
        return resource_pb2.RegisterPackageResponse(ref="package")

    def SignalAndWaitForShutdown(self, request: Any) -> None:
        return None

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> None:
        self._recording.component_outputs[_name(request.urn)] = from_struct(request.outputs)

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> provider_pb2.InvokeResponse:
        arguments = from_struct(request.args)
        self._recording.functions.append((request.tok, arguments))
        result = to_struct(self._answers.functions(request.tok, arguments))
        return provider_pb2.InvokeResponse(**{"return": result})

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = f"urn:pulumi:{STACK}::{PROJECT}::{request.type}::{request.name}"
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = from_struct(request.object)
        self._recording.resources.append(_registered(request, inputs))
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        more = {} if self._preview else self._answers.outputs(request.type, request.name, reveal(inputs))
        return resource_pb2.RegisterResourceResponse(
            urn=urn,
            id="" if self._preview else str(more.get("id", f"{request.name}-id")),
            object=to_struct({**inputs, **{key: value for key, value in more.items() if key != "id"}}),
        )


def _registered(request: resource_pb2.RegisterResourceRequest, inputs: Mapping[str, Any]) -> Registered:
    return Registered(
        type=request.type,
        name=request.name,
        parent=_name(request.parent),
        inputs=inputs,
        protect=request.protect,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        deleted_with=_name(request.deletedWith),
        depends_on=tuple(sorted(_name(urn) for urn in request.dependencies)),
        before_update=tuple(request.hooks.before_update),
    )


def _name(urn: str) -> str:
    return urn.split("::", 3)[3] if urn else ""
