"""What kinds of host key a server offers, read from the first packet it sends (RFC 4253, 7.1)."""

from __future__ import annotations

import asyncio
from typing import Final

from lab.plugins.command.dial import open_socket
from lab.plugins.command.retry import DialError

_KEXINIT: Final = 20
_COOKIE_BYTES: Final = 16
_LONGEST_PACKET: Final = 35000


async def offered_host_keys(host: str, port: int, timeout: float) -> list[str]:
    """The names of the server's host key algorithms, its best first; none if it does not say.

    `timeout` is in seconds, 0 for none. A server that finds no algorithm in common closes the connection so
    fast that its own offer may be lost, so one asks again, without an offer to refuse.
    """
    try:
        opened = await open_socket(host, port, timeout)
        async with asyncio.timeout(timeout or None):
            reader, writer = await asyncio.open_connection(sock=opened)
            try:
                return await _read_offer(reader, writer)
            finally:
                writer.close()
    except (DialError, OSError, EOFError, ValueError, asyncio.LimitOverrunError):
        return []


async def _read_offer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[str]:
    # Lines may stand before the version (RFC 4253, 4.2).
    while not (await reader.readuntil(b"\n")).startswith(b"SSH-"):
        pass
    writer.write(b"SSH-2.0-look\r\n")
    length = int.from_bytes(await reader.readexactly(4))
    if length > _LONGEST_PACKET:
        return []
    packet = await reader.readexactly(length)
    if packet[1] != _KEXINIT:
        return []
    lists = packet[2 + _COOKIE_BYTES :]
    key_exchanges = 4 + int.from_bytes(lists[:4])
    names = lists[key_exchanges:]
    return names[4 : 4 + int.from_bytes(names[:4])].decode("ascii").split(",")
