"""Whether this machine can reach the hosts at all, said before anything is created."""

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Literal

Family = Literal["IPv4", "IPv6"]

FAR_AWAY: dict[Family, str] = {"IPv4": "203.0.113.1", "IPv6": "2001:db8::1"}
"""Addresses that only a default route leads to (documentation: RFC 5737, RFC 3849)."""
DISCARD_PORT = 9
SOCKET_FAMILIES: dict[Family, socket.AddressFamily] = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}


def missing_route(connect: str, bastion_host: str | None = None) -> str | None:
    """One line that says why SSH cannot leave this machine, or None when it has a route.

    `connect` is `ipv6`, `ipv4` or `bastion`; with the last, `bastion_host` is the address that is dialled
    (a name is left to the resolver: nothing is looked up here).
    """
    family = _family(connect, bastion_host)
    if family is None or has_route(family):
        return None
    return (
        f"this machine has no {family} route, and `connect` is {connect}: ssh to the hosts would fail; "
        f"{_advice(connect)}"
    )


def missing_route_to(addresses: Sequence[str]) -> str | None:
    """The same for hosts that exist already, by the addresses that SSH goes to; names are left to the
    resolver.
    """
    needed: list[Family | None] = [_family("bastion", address) for address in addresses]
    for family in dict.fromkeys(needed):
        if family is not None and not has_route(family):
            return f"this machine has no {family} route: ssh to {', '.join(addresses)} would fail"
    return None


def has_route(family: Family) -> bool:
    """Whether the kernel knows a way to the rest of the world. Sends nothing: a UDP socket only looks up."""
    with socket.socket(SOCKET_FAMILIES[family], socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((FAR_AWAY[family], DISCARD_PORT))
        except OSError:
            return False
        return True


def _family(connect: str, bastion_host: str | None) -> Family | None:
    if connect != "bastion":
        return "IPv4" if connect == "ipv4" else "IPv6"
    try:
        return "IPv4" if ip_address(bastion_host or "").version == 4 else "IPv6"
    except ValueError:
        return None


def _advice(connect: str) -> str:
    if connect == "ipv6":
        return "run it where IPv6 works, or set `dualstack:connect` to bastion or ipv4"
    return "check this machine's network"
