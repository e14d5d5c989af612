"""An SSH connection as the `connection` property describes it: keys, host key, one proxy, retries."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

import asyncssh

from lab.plugins.command.dial import join_host_port, open_socket
from lab.plugins.command.keys import host_key, private_key
from lab.plugins.command.offer import offered_host_keys
from lab.plugins.command.retry import DialError, with_retries
from lab.plugins.servicer import ProviderError

AGENT_VARIABLE: Final = "SSH_AUTH_SOCK"
_HANDSHAKE: Final = "ssh: handshake failed: "
_NO_COMMON_HOST_KEY: Final = re.compile(r"host key algorithm found, sent (\S*) and received (\S*)")


@dataclass(frozen=True)
class Target:
    """Where and as whom to log in. Times are in seconds, 0 for no bound; a limit of -1 is no limit."""

    host: str
    user: str = "root"
    port: int = 22
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    private_key_password: str | None = field(default=None, repr=False)
    agent_socket_path: str | None = None
    dial_error_limit: int = 10
    per_dial_timeout: int = 15
    host_key: str | None = None
    proxy: Target | None = None

    @classmethod
    def of(cls, properties: dict[str, Any]) -> Target:
        """The target that a checked `connection` (or its `proxy`) describes."""
        proxy = properties.get("proxy")
        given: dict[str, Any] = {
            "user": properties.get("user"),
            "port": properties.get("port"),
            "password": properties.get("password"),
            "private_key": properties.get("privateKey"),
            "private_key_password": properties.get("privateKeyPassword"),
            "agent_socket_path": properties.get("agentSocketPath"),
            "dial_error_limit": properties.get("dialErrorLimit"),
            "per_dial_timeout": properties.get("perDialTimeout"),
            "host_key": properties.get("hostKey"),
            "proxy": None if proxy is None else cls.of(proxy),
        }
        return cls(properties["host"], **{name: value for name, value in given.items() if value is not None})


class _Login(asyncssh.SSHClient):
    """Answers the server's questions, and remembers which ways to log in were tried."""

    def __init__(self, keys: Sequence[Any], password: str | None, methods: list[str]) -> None:
        self._keys = list(keys)
        self._password = password
        self._methods = methods

    def _first(self, method: str) -> bool:
        first = method not in self._methods
        if first:
            self._methods.append(method)
        return first

    def public_key_auth_requested(self) -> Any:
        if not self._keys:
            return None
        self._first("publickey")
        return self._keys.pop(0)

    def password_auth_requested(self) -> str | None:
        return self._password if self._password is not None and self._first("password") else None

    def password_change_requested(self, prompt: str, lang: str) -> Any:
        return NotImplemented

    def kbdint_auth_requested(self) -> str | None:
        return "" if self._password is not None and self._first("keyboard-interactive") else None

    def kbdint_challenge_received(self, name: str, instructions: str, lang: str, prompts: Any) -> list[str]:
        return [self._password or ""] * len(prompts)


