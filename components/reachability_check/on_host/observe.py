"""Runs on a host as root: watches the check's own packets pass, until its standard input closes.

WANTED is a line of JSON on stdin: {"nic": "ens5", "bridges": ["docker0"]}. Prints `ready`, and at the end a
JSON list of sightings: {"what", "key", "source", "where": "nic" | "bridge", "way": "in" | "out", "mac"}. The
key of a ping is the one in its payload, that of a TCP packet is `client|port|server|port`.
"""

import ctypes
import json
import select
import socket
import struct
import sys
import time
from typing import Any

MAGIC = b"dualstack reachability "
ETH_P_ALL = 0x0003
ETH_P_IPV6 = 0x86DD
PACKET_OUTGOING = 4
SO_ATTACH_FILTER = 26
LONGEST_SECONDS = 180
WANTED: dict[str, Any] = json.loads(sys.stdin.readline())

# A classic BPF program on the IPv6 header (RFC 8200, 3): ICMPv6, or TCP with SYN or RST. Without it every
# packet of a busy host would come up here.
FILTER = (
    (0x30, 0, 0, 0),  # load byte 0
    (0x54, 0, 0, 0xF0),  # its upper half
    (0x15, 0, 6, 0x60),  # version 6, else drop
    (0x30, 0, 0, 6),  # load the next header
    (0x15, 3, 0, 58),  # ICMPv6: take it
    (0x15, 0, 3, 6),  # TCP, else drop
    (0x30, 0, 0, 53),  # load the TCP flags
    (0x45, 0, 1, 0x06),  # SYN or RST, else drop
    (0x06, 0, 0, 0xFFFF),  # take it
    (0x06, 0, 0, 0),  # drop it
)


def watching_socket() -> socket.socket:
    watcher = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    program = b"".join(struct.pack("=HBBI", *line) for line in FILTER)
    buffer = ctypes.create_string_buffer(program)
    watcher.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(FILTER), ctypes.addressof(buffer))
    )
    return watcher


def sighting(packet: bytes, where: str, way: str, mac: str) -> dict[str, Any] | None:
    source = socket.inet_ntop(socket.AF_INET6, packet[8:24])
    target = socket.inet_ntop(socket.AF_INET6, packet[24:40])
    seen = icmp(packet[40:]) if packet[6] == 58 else tcp(packet[40:], source, target)
    if seen is None:
        return None
    what, key = seen
    return {"what": what, "key": key, "source": source, "where": where, "way": way, "mac": mac}


def icmp(message: bytes) -> tuple[str, str] | None:
    payload = message[8:]
    if message[0] not in (128, 129) or not payload.startswith(MAGIC):
        return None
    return "request" if message[0] == 128 else "reply", payload[len(MAGIC) :].decode(errors="replace")


def tcp(segment: bytes, source: str, target: str) -> tuple[str, str]:
    source_port, target_port = struct.unpack("!HH", segment[:4])
    flags = segment[13]
    towards = f"{source}|{source_port}|{target}|{target_port}"
    back = f"{target}|{target_port}|{source}|{source_port}"
    if flags & 0x04:
        return "reset", back
    return ("accept", back) if flags & 0x10 else ("connect", towards)


def main() -> None:
    places = {WANTED["nic"]: "nic", **dict.fromkeys(WANTED["bridges"], "bridge")}
    seen: list[dict[str, Any]] = []
    deadline = time.monotonic() + LONGEST_SECONDS
    with watching_socket() as watcher:
        print("ready", flush=True)
        while time.monotonic() < deadline:
            readable, _, _ = select.select([watcher, sys.stdin], [], [], 1)
            if watcher in readable:
                packet, (device, protocol, kind, _, address) = watcher.recvfrom(2048)
                if protocol == ETH_P_IPV6 and device in places and len(packet) >= 54:
                    way = "out" if kind == PACKET_OUTGOING else "in"
                    found = sighting(packet, places[device], way, address.hex(":"))
                    if found is not None:
                        seen.append(found)
            elif sys.stdin in readable:
                break
    print(json.dumps(seen))


main()
