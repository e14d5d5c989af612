"""One try to log in on a host, and what was seen of it."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Literal

import asyncssh

from ..ssh_sessions import HOST_KEY_ALGORITHM, Login, connect, in_words
from .wanted import Wanted

Kind = Literal["unreachable", "silent", "closed", "other key", "refused"]


@dataclass(frozen=True)
class Contact:
    """A login that succeeded, and the public host key that was shown at it, one line."""

    host_key: str


@dataclass(frozen=True)
class Setback:
    """Why a try ended without a login. `seen`: in a few words.

    `shown_key`: the host key that was shown and is not the known one, one line. `at_bastion`: it was the
    bastion's, and the host itself was not asked.
    """

    kind: Kind
    seen: str
    shown_key: str | None = None
    at_bastion: bool = False


class Watcher(asyncssh.SSHClient):
    """Remembers how far a connection got."""

    def __init__(self) -> None:
        self.connection: asyncssh.SSHClientConnection | None = None
        self.shown_key: str | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The other side took the connection."""
        self.connection = conn

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        """Asked about every key but the known one, before anything is sent that proves who we are."""
        self.shown_key = public_line(key)
        return False


async def attempt(wanted: Wanted, key: asyncssh.SSHKey, seconds: float) -> Contact | Setback:
    """Tries to log in on the host, through its bastion if it has one, `seconds` for each. Runs nothing."""
    async with AsyncExitStack() as stack:
        reached = await reach(stack, wanted, key, seconds)
        if isinstance(reached, Setback):
            return reached
        shown = reached.get_server_host_key()
        return Contact(public_line(shown) if shown else "")


async def reach(
    stack: AsyncExitStack, wanted: Wanted, key: asyncssh.SSHKey, seconds: float
) -> asyncssh.SSHClientConnection | Setback:
    """A connection to the host, through its bastion if it has one, open as long as `stack`; one try."""
    tunnel: asyncssh.SSHClientConnection | None = None
    if wanted.bastion is not None:
        reached = await _logged_in(wanted.bastion, key, None, seconds)
        if isinstance(reached, Setback):
            return replace(reached, at_bastion=True)
        tunnel = await stack.enter_async_context(reached)
    reached = await _logged_in(wanted.login, key, tunnel, seconds)
    if isinstance(reached, Setback):
        return reached
    return await stack.enter_async_context(reached)


async def _logged_in(
    login: Login, key: asyncssh.SSHKey, tunnel: asyncssh.SSHClientConnection | None, seconds: float
) -> asyncssh.SSHClientConnection | Setback:
    watcher = Watcher()
    try:
        async with asyncio.timeout(seconds):
            return await connect(login, key, tunnel, seconds, lambda: watcher)
    except asyncssh.HostKeyNotVerifiable:
        return Setback("other key", "another host key", watcher.shown_key)
    except asyncssh.PermissionDenied:
        return Setback("refused", "the login was refused")
    except asyncssh.ChannelOpenError as problem:
        return Setback("unreachable", in_words(problem))
    except (OSError, asyncssh.Error) as problem:
        if watcher.connection is not None:
            watcher.connection.abort()
        return _setback(problem, watcher)


def _setback(problem: Exception, watcher: Watcher) -> Setback:
    """What a connection that broke off, or never was, looks like from here."""
    timed_out = isinstance(problem, TimeoutError) or "timeout" in str(problem).lower()
    if watcher.connection is None:
        return Setback("unreachable", "no answer" if timed_out else in_words(problem))
    if not watcher.connection.get_extra_info("server_version"):
        if timed_out:
            return Setback("silent", "it takes the connection and says nothing")
        return Setback("closed", "it takes the connection and closes it")
    if isinstance(problem, asyncssh.KeyExchangeFailed) and "host key" in str(problem).lower():
        return Setback("other key", f"no {HOST_KEY_ALGORITHM} host key")
    if timed_out:
        return Setback("silent", "it stops answering before the login")
    return Setback("closed", f"it closes the connection before the login: {in_words(problem)}")


def public_line(key: asyncssh.SSHKey) -> str:
    """A public key as one line, `type base64`, without its comment."""
    return " ".join(key.export_public_key("openssh").decode().split()[:2])
