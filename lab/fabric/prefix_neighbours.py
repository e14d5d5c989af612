"""Answers neighbour solicitations for addresses within delegated prefixes, as a VPC does.

Hosts hold an on-link /64 and ask for an address in another's /80 on their own cable. The kernel's neighbour
proxy knows single addresses only. Messages are those of RFC 4861, 4.3 and 4.4.
"""

import ctypes
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from threading import Thread

from lab.fabric import namespaces
from lab.fabric.model import NeighbourResponder
from lab.fabric.router import GATEWAY

_IPV6_FRAMES = 0x86DD
_ICMPV6 = 58
_SOLICITATION, _ADVERTISEMENT = 135, 136
_FROM_A_ROUTER_AND_ASKED_FOR = 0xC0000000
_SO_ATTACH_FILTER = 26
_FILTER = (
    (0x30, 0, 0, 6),  # the next header
    (0x15, 0, 3, _ICMPV6),
    (0x30, 0, 0, 40),  # the ICMPv6 type
    (0x15, 0, 1, _SOLICITATION),
    (0x06, 0, 0, 0xFFFF),  # take it
    (0x06, 0, 0, 0),  # leave it
)
"""Classic BPF, so that this process wakes for neighbour solicitations only."""


class PrefixNeighbours:
    """Answers in one router's namespace until it is closed. `wanted` gives the present prefixes, or None."""

    def __init__(self, namespace: str, wanted: Callable[[], NeighbourResponder | None]) -> None:
        """Raises OSError when the namespace is not there."""
        self._wanted = wanted
        self._socket = namespaces.inside(namespace, _packet_socket)
        self._closed = False
        Thread(target=self._run, name=f"prefix neighbours in {namespace}", daemon=True).start()

    def close(self) -> None:
        """Stop answering: the reader wakes within half a second and lets the socket go."""
        self._closed = True

    def _run(self) -> None:
        with self._socket:
            while not self._closed:
                try:
                    packet, (device, _, _, _, sender) = self._socket.recvfrom(2048)
                except TimeoutError:
                    continue
                wanted = self._wanted()
                reply = advertisement(wanted, device, packet) if wanted else None
                if reply:
                    self._socket.sendto(reply, (device, _IPV6_FRAMES, 0, 0, sender))


def advertisement(responder: NeighbourResponder, device: str, packet: bytes) -> bytes | None:
    """The IPv6 packet that answers a solicitation seen on a device, or None when it is not ours to answer."""
    if len(packet) < 64 or packet[40] != _SOLICITATION or device not in responder.devices:
        return None
    asker, target = IPv6Address(packet[8:24]), IPv6Address(packet[48:64])
    elsewhere = any(
        target in IPv6Network(prefix) and device != holder for prefix, holder in responder.prefixes
    )
    if asker.is_unspecified or not elsewhere:
        return None
    source = IPv6Address(GATEWAY).packed
    option = b"\x02\x01" + bytes.fromhex(responder.mac.replace(":", ""))
    body = struct.pack("!I", _FROM_A_ROUTER_AND_ASKED_FOR) + target.packed + option
    message = struct.pack("!BBH", _ADVERTISEMENT, 0, 0) + body
    checksum = _checksum(source + asker.packed + struct.pack("!II", len(message), _ICMPV6) + message)
    message = struct.pack("!BBH", _ADVERTISEMENT, 0, checksum) + body
    return struct.pack("!IHBB", 6 << 28, len(message), _ICMPV6, 255) + source + asker.packed + message


def _checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071) of an even number of octets."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _packet_socket() -> socket.socket:
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_IPV6_FRAMES))
    program = b"".join(struct.pack("HBBI", *step) for step in _FILTER)
    steps = ctypes.create_string_buffer(program)
    listener.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(_FILTER), ctypes.addressof(steps))
    )
    listener.settimeout(0.5)
    return listener