class _Dialler:
    """Makes attempts at one target. Its keys are read first: raises ProviderError for a bad one at once."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.endpoint = join_host_port(target.host, target.port)
        self._host_key = None if target.host_key is None else host_key(target.host_key)
        self._key = (
            None
            if target.private_key is None
            else private_key(target.private_key, target.private_key_password)
        )
        # A private key that is given goes before the agent's, as one method is tried only once.
        agent = target.agent_socket_path or os.environ.get(AGENT_VARIABLE)
        if agent:
            _try_agent(agent)
        self._agent = None if self._key is not None else agent

    async def dial(self, proxy: asyncssh.SSHClientConnection | None) -> asyncssh.SSHClientConnection:
        """One attempt. Raises DialError with the reason in the words of the real provider."""
        methods = ["none"]
        timeout = self.target.per_dial_timeout
        opened = None
        if proxy is None:
            opened = await open_socket(self.target.host, self.target.port, timeout)
        try:
            async with asyncio.timeout(timeout or None), self._keys() as keys:
                options = self._options(keys, methods)
                return await asyncssh.connect(sock=opened, tunnel=proxy or (), **options)
        except TimeoutError as error:
            if opened is not None:
                opened.close()
            reason = f"{self.endpoint} did not finish it within {timeout} s"
            raise DialError(_HANDSHAKE + reason) from error
        except (asyncssh.Error, OSError) as error:
            nothing_common = await self._nothing_common(error) if proxy is None else None
            raise DialError(nothing_common or _reason(error, methods)) from error

    async def _nothing_common(self, error: Exception) -> str | None:
        if self._host_key is None or not isinstance(error, ConnectionError | asyncssh.ConnectionLost):
            return None
        ours = self._host_key.get_algorithm()
        theirs = await offered_host_keys(self.target.host, self.target.port, self.target.per_dial_timeout)
        return None if not theirs or ours in theirs else _no_common(ours, " ".join(theirs))

    @asynccontextmanager
    async def _keys(self) -> AsyncGenerator[Sequence[Any]]:
        if not self._agent:
            yield [] if self._key is None else [self._key]
            return
        async with await asyncssh.connect_agent(self._agent) as agent:
            yield await agent.get_keys()

    def _options(self, keys: Sequence[Any], methods: list[str]) -> dict[str, Any]:
        def login() -> _Login:
            return _Login(keys, self.target.password, methods)

        options: dict[str, Any] = {
            "host": self.target.host,
            "port": self.target.port,
            "username": self.target.user,
            "client_factory": login,
            "config": None,
            "client_keys": None,
            "known_hosts": None,
            "login_timeout": 0,
            "preferred_auth": "publickey,password,keyboard-interactive",
        }
        if self._host_key is not None:
            options["known_hosts"] = ([self._host_key], [], [])
            # For an RSA key this is the old signature, which current servers refuse: so does the real one.
            options["server_host_key_algs"] = [self._host_key.get_algorithm()]
        return options


def _try_agent(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise ProviderError(f"dial unix {path}: connect: {reason}") from error


def _reason(error: Exception, methods: list[str]) -> str:
    if isinstance(error, asyncssh.ChannelOpenError):
        kind = {1: "administratively prohibited", 2: "connect failed"}.get(error.code, "resource shortage")
        return f"ssh: rejected: {kind} ({error.reason})"
    return _HANDSHAKE + _handshake_reason(error, methods)


def _no_common(ours: str, theirs: str) -> str:
    offers = f"we offered: [{ours}], peer offered: [{theirs}]"
    return f"{_HANDSHAKE}ssh: no common algorithm for host key; {offers}"


def _handshake_reason(error: Exception, methods: list[str]) -> str:
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return "ssh: host key mismatch"
    if isinstance(error, asyncssh.PermissionDenied):
        tried = " ".join(methods)
        return f"ssh: unable to authenticate, attempted methods [{tried}], no supported methods remain"
    if isinstance(error, asyncssh.KeyExchangeFailed):
        found = _NO_COMMON_HOST_KEY.search(error.reason)
        if found:
            ours, theirs = (names.replace(",", " ") for names in found.groups())
            return _no_common(ours, theirs).removeprefix(_HANDSHAKE)
    if isinstance(error, asyncssh.ConnectionLost):
        return "EOF"
    if isinstance(error, asyncssh.DisconnectError):
        return f"ssh: disconnect, reason {error.code}: {error.reason}"
    return os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)


@asynccontextmanager
async def connected(
    target: Target, show: Callable[[str], None], cancelled: Event
) -> AsyncGenerator[asyncssh.SSHClientConnection]:
    """A connection to the target, through its proxy if it has one; closed at the end.

    `show` gets a line for every attempt that failed, `cancelled` ends the attempts. Raises ProviderError.
    """
    dialler = _Dialler(target)
    if target.proxy is None:
        connection = await with_retries(
            "Dial", target.dial_error_limit, lambda: dialler.dial(None), show, cancelled
        )
        async with connection:
            yield connection
        return
    proxy, connection = await _through_proxy(dialler, target.proxy, show, cancelled)
    async with proxy, connection:
        yield connection


async def _through_proxy(
    dialler: _Dialler, proxy_target: Target, show: Callable[[str], None], cancelled: Event
) -> tuple[asyncssh.SSHClientConnection, asyncssh.SSHClientConnection]:
    try:
        first = _Dialler(proxy_target)
        proxy = await with_retries(
            "Dial proxy", proxy_target.dial_error_limit, lambda: first.dial(None), show, cancelled
        )
        try:
            limit = dialler.target.dial_error_limit
            connection = await with_retries(
                "Dial from proxy", limit, lambda: dialler.dial(proxy), show, cancelled
            )
        except BaseException:
            proxy.abort()
            raise
    except ProviderError as error:
        raise ProviderError(f"proxy: {error.message}") from error
    return proxy, connection
