"""Answers neighbour solicitation for a whole prefix on a link, so that its packets come to this host.

    ndp_proxy.py INTERFACE PREFIX [ADDRESS...]

Without it a neighbour that takes the prefix to be on the link (RFC 4861) asks for each address and hears
nothing. The kernel's own proxy knows single addresses only, and forgets them when the link goes down.

Each ADDRESS is listened for by its solicited-node multicast group (RFC 4291, 2.7.1), too: a switch that looks
into multicast passes on only what somebody listens for. Root's own `CAP_NET_RAW` is all it needs.
"""

import ctypes
import os
import select
import socket
import struct
import sys
from ipaddress import IPv6Address, IPv6Network
from typing import Final, NamedTuple

ETH_P_IPV6: Final = 0x86DD
ICMPV6: Final = 58
SOLICITATION: Final = 135
ADVERTISEMENT: Final = 136
HOP_LIMIT: Final = 255
"""Neighbour discovery never passes a router (RFC 4861, 7.1.1)."""
IPV6_HEADER: Final = 40
SHORTEST: Final = IPV6_HEADER + 24
ALL_NODES: Final = IPv6Address("ff02::1")
SOLICITED_NODE: Final = int(IPv6Address("ff02::1:ff00:0"))
SOLICITED_FLAG: Final = 0x40
TARGET_LINK_LAYER_ADDRESS: Final = 2

# linux/if_packet.h, asm-generic/socket.h
SOL_PACKET: Final = 263
PACKET_ADD_MEMBERSHIP: Final = 1
PACKET_MR_ALLMULTI: Final = 2
SO_ATTACH_FILTER: Final = 26

NEIGHBOUR_SOLICITATIONS_ONLY: Final = (
    (0x30, 0, 0, 6),  # load the byte `next header`
    (0x15, 0, 3, ICMPV6),  # not ICMPv6: drop
    (0x30, 0, 0, IPV6_HEADER),  # load the byte `type`
    (0x15, 0, 1, SOLICITATION),  # not a solicitation: drop
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
)
"""A classic BPF program (linux/filter.h) over a packet that starts with its IPv6 header."""


class Solicitation(NamedTuple):
    """Somebody asks who has `target`. `asker`: `::` while it makes sure that nobody has its own address."""

    asker: IPv6Address
    target: IPv6Address


def solicitation(packet: bytes) -> Solicitation | None:
    """The solicitation in an IPv6 packet; None when it is none, or not a valid one (RFC 4861, 7.1.1)."""
    if len(packet) < SHORTEST or packet[6] != ICMPV6 or packet[7] != HOP_LIMIT:
        return None
    if packet[IPV6_HEADER] != SOLICITATION or packet[IPV6_HEADER + 1] != 0:
        return None
    return Solicitation(IPv6Address(packet[8:24]), IPv6Address(packet[48:64]))


def advertisement(asked: Solicitation, link_layer_address: bytes) -> tuple[IPv6Address, bytes]:
    """Where the answer goes, and the answer without its checksum.

    A proxy does not override what a neighbour knows already (RFC 4861, 7.2.8), and an asker without an
    address is answered on the multicast address of all nodes (7.2.4).
    """
    has_address = not asked.asker.is_unspecified
    header = struct.pack("!BBHB3x", ADVERTISEMENT, 0, 0, SOLICITED_FLAG if has_address else 0)
    option = struct.pack("!BB", TARGET_LINK_LAYER_ADDRESS, 1) + link_layer_address
    return asked.asker if has_address else ALL_NODES, header + asked.target.packed + option


def solicited_node(address: IPv6Address) -> IPv6Address:
    """The multicast group on which an address is asked for (RFC 4291, 2.7.1)."""
    return IPv6Address(SOLICITED_NODE | (int(address) & 0xFFFFFF))


def listening(interface: str) -> socket.socket:
    """A socket that gets every solicitation that comes in on the interface, whatever its group."""
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in NEIGHBOUR_SOLICITATIONS_ONLY)
    held = ctypes.create_string_buffer(program)
    pointer = struct.pack("HP", len(NEIGHBOUR_SOLICITATIONS_ONLY), ctypes.addressof(held))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)
    listener.bind((interface, ETH_P_IPV6))
    # The kernel counts memberships, and this one lasts as long as the socket, also while the link is down.
    membership = struct.pack("iHH8x", socket.if_nametoindex(interface), PACKET_MR_ALLMULTI, 0)
    listener.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    return listener


def answering(interface: str, addresses: list[IPv6Address]) -> socket.socket:
    """A socket that answers on the interface, and is a member of the addresses' groups there."""
    index = socket.if_nametoindex(interface)
    answerer = socket.socket(socket.AF_INET6, socket.SOCK_RAW, ICMPV6)
    answerer.setsockopt(ICMPV6, 1, b"\xff" * 32)  # ICMP6_FILTER: it is not for reading
    answerer.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
    answerer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, HOP_LIMIT)
    answerer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, HOP_LIMIT)
    answerer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    answerer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    for group in {solicited_node(address) for address in addresses}:
        membership = group.packed + struct.pack("I", index)
        answerer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
    return answerer


def tell_systemd(state: str) -> None:
    """As sd_notify(3); nothing where systemd does not listen."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notification:
            notification.sendto(state.encode(), path.replace("@", "\0", 1) if path[0] == "@" else path)


def serve(interface: str, prefix: IPv6Network, addresses: list[IPv6Address]) -> None:
    """Answers for the prefix until the interface is gone."""
    listener, answerer = listening(interface), answering(interface, addresses)
    tell_systemd(f"READY=1\nSTATUS=answering for {prefix} on {interface}")
    while True:
        select.select([listener], [], [])
        try:
            packet, (_, _, kind, _, _) = listener.recvfrom(2048)
        except OSError as down:  # told once each time that the link goes down
            print(f"{interface}: {down.strerror}", flush=True)
            socket.if_nametoindex(interface)
            continue
        asked = solicitation(packet)
        if asked is None or kind == socket.PACKET_OUTGOING or asked.target not in prefix:
            continue
        link_layer_address = listener.getsockname()[4]
        to, answer = advertisement(asked, link_layer_address)
        try:
            answerer.sendto(answer, (str(to), 0, 0, socket.if_nametoindex(interface)))
        except OSError as problem:  # a link that goes down meanwhile; whoever asks asks again
            print(f"no answer to {to}: {problem.strerror}", flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], IPv6Network(sys.argv[2]), [IPv6Address(each) for each in sys.argv[3:]])
