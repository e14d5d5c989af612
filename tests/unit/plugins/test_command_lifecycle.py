"""Which command runs at create, update and delete, what a preview knows, and which inputs are refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lab.plugins.command.inputs import LOCAL, REMOTE, RUN
from lab.plugins.command.provider import CommandProvider
from lab.plugins.servicer import UNKNOWN, Host, InputErrors, ProviderError, Secret

URN = "urn:pulumi:test::tiny::command:local:Command::mine"
TARGET = {"host": "192.0.2.1"}
HINT = (
    "allowed: addPreviousOutputInEnv, connection, create, delete, environment, logging, stdin, triggers, "
    "update"
)


@pytest.fixture
def provider() -> CommandProvider:
    made = CommandProvider()
    made.attach(Host())
    return made


def create(provider: CommandProvider, inputs: dict[str, Any], preview: bool = False) -> Any:
    return provider.create(LOCAL, inputs, preview, urn=URN, timeout=0)


def update(
    provider: CommandProvider, old: dict[str, Any], news: dict[str, Any], preview: bool = False
) -> dict[str, Any]:
    return provider.update(LOCAL, "id", {}, old, news, preview, urn=URN, timeout=0)


def refusals(provider: CommandProvider, inputs: dict[str, Any], token: str = REMOTE) -> list[tuple[str, str]]:
    return provider.check(token, {}, inputs, urn=URN, random_seed=b"")[1]


def test_an_id_is_the_name_and_eight_digits(provider: CommandProvider) -> None:
    first, second = (create(provider, {"create": "true"})[0] for _ in range(2))
    assert re.fullmatch("mine[0-9a-f]{8}", first)
    assert first != second


def test_the_state_is_what_was_given_and_what_was_printed(provider: CommandProvider) -> None:
    inputs = {"create": "echo a; echo b >&2", "triggers": [1]}
    assert create(provider, inputs)[1] == {**inputs, "stdout": "a", "stderr": "b"}


def test_without_create_nothing_runs(provider: CommandProvider) -> None:
    assert create(provider, {"delete": "echo gone"})[1] == {"delete": "echo gone", "stdout": "", "stderr": ""}


def test_update_runs_update_or_else_create_again(provider: CommandProvider) -> None:
    old = {"create": "echo old", "stdout": "old", "stderr": ""}
    assert update(provider, old, {"create": "echo new"})["stdout"] == "new"
    assert update(provider, old, {"create": "echo new", "update": "echo changed"})["stdout"] == "changed"
    kept = {"delete": "true", "stdout": "old", "stderr": ""}
    assert update(provider, old, {"delete": "true"}) == kept


def test_delete_runs_the_old_text_and_knows_what_was_printed(
    provider: CommandProvider, tmp_path: Path
) -> None:
    record = tmp_path / "record"
    state = {"delete": f"echo $PULUMI_COMMAND_STDOUT > {record}", "stdout": "printed", "stderr": ""}
    provider.delete(LOCAL, "id", {}, state, urn=URN, timeout=0)
    assert record.read_text() == "printed\n"
    provider.delete(LOCAL, "id", {}, {"create": "false", "stdout": "", "stderr": ""}, urn=URN, timeout=0)


def test_a_preview_runs_nothing_and_knows_no_output(provider: CommandProvider, tmp_path: Path) -> None:
    inputs = {"create": f"touch {tmp_path / 'made'}"}
    identifier, outputs = create(provider, inputs, preview=True)
    assert identifier.startswith("mine")
    assert outputs == {**inputs, "stdout": UNKNOWN, "stderr": UNKNOWN}
    assert list(tmp_path.iterdir()) == []


def test_a_preview_of_an_update_knows_the_outputs_only_if_no_input_changed(provider: CommandProvider) -> None:
    old = {"create": "a", "stdout": "out", "stderr": ""}
    assert update(provider, old, {"create": "a"}, preview=True) == old
    assert update(provider, old, {"create": "b"}, preview=True)["stdout"] is UNKNOWN
    assert update(provider, old, {"create": UNKNOWN}, preview=True)["stdout"] is UNKNOWN
    assert update(provider, old, {}, preview=True)["stderr"] is UNKNOWN
    added = update(provider, old, {"create": "a", "stdin": "new"}, preview=True)
    assert (added["stdin"], added["stdout"]) == ("new", "out")


def diff(provider: CommandProvider, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return dict(provider.diff(REMOTE, "id", old, {}, new, []).detailed)


def test_triggers_replace_with_the_new_one_first(provider: CommandProvider) -> None:
    answer = provider.diff(REMOTE, "id", {"triggers": ["a", "b"]}, {}, {"triggers": ["a", "c"]}, [])
    assert answer.detailed == {"triggers[1]": "UPDATE_REPLACE"}
    assert answer.replaces == ("triggers",)
    assert not answer.delete_before_replace
    assert diff(provider, {}, {"triggers": ["a"]}) == {"triggers": "ADD_REPLACE"}


def test_all_else_updates_and_a_connection_is_one_secret(provider: CommandProvider) -> None:
    old = {"create": "a", "connection": {"host": "192.0.2.1", "port": 22}}
    new = {"create": "b", "connection": {"host": "192.0.2.2", "port": 22}}
    assert diff(provider, old, new) == {"create": "UPDATE", "connection": "UPDATE"}
    assert not provider.diff(REMOTE, "id", old, {}, old, []).changes


def test_a_refresh_changes_nothing(provider: CommandProvider) -> None:
    assert provider.read(REMOTE, "id", {"create": "a"}, {"stdout": "b"}) == (
        "id",
        {"create": "a"},
        {"stdout": "b"},
    )


def test_a_connection_is_secret_as_a_whole(provider: CommandProvider) -> None:
    inputs, failures = provider.check(REMOTE, {}, {"connection": TARGET}, urn=URN, random_seed=b"")
    assert failures == []
    assert inputs == {"connection": Secret(TARGET)}


@pytest.mark.parametrize(
    ("inputs", "property_", "reason"),
    [
        ({}, "connection", "missing required property connection"),
        ({"connection": {}}, "connection.host", "missing required property connection.host"),
        (
            {"connection": TARGET, "creat": "x"},
            "creat",
            f"unexpected property creat; {HINT}; did you mean create?",
        ),
        ({"connection": TARGET, "create": 1}, "create", "create must be a string, not a number"),
        ({"connection": TARGET, "triggers": "x"}, "triggers", "triggers must be a list, not a string"),
        (
            {"connection": TARGET, "environment": {"A": True}},
            "environment.A",
            "environment.A must be a string, not a boolean",
        ),
        (
            {"connection": TARGET, "logging": "loud"},
            "logging",
            'logging is "loud"; allowed: stdoutAndStderr, stdout, stderr, none',
        ),
        (
            {"connection": TARGET | {"port": "22"}},
            "connection.port",
            "connection.port must be a number, not a string",
        ),
        (
            {"connection": TARGET | {"dialErrorLimit": 1.5}},
            "connection.dialErrorLimit",
            "connection.dialErrorLimit must be an integer, not a number",
        ),
        (
            {"connection": TARGET | {"proxy": {"user": "x"}}},
            "connection.proxy.host",
            "missing required property connection.proxy.host",
        ),
    ],
)
def test_wrong_inputs_are_named(
    provider: CommandProvider, inputs: dict[str, Any], property_: str, reason: str
) -> None:
    assert refusals(provider, inputs) == [(property_, reason)]


def test_all_wrong_inputs_are_named_at_once(provider: CommandProvider) -> None:
    wrong = {"create": 1, "stdin": [], "connection": {"host": "a", "proxy": {"host": "b", "proxy": {}}}}
    assert [name for name, _ in refusals(provider, wrong)] == ["create", "stdin", "connection.proxy.proxy"]


def test_what_a_preview_does_not_know_yet_is_not_refused(provider: CommandProvider) -> None:
    unknown = {"connection": {"host": UNKNOWN, "proxy": UNKNOWN}, "stdin": UNKNOWN, "triggers": [UNKNOWN]}
    assert refusals(provider, unknown) == []
    assert refusals(provider, {"connection": UNKNOWN}) == []


def test_what_is_not_modelled_is_refused_by_name_and_reason(provider: CommandProvider) -> None:
    ((name, reason),) = refusals(provider, {"create": "a", "assetPaths": ["*"]}, LOCAL)
    assert name == "assetPaths"
    assert reason.startswith(
        "assetPaths is not modelled by this stand-in: the files would come back as assets"
    )
    ((_, reason),) = refusals(provider, {}, "command:remote:CopyToRemote")
    assert reason.startswith(
        "command:remote:CopyToRemote is not modelled by this stand-in: give the content as"
    )
    ((_, reason),) = refusals(provider, {}, "command:local:Comand")
    assert reason.startswith("unknown resource type command:local:Comand; served are: command:local:Command")


def test_the_function_run_returns_what_was_printed(provider: CommandProvider) -> None:
    assert provider.invoke(RUN, {"command": "echo a"}) == {"command": "echo a", "stdout": "a", "stderr": ""}
    with pytest.raises(InputErrors, match="command: missing required property command"):
        provider.invoke(RUN, {})
    with pytest.raises(ProviderError, match="unknown function command:local:walk"):
        provider.invoke("command:local:walk", {})


def test_the_schema_names_what_is_served(provider: CommandProvider) -> None:
    schema = json.loads(provider.schema)
    assert sorted(schema["resources"]) == ["command:local:Command", "command:remote:Command"]
    remote = schema["resources"][REMOTE]
    assert remote["requiredInputs"] == ["connection"]
    assert remote["inputProperties"]["connection"]["secret"]
    assert set(remote["properties"]) - set(remote["inputProperties"]) == {"stdout", "stderr"}
