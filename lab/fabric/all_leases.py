"""A DHCPv6 server that leases every address of an interface at once, as EC2 was seen to do.

dnsmasq leases one address per subnet; it still advertises the router and leaves DHCPv6 to this one. Messages
and options are those of RFC 8415, 7.3 and 21.
"""

import socket
import struct
from collections.abc import Sequence
from ipaddress import IPv6Address
from threading import Thread

from lab.fabric import namespaces
from lab.fabric.dhcp import RESOLVER_IPV6
from lab.fabric.model import LeaseOfAll

PREFERRED_SECONDS = 140
VALID_SECONDS = 450
_SERVER_PORT = 547
_ALL_SERVERS = "ff02::1:2"
_SOLICIT, _ADVERTISE, _REPLY = 1, 2, 7
_WITH_ADDRESSES = frozenset({1, 3, 4, 5, 6})
"""Solicit, request, confirm, renew, rebind."""
_WITHOUT = frozenset({8, 9, 11})
"""Release, decline, information request."""
_CLIENT_ID, _SERVER_ID, _IDENTITY_ASSOCIATION, _ADDRESS, _RAPID_COMMIT, _NAME_SERVERS = 1, 2, 3, 5, 14, 23


class AllLeases:
    """Answers on one cable until it is closed."""

    def __init__(self, lease: LeaseOfAll) -> None:
        """Raises OSError when the device is not there."""
        self._lease = lease
        self._closed = False
        self._socket = namespaces.inside(lease.namespace, lambda: _socket_on(lease.device))
        Thread(target=self._run, name=f"dhcpv6 on {lease.device}", daemon=True).start()

    def close(self) -> None:
        """Stop answering: the reader wakes within half a second and lets the socket go."""
        self._closed = True

    def _run(self) -> None:
        with self._socket:
            while not self._closed:
                try:
                    message, client = self._socket.recvfrom(4096)
                    if reply := answer(message, self._lease.addresses, self._lease.mac):
                        self._socket.sendto(reply, client)
                except TimeoutError:
                    continue
                except OSError:
                    # The device went: its cable was taken away.
                    return


def answer(message: bytes, addresses: Sequence[str], mac: str) -> bytes | None:
    """The answer to a client's message, or None for one that is not for this server, whose id is its MAC."""
    kind, options = message[0] if message else 0, read_options(message[4:])
    identity = struct.pack("!HH", 3, 1) + bytes.fromhex(mac.replace(":", ""))
    if kind not in _WITH_ADDRESSES | _WITHOUT or options.get(_SERVER_ID, identity) != identity:
        return None
    rapid = kind == _SOLICIT and _RAPID_COMMIT in options
    parts = [_option(_SERVER_ID, identity)]
    if _CLIENT_ID in options:
        parts.append(_option(_CLIENT_ID, options[_CLIENT_ID]))
    if kind in _WITH_ADDRESSES and len(options.get(_IDENTITY_ASSOCIATION, b"")) >= 4:
        parts.append(_association(options[_IDENTITY_ASSOCIATION][:4], addresses))
    if rapid:
        parts.append(_option(_RAPID_COMMIT, b""))
    parts.append(_option(_NAME_SERVERS, IPv6Address(RESOLVER_IPV6).packed))
    reply = _ADVERTISE if kind == _SOLICIT and not rapid else _REPLY
    return bytes([reply]) + message[1:4] + b"".join(parts)


def read_options(data: bytes) -> dict[int, bytes]:
    """The first of each option; what is cut off is left out."""
    found: dict[int, bytes] = {}
    while len(data) >= 4:
        code, length = struct.unpack("!HH", data[:4])
        found.setdefault(code, data[4 : 4 + length])
        data = data[4 + length :]
    return found


def _association(id: bytes, addresses: Sequence[str]) -> bytes:
    lives = struct.pack("!II", PREFERRED_SECONDS, VALID_SECONDS)
    leased = b"".join(_option(_ADDRESS, IPv6Address(address).packed + lives) for address in addresses)
    times = struct.pack("!II", PREFERRED_SECONDS // 2, PREFERRED_SECONDS * 4 // 5)
    return _option(_IDENTITY_ASSOCIATION, id + times + leased)


def _option(code: int, content: bytes) -> bytes:
    return struct.pack("!HH", code, len(content)) + content


def _socket_on(device: str) -> socket.socket:
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    # dnsmasq listens there too, and both hear what is sent to all servers.
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        server.setsockopt(socket.SOL_SOCKET, option, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    server.bind(("::", _SERVER_PORT))
    group = socket.inet_pton(socket.AF_INET6, _ALL_SERVERS) + struct.pack("@I", socket.if_nametoindex(device))
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    server.settimeout(0.5)
    return server
