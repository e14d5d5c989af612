"""An SSH server in this process, for faults that a real one does not do on request."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from lab.plugins.command.output import Outputs
from lab.plugins.command.remote import run_remote
from lab.plugins.servicer import ProviderError

USER_KEY = asyncssh.generate_private_key("ssh-ed25519")
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")

Script = Callable[[asyncssh.SSHServerProcess[bytes]], Awaitable[None]]
Listening = Awaitable[asyncssh.SSHAcceptor]


def private_text(key: asyncssh.SSHKey, password: str | None = None) -> str:
    return key.export_private_key("openssh", password).decode()


def public_text(key: asyncssh.SSHKey) -> str:
    return key.export_public_key("openssh").decode()


async def exit_with(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """The script of the command `exit N`."""
    process.exit(int((process.command or "exit 0").split()[1]))


@dataclass
class Server:
    """What a running server may do, and what it has seen."""

    port: int = 0
    scripts: dict[str, Script] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    logins: int = 0
    # As many connections are closed before the server says anything.
    refused_first: int = 0
    # So are these, by their number from 1.
    refused: Container[int] = ()

    def connection(self, **changes: Any) -> dict[str, Any]:
        """The `connection` property of a command that logs in here and checks the host key."""
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "somebody",
            "privateKey": private_text(USER_KEY),
            "hostKey": public_text(HOST_KEY),
            "dialErrorLimit": 0,
            "perDialTimeout": 5,
        }
        return {name: value for name, value in {**given, **changes}.items() if value is not None}


class _Policy(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.server.logins += 1
        number = self.server.logins
        if number <= self.server.refused_first or number in self.server.refused:
            conn.abort()

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "somebody" and key == USER_KEY.convert_to_public()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == "right"


@contextmanager
def running_server(host_key: asyncssh.SSHKey = HOST_KEY, **scripts: Script) -> Iterator[Server]:
    """A server whose command `NAME ...` runs `scripts[NAME]`; others print their own text."""
    server = Server(scripts=dict(scripts))

    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        command = process.command or ""
        server.commands.append(command)
        script = server.scripts.get(command.split(" ")[0])
        if script is not None:
            await script(process)
            return
        process.stdout.write(command.encode() + b"\n")
        process.exit(0)

    def listen() -> Listening:
        return asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Policy(server),
            server_host_keys=[host_key],
            process_factory=handle,
            encoding=None,
        )

    with serving(listen) as server.port:
        yield server


@contextmanager
def serving(listen: Callable[[], Listening]) -> Iterator[int]:
    """While open, what `listen` begins is served in a thread of its own; the port."""
    ready, stopped = threading.Event(), asyncio.Event()
    loop, ports = asyncio.new_event_loop(), list[int]()

    async def serve() -> None:
        listener = await listen()
        ports.append(listener.get_port())
        ready.set()
        await stopped.wait()
        listener.close()
        await listener.wait_closed()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)


@contextmanager
def silent_listener(port: int = 0) -> Iterator[int]:
    """The port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def closing_listener() -> Iterator[int]:
    """The port of a server that closes each connection at once, and reads on until the other side does.

    Were it gone with something unread, its system would tell the other side of a reset instead.
    """

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):  # it was shut down
            while True:
                with listener.accept()[0] as connection:
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _agent_answer(request: bytes) -> bytes:
    if request[0] not in (11, 13):
        return b"\x05"  # neither a list of the keys nor a signature is asked for: failure
    if request[0] == 11:
        blob = USER_KEY.public_data
        return b"\x0c" + (1).to_bytes(4) + len(blob).to_bytes(4) + blob + (0).to_bytes(4)
    rest = request[5 + int.from_bytes(request[1:5]) :]
    signature = USER_KEY.sign(rest[4 : 4 + int.from_bytes(rest[:4])], b"ssh-ed25519")
    return b"\x0e" + len(signature).to_bytes(4) + signature


def _serve_agent(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            while head := client.recv(4):
                reply = _agent_answer(client.recv(int.from_bytes(head), socket.MSG_WAITALL))
                client.sendall(len(reply).to_bytes(4) + reply)


@contextmanager
def running_agent(path: Path) -> Iterator[None]:
    """An agent that holds the user's key and speaks just the two messages that a login needs."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=_serve_agent, args=(listener,), daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


class Recorder:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []
        self.status = self.lines.append
        self.warning = self.warnings.append
        self.error = self.errors.append


def run(
    command: str,
    connection: dict[str, Any],
    log: Recorder | None = None,
    previous: Outputs = Outputs(),  # noqa: B008
    cancelled: threading.Event | None = None,
    **inputs: Any,
) -> Outputs:
    given = {"connection": connection, **inputs}
    return run_remote(command, given, previous, log or Recorder(), cancelled or threading.Event())


def failure(command: str, connection: dict[str, Any], **inputs: Any) -> str:
    with pytest.raises(ProviderError) as caught:
        run(command, connection, **inputs)
    return caught.value.message
