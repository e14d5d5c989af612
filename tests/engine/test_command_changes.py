"""The command provider on the real engine and OpenSSH's sshd: previews, updates, replacements, deletions.

Every row was seen with pulumi-command 1.2.1. The tests follow one stack through its life, in order: made,
looked at, changed by one `up`, taken away.
"""

import re
from typing import Any

import pytest

from tests.engine.command_stack import CommandStack, Told
from tests.engine.real_sshd import Sshd

FILES = (
    "=== /etc/netplan/50.yaml 0600 root:root\nnetwork:\n  version: 2\n  ethernets:\n    ens5: {dhcp6: true}\n"
)


def note(sshd: Sshd, name: str, word: str) -> str:
    """A command that adds a word to the record of a resource, and prints it."""
    return f"echo {word} | tee -a {sshd.folder / name}"


def before(sshd: Sshd) -> dict[str, dict[str, Any]]:
    def on(name: str, **inputs: Any) -> dict[str, Any]:
        given = {"create": note(sshd, name, "created"), "connection": sshd.connection(), **inputs}
        return {key: value for key, value in given.items() if value is not None}

    return {
        "same": on("same"),
        "create": on("create"),
        "update": on("update", update=note(sshd, "update", "first")),
        "delete": on("delete", update=note(sshd, "delete", "updated"), delete="true"),
        "moved": on("moved"),
        "triggered": on("triggered", delete=note(sshd, "triggered", "deleted"), triggers=["a", 1]),
        "failing": on("failing"),
        "binary": on("binary"),
        "previous": on("previous", create="echo out; echo err >&2"),
        "quiet": on("quiet", add_previous_output_in_env=False),
        "stdin": on("stdin", create="cat", stdin=FILES),
        "json": on("json", create="cat", stdin='["a", "b"]'),
        "stuck": on("stuck", delete="echo stuck; exit 5"),
        "undialled": on("undialled", create=None, connection=sshd.connection(port=1)),
        "local": {"kind": "local", "create": "echo one", "delete": note(sshd, "local", "deleted")},
    }


def after(sshd: Sshd) -> dict[str, dict[str, Any]]:
    made = before(sshd)
    made["create"]["create"] = note(sshd, "create", "again")
    made["update"].update(create="exit 9", update=note(sshd, "update", "second"))
    made["delete"]["delete"] = "true # another"
    made["moved"]["connection"] = sshd.connection(dial_error_limit=3)
    made["triggered"].update(
        create=note(sshd, "triggered", "replaced"),
        delete=note(sshd, "triggered", "new-delete"),
        triggers=["a", 2],
        connection=sshd.connection(per_dial_timeout=6),
    )
    made["failing"]["create"] = "echo no; exit 7"
    made["binary"]["create"] = r"printf '\377'"
    made["previous"]["create"] = "echo next"
    made["quiet"]["create"] = "echo next"
    made["stdin"]["stdin"] = FILES.replace("true", "false")
    made["json"]["stdin"] = '["a", "c"]'
    made["local"]["create"] = "echo $PULUMI_COMMAND_STDOUT then two"
    return made


@pytest.fixture(scope="module")
def created(command_stack: CommandStack, sshd: Sshd) -> dict[str, dict[str, Any]]:
    told = command_stack.up(before(sshd))
    assert told.exit_code == 0
    return command_stack.outputs()


@pytest.fixture(scope="module")
def previewed(command_stack: CommandStack, sshd: Sshd, created: dict[str, Any]) -> dict[str, str]:
    """What a preview of all changes prints for each resource, and `Outputs` for the stack's."""
    text = command_stack.preview(after(sshd)).text
    parts = re.split(r"^    (?=[-+~ ]{2} ?command:|--outputs:)", text, flags=re.MULTILINE)
    names = {part: re.search(r"urn=.*::(\S+)\]", part) for part in parts}
    return {found[1] if found else part.split("\n")[0]: part for part, found in names.items()}


@pytest.fixture(scope="module")
def told(command_stack: CommandStack, sshd: Sshd, previewed: dict[str, str]) -> Told:
    return command_stack.up(after(sshd))


@pytest.fixture(scope="module")
def state(command_stack: CommandStack, told: Told) -> dict[str, dict[str, Any]]:
    return command_stack.outputs()


def record(sshd: Sshd, name: str) -> list[str]:
    return (sshd.folder / name).read_text().split()


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_second_up_changes_nothing_and_connects_nowhere(
    command_stack: CommandStack, sshd: Sshd, created: dict[str, Any]
) -> None:
    connections = sshd.connections()
    assert command_stack.up(before(sshd)).operations() == []
    assert command_stack.refresh().operations() == []
    assert sshd.connections() == connections


