"""What a command over SSH may do, and the words in which it is told."""

import asyncio
from typing import Any

import asyncssh
import pytest
from asyncssh.channel import SSHServerChannel

from lab.plugins.command import session
from lab.plugins.command.output import Outputs
from lab.plugins.servicer import ProviderError
from tests.unit.plugins.ssh_server import (
    Recorder,
    Server,
    failure,
    run,
)


def test_a_command_s_output_is_returned_and_shown(server: Server, log: Recorder) -> None:
    assert run("hello", server.connection(), log) == Outputs("hello", "")
    assert log.lines == ["hello"]


def test_standard_input_arrives_byte_for_byte(server: Server) -> None:
    async def count(process: asyncssh.SSHServerProcess[bytes]) -> None:
        data = await process.stdin.read()
        process.stdout.write(str(len(data)).encode() + data[-3:])
        process.exit(0)

    server.scripts["count"] = count
    assert run("count", server.connection(), stdin="x" * 200_000 + "ü\n").stdout == "200003ü"
    assert run("count", server.connection()).stdout == "0"


def test_a_command_that_ends_before_its_standard_input_comes_has_not_failed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = session._Channel.start

    async def start_and_dawdle(channel: Any, running: Any, *rest: Any) -> None:
        await start(channel, running, *rest)
        await running.closed

    monkeypatch.setattr(session._Channel, "start", start_and_dawdle)
    assert run("unread", server.connection(), stdin="x" * 100_000).stdout == "unread"


def test_both_streams_are_in_the_error_in_the_order_they_came(server: Server) -> None:
    async def fail(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(b"one\n")
        process.stderr.write(b"two\n")
        process.stdout.write(b"three\n")
        process.exit(3)

    server.scripts["fail"] = fail
    text = 'Process exited with status 3: running "fail \\"now\\"":\none\ntwo\nthree\n'
    assert failure('fail "now"', server.connection()) == text


def test_a_signal_is_told_with_the_status_a_shell_would_give(server: Server) -> None:
    async def killed(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.exit_with_signal("TERM")

    server.scripts["killed"] = killed
    reason = 'Process exited with status 143 from signal TERM: running "killed":\n'
    assert failure("killed", server.connection()) == reason


def test_a_session_that_is_cut_has_no_status(server: Server) -> None:
    async def cut(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(b"so far\n")
        await process.stdout.drain()
        # An abort may take the last packets with it, and the line shall be there first.
        await asyncio.sleep(1)
        process.channel.get_connection().abort()

    server.scripts["cut"] = cut
    reason = 'wait: remote command exited without exit status or exit signal: running "cut":\nso far\n'
    assert failure("cut", server.connection()) == reason


def test_output_that_is_not_text_is_refused_after_the_command_ran(server: Server) -> None:
    async def binary(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(b"\xff\xfe")
        process.exit(0)

    server.scripts["binary"] = binary
    reason = "grpc: error while marshaling: string field contains invalid UTF-8"
    assert failure("binary", server.connection()) == reason
    assert server.commands == ["binary"]


def refuse_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SSHServerChannel, "_process_env_request", lambda _channel, _packet: False)


def test_a_refused_variable_is_an_error_and_nothing_runs(
    server: Server, log: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_variables(monkeypatch)
    with pytest.raises(ProviderError) as caught:
        run("hello", server.connection(), log, environment={"FOO": "1"})
    assert caught.value.message == 'could not set environment variable "FOO": ssh: setenv failed'
    assert log.errors[0].startswith("Unable to set 'FOO'. This only works if your SSH server is configured")
    assert server.commands == []


def test_an_accepted_variable_reaches_the_command(server: Server) -> None:
    async def show(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(process.env["FOO"].encode())
        process.exit(0)

    server.scripts["show"] = show
    assert run("show", server.connection(), environment={"FOO": "bar"}).stdout == "bar"


def test_refused_earlier_outputs_warn_once_each_and_the_command_runs(
    server: Server, log: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_variables(monkeypatch)
    assert run("hello", server.connection(), log, Outputs("before", "")).stdout == "hello"
    assert [text.split(".")[0] for text in log.warnings] == ["Unable to set 'PULUMI_COMMAND_STDOUT'"]
    quiet = Recorder()
    run("hello", server.connection(), quiet, Outputs("before", "too"), addPreviousOutputInEnv=False)
    assert quiet.warnings == []


@pytest.mark.parametrize(
    ("logging", "shown"),
    [
        (None, ["out", "err"]),
        ("stdoutAndStderr", ["out", "err"]),
        ("stdout", ["out"]),
        ("stderr", ["err"]),
        ("none", []),
    ],
)
def test_logging_chooses_the_lines_shown_and_outputs_stay_whole(
    server: Server, log: Recorder, logging: str | None, shown: list[str]
) -> None:
    async def both(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(b"out\n")
        process.stderr.write(b"err\n")
        process.exit(0)

    server.scripts["both"] = both
    assert run("both", server.connection(), log, logging=logging) == Outputs("out", "err")
    assert log.lines == shown
