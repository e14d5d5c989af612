"""SSH from the machine that runs Pulumi, bounded and verified.

For what pulumi-command's remote commands cannot do: where the connection itself is what is in question.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh

CONNECT_SECONDS = 20
"""Bound for the TCP connection, and again for the handshake and the login."""
HOST_KEY_ALGORITHM = "ssh-ed25519"
"""The only kind of host key: the one kind with which pulumi-command and OpenSSH's servers always agree."""
KEEPALIVE_SECONDS = 5
"""Between questions to a silent server; after three without an answer the connection counts as lost."""


@dataclass(frozen=True)
class Login:
    """Where and how to log in. `host_key`: one OpenSSH public key line (Ed25519), or None to take any."""

    address: str
    port: int
    user: str
    host_key: str | None


async def connect(
    login: Login,
    key: asyncssh.SSHKey,
    tunnel: asyncssh.SSHClientConnection | None = None,
    seconds: float = CONNECT_SECONDS,
    client: Callable[[], asyncssh.SSHClient] = asyncssh.SSHClient,
) -> asyncssh.SSHClientConnection:
    """A new connection, through `tunnel` if there is one; no agent, config or known_hosts file is read.
    `client` is told what happens on the way.

    Raises OSError when nothing answers within `seconds`, asyncssh.HostKeyNotVerifiable before authentication
    when another host key is shown, and asyncssh.Error for all else.
    """
    trusted = [asyncssh.import_public_key(login.host_key)] if login.host_key else None
    nothing: list[asyncssh.SSHKey] = []
    return await asyncssh.connect(
        login.address,
        login.port,
        username=login.user,
        client_keys=[key],
        known_hosts=trusted and (trusted, nothing, nothing),
        server_host_key_algs=[HOST_KEY_ALGORITHM],
        client_factory=client,
        config=None,
        agent_path=None,
        tunnel=tunnel,
        connect_timeout=seconds,
        login_timeout=seconds,
        keepalive_interval=KEEPALIVE_SECONDS,
    )


def in_words(problem: Exception) -> str:
    """Why a connection failed, in the field's words: asyncio's own text for it names no reason."""
    if isinstance(problem, OSError) and problem.errno is not None and problem.errno > 0:
        return os.strerror(problem.errno).lower()
    text = str(problem).strip()
    if not text:
        return (
            "no answer within the time allowed"
            if isinstance(problem, TimeoutError)
            else type(problem).__name__
        )
    return text[:1].lower() + text[1:]