def test_a_preview_connects_nowhere(sshd: Sshd, created: dict[str, Any], previewed: dict[str, str]) -> None:
    assert record(sshd, "create") == ["created"]


def test_a_preview_shows_changed_lines_of_text(previewed: dict[str, str]) -> None:
    shown = lines(previewed["stdin"])
    assert "- ens5: {dhcp6: true}" in shown
    assert "+ ens5: {dhcp6: false}" in shown
    assert "- version: 2" not in shown


def test_a_preview_shows_changed_members_of_json(previewed: dict[str, str]) -> None:
    assert '~ [1]: "b" => "c"' in lines(previewed["json"])


def test_a_preview_hides_what_changed_in_a_connection(previewed: dict[str, str]) -> None:
    assert "~ connection: [secret] => [secret]" in lines(previewed["moved"])


def test_a_preview_leaves_out_what_stays(previewed: dict[str, str]) -> None:
    assert "same" not in previewed
    assert "undialled" not in previewed


def test_a_preview_shows_a_replacement_and_the_trigger_that_causes_it(previewed: dict[str, str]) -> None:
    shown = lines(previewed["triggered"])
    assert shown[0].endswith("command:remote:Command: (replace)")
    assert re.fullmatch(r"\[id=triggered[0-9a-f]{8}\]", shown[1])
    assert "~ [1]: 1 => 2" in shown


def test_without_update_create_runs_again(sshd: Sshd, told: Told) -> None:
    assert record(sshd, "create") == ["created", "again"]


def test_with_update_update_runs(sshd: Sshd, told: Told) -> None:
    assert record(sshd, "update") == ["created", "second"]


def test_a_changed_delete_runs_update(sshd: Sshd, told: Told) -> None:
    assert record(sshd, "delete") == ["created", "updated"]


def test_a_changed_connection_runs_create_again(sshd: Sshd, told: Told) -> None:
    assert record(sshd, "moved") == ["created", "created"]


def test_triggers_replace_with_the_new_command_before_the_old_delete(sshd: Sshd, told: Told) -> None:
    assert record(sshd, "triggered") == ["created", "replaced", "deleted"]
    operations = [operation for operation, name in told.operations() if name == "triggered"]
    assert operations == ["create-replacement", "replace", "delete-replaced"]


def test_a_replacement_has_a_new_id(created: dict[str, Any], state: dict[str, Any]) -> None:
    assert state["triggered"]["id"] != created["triggered"]["id"]
    assert state["create"]["id"] == created["create"]["id"]


def test_a_failed_update_keeps_the_old_state_and_the_next_up_tries_again(
    told: Told, state: dict[str, Any], created: dict[str, Any]
) -> None:
    assert 'Process exited with status 7: running "echo no; exit 7":\nno' in told.error("failing")
    assert state["failing"]["outputs"]["stdout"] == "created"
    assert state["failing"]["inputs"]["create"] == created["failing"]["inputs"]["create"]


def test_a_binary_update_keeps_the_old_state(told: Told, state: dict[str, Any]) -> None:
    assert "string field contains invalid UTF-8" in told.error("binary")
    assert state["binary"]["outputs"]["stdout"] == "created"


def test_earlier_outputs_warn_once_each_on_a_stock_sshd(told: Told, state: dict[str, Any]) -> None:
    warned = [re.match("Unable to set '(.*?)'", message) for message in told.warnings("previous")]
    names = [found[1] for found in warned if found]
    assert names == ["PULUMI_COMMAND_STDOUT", "PULUMI_COMMAND_STDERR"]
    assert told.warnings("create")[0].startswith("Unable to set 'PULUMI_COMMAND_STDOUT'")
    assert len(told.warnings("create")) == 1
    assert told.warnings("quiet") == []
    assert state["previous"]["outputs"]["stdout"] == "next"
    assert state["previous"]["outputs"]["stderr"] == ""


def test_a_local_command_gets_earlier_outputs(state: dict[str, Any]) -> None:
    assert state["local"]["outputs"]["stdout"] == "one then two"


def test_destroy_runs_delete_and_keeps_what_failed(
    command_stack: CommandStack, sshd: Sshd, told: Told
) -> None:
    gone = command_stack.destroy()
    assert 'Process exited with status 5: running "echo stuck; exit 5":\nstuck' in gone.error("stuck")
    assert list(command_stack.outputs()) == ["stuck"]
    assert record(sshd, "triggered")[-1] == "new-delete"
    assert record(sshd, "local") == ["deleted"]
