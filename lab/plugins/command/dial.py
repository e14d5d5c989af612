"""One attempt to open a TCP connection, with the wording of Go's `net` package."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress

from lab.plugins.command.retry import DialError


def join_host_port(host: str, port: int) -> str:
    """`HOST:PORT`, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def open_socket(host: str, port: int, timeout: float) -> socket.socket:
    """A connected TCP socket to the first address that answers.

    `timeout` is in seconds and for all addresses together, 0 for none. Raises DialError with the reason of
    the first address.
    """
    loop = asyncio.get_running_loop()
    try:
        addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DialError(f"dial tcp: lookup {host}: no such host") from error
    reasons: list[str] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout or None):
            for family, kind, protocol, _, address in addresses:
                reasons.append(f"dial tcp {join_host_port(str(address[0]), port)}: i/o timeout")
                opened = socket.socket(family, kind, protocol)
                try:
                    opened.setblocking(False)
                    await loop.sock_connect(opened, address)
                except OSError as error:
                    opened.close()
                    reasons[-1] = (
                        f"dial tcp {join_host_port(str(address[0]), port)}: connect: {_reason(error)}"
                    )
                except asyncio.CancelledError:
                    opened.close()
                    raise
                else:
                    return opened
    raise DialError(reasons[0])


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
