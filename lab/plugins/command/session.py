"""One command in one SSH session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

import asyncssh
from asyncssh.channel import SSHClientChannel
from asyncssh.constants import EXTENDED_DATA_STDERR, OPEN_REQUEST_SESSION_FAILED
from asyncssh.packet import String

from lab.plugins.command.output import Capture

# The largest packet and the receive window of Go's `ssh` package, in bytes.
_WINDOW: Final = 2 << 20
_PACKET: Final = 1 << 15
# Status of a process that a signal ended: 128 and the signal's number (RFC 4254, 6.10, gives only names).
_SIGNALS: Final = {
    "ABRT": 6, "ALRM": 14, "FPE": 8, "HUP": 1, "ILL": 4, "INT": 2, "KILL": 9, "PIPE": 13, "QUIT": 3,
    "SEGV": 11, "TERM": 15,
}  # fmt: skip
NO_EXIT: Final = "wait: remote command exited without exit status or exit signal"
SETENV_FAILED: Final = "ssh: setenv failed"


class VariableRefusedError(Exception):
    """The server did not accept an environment variable; `name` is its name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Variables:
    """Environment variables: without a required one nothing runs, a wished one may be refused."""

    required: Mapping[str, str]
    wished: Mapping[str, str]


@dataclass(frozen=True)
class Ending:
    """How a command ended: with a status, by a signal, or (both None) with its session."""

    status: int | None
    signal: str | None = None
    message: str = ""

    def reason(self) -> str | None:
        """Why it failed, in the words of Go's `ssh` package; None for success."""
        if self.status == 0:
            return None
        if self.status is None and self.signal is None:
            return NO_EXIT
        status = 128 + _SIGNALS.get(self.signal, 0) if self.signal else self.status
        suffix = f" from signal {self.signal}" if self.signal else ""
        said = f". Reason was: {self.message}" if self.message else ""
        return f"Process exited with status {status}{suffix}{said}"


class _Session(asyncssh.SSHClientSession[bytes]):
    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._capture.write("stderr" if datatype == EXTENDED_DATA_STDERR else "stdout", data)

    def eof_received(self) -> bool:
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


class _Channel(SSHClientChannel[bytes]):
    """A session channel that asks for a reply to every variable, which asyncssh itself does not.

    It calls methods that asyncssh keeps to itself, so the version of asyncssh is pinned.
    """

    async def start(
        self, session: _Session, command: str, variables: Variables, refused: Callable[[str], None]
    ) -> None:
        """Starts the command. Raises VariableRefusedError for a required variable, and then runs nothing."""
        private = cast("Any", self)
        packet = await private._open(b"session")
        packet.check_end()
        private._session = session
        session.connection_made(self)
        for name, value in variables.required.items():
            if not await private._make_request(b"env", String(name), String(value)):
                raise VariableRefusedError(name)
        for name, value in variables.wished.items():
            if not await private._make_request(b"env", String(name), String(value)):
                refused(name)
        if not await private._make_request(b"exec", String(command)):
            raise asyncssh.ChannelOpenError(OPEN_REQUEST_SESSION_FAILED, "Session request failed")
        session.session_started()
        private._conn.create_task(private._start_reading(), self.logger)


async def run_command(
    connection: asyncssh.SSHClientConnection,
    command: str,
    capture: Capture,
    *,
    stdin: bytes,
    variables: Variables,
    refused: Callable[[str], None],
) -> Ending:
    """Runs the command in the login shell, and waits until its streams are closed.

    `refused` gets the name of a wished variable that the server does not accept; for a required one
    VariableRefusedError is raised.
    """
    private = cast("Any", connection)
    channel = _Channel(connection, private._loop, "strict", None, "strict", _WINDOW, _PACKET)
    session = _Session(capture)
    try:
        await channel.start(session, command, variables, refused)
        if stdin:
            # A command that has ended takes no more of it.
            with suppress(BrokenPipeError):
                cast("Any", channel).write(stdin)
        channel.write_eof()
        await session.closed
    except (asyncssh.Error, OSError):
        # The connection went while the command was starting.
        return Ending(None)
    finally:
        channel.close()
        capture.close()
    signal = channel.get_exit_signal()
    if signal is not None:
        return Ending(None, signal[0], signal[2])
    return Ending(channel.get_exit_status())
