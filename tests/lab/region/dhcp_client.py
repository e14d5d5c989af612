"""A DHCPv6, DHCPv4 and router discovery client in few lines, to be run in a machine's namespace.

Usage: python3 dhcp_client.py {dhcp6|dhcp4|ra} DEVICE MAC. Prints what is offered. DHCPv6 is RFC 8415.
"""

import socket
import struct
import sys


def addresses_offered(device: str, mac: str) -> list[str]:
    """What a DHCPv6 server's advertisement offers for one IA_NA."""
    duid = struct.pack("!HH", 3, 1) + bytes.fromhex(mac.replace(":", ""))
    options = struct.pack("!HH", 1, len(duid)) + duid + struct.pack("!HHIII", 3, 12, 1, 0, 0)
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.settimeout(3)
    server.bind(("::", 546))
    server.sendto(b"\x01abc" + options, ("ff02::1:2", 547, 0, socket.if_nametoindex(device)))
    return [
        socket.inet_ntop(socket.AF_INET6, address[:16])
        for kind, body in options_of(server.recv(2048)[4:])
        if kind == 3
        for inner, address in options_of(body[12:])
        if inner == 5
    ]


def options_of(data: bytes) -> list[tuple[int, bytes]]:
    """Code and content of each option."""
    found: list[tuple[int, bytes]] = []
    while len(data) >= 4:
        kind, length = struct.unpack("!HH", data[:4])
        found.append((kind, data[4 : 4 + length]))
        data = data[4 + length :]
    return found


def ipv4_offered(device: str, mac: str) -> list[str]:
    """Address, router and MTU of a DHCPv4 offer (RFC 2131)."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    client.settimeout(3)
    client.bind(("", 68))
    hardware = bytes.fromhex(mac.replace(":", "")).ljust(16, b"\0")
    head = struct.pack("!BBBBIHH16s", 1, 1, 6, 0, 0x1234, 0, 0x8000, b"") + hardware + bytes(192)
    client.sendto(head + b"\x63\x82\x53\x63\x35\x01\x01\x37\x02\x03\x1a\xff", ("255.255.255.255", 67))
    reply = client.recv(2048)
    options, data = {}, reply[240:]
    while data and data[0] != 255:
        options[data[0]] = data[2 : 2 + data[1]]
        data = data[2 + data[1] :]
    router, mtu = socket.inet_ntoa(options[3]), struct.unpack("!H", options[26])[0]
    return [socket.inet_ntoa(reply[16:20]), f"router {router}", f"mtu {mtu}"]


def advertised(device: str, _mac: str) -> list[str]:
    """Source, flags and prefixes of a router advertisement (RFC 4861, 4.2)."""
    listener = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    listener.settimeout(5)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    while True:
        listener.sendto(b"\x85\0\0\0\0\0\0\0", ("ff02::2", 0, 0, socket.if_nametoindex(device)))
        packet, source = listener.recvfrom(2048)
        if packet[0] == 134:
            break
    said = [source[0].partition("%")[0], "managed" if packet[5] & 0x80 else "unmanaged"]
    data = packet[16:]
    while data:
        if data[0] == 3:
            on_link, autonomous = data[3] & 0x80, data[3] & 0x40
            prefix = socket.inet_ntop(socket.AF_INET6, data[16:32])
            said.append(
                f"{prefix}/{data[2]}{' on-link' if on_link else ''}{' autonomous' if autonomous else ''}"
            )
        data = data[data[1] * 8 :]
    return said


if __name__ == "__main__":
    ways = {"dhcp6": addresses_offered, "dhcp4": ipv4_offered, "ra": advertised}
    print("\n".join(ways[sys.argv[1]](sys.argv[2], sys.argv[3])))
