"""Ctrl-C while a remote command runs, seen with pulumi-command 1.2.1: it is not stopped, only left."""

import time

from tests.engine.command_stack import CommandStack
from tests.engine.real_sshd import Sshd

WAITED_SECONDS = 3


def test_ctrl_c_twice_leaves_the_command_running_and_its_creation_pending(
    command_stack: CommandStack, sshd: Sshd
) -> None:
    record, go = sshd.folder / "record", sshd.folder / "go"
    command = f"echo begun > {record}; until test -e {go}; do sleep 0.1; done; echo ended >> {record}"
    command_stack.write({"long": {"create": command, "connection": sshd.connection()}})
    project = command_stack.project
    process = project.start("up", "--yes", "--skip-preview")
    wait_for(lambda: record.exists() and record.read_text() == "begun\n")

    project.interrupt(process)
    time.sleep(WAITED_SECONDS)
    assert process.poll() is None
    project.interrupt(process)
    assert process.wait(60) != 0

    operations = project.state()["deployment"]["pending_operations"]
    assert [entry["type"] for entry in operations] == ["creating"]
    go.touch()
    wait_for(lambda: record.read_text() == "begun\nended\n")
    again = project.pulumi("refresh", "--yes", "--clear-pending-creates")
    assert again.exit_code == 0
    assert not project.state()["deployment"].get("pending_operations")


def wait_for(true: object, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)
