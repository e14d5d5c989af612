"""SSH from the machine that runs Pulumi, bounded and verified.

For what pulumi-command's remote commands cannot do: where the connection itself is what is in question.
"""

from dataclasses import dataclass

import asyncssh

CONNECT_SECONDS = 20
"""Bound for the TCP connection, and again for the handshake and the login."""
KEEPALIVE_SECONDS = 5
"""Between questions to a silent server; after three without an answer the connection counts as lost."""


@dataclass(frozen=True)
class Login:
    """Where and how to log in. `host_key`: one OpenSSH public key line, or None to take any."""

    address: str
    port: int
    user: str
    host_key: str | None


async def connect(
    login: Login,
    key: asyncssh.SSHKey,
    tunnel: asyncssh.SSHClientConnection | None = None,
    seconds: float = CONNECT_SECONDS,
) -> asyncssh.SSHClientConnection:
    """A new connection, through `tunnel` if there is one; no agent, config or known_hosts file is read.

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
        config=None,
        agent_path=None,
        tunnel=tunnel,
        connect_timeout=seconds,
        login_timeout=seconds,
        keepalive_interval=KEEPALIVE_SECONDS,
    )
