"""Unique local IPv6 prefixes (RFC 4193): private, and almost surely nobody else's."""

import secrets
from collections.abc import Callable
from ipaddress import IPv6Network
from typing import Final

from .ipaddress_tools import SUBNET_PREFIX, AddressPlanError

LOCALLY_ASSIGNED: Final = IPv6Network("fd00::/8")
"""The half of fc00::/7 whose 40 further bits each site draws for itself (RFC 4193, 3.1)."""
AMAZONS: Final = IPv6Network("fd00::/16")
"""AWS's services answer in fd00:ec2::/32: name server, metadata, time."""
GLOBAL_ID_BITS: Final = 40
PREFIX_LENGTH: Final = 48
HIGHEST_SUBNET: Final = 0xFFFF
"""A /48 has so many /64s, beside number 0."""


def random_prefix(draw: Callable[[int], int] = secrets.randbits) -> IPv6Network:
    """A new /48. `draw(n)` gives n random bits as a number, from a good source (RFC 4193, 3.2.1)."""
    while True:
        bits = draw(GLOBAL_ID_BITS) << (128 - PREFIX_LENGTH)
        prefix = IPv6Network((int(LOCALLY_ASSIGNED.network_address) | bits, PREFIX_LENGTH))
        if not prefix.subnet_of(AMAZONS):
            return prefix


def checked_prefix(value: str) -> str:
    """A /48 of one's own. Raises ValueError for a text that is none."""
    try:
        prefix = IPv6Network(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an IPv6 network such as fd12:3456:789a::/48") from None
    if prefix.prefixlen != PREFIX_LENGTH or not prefix.subnet_of(LOCALLY_ASSIGNED):
        raise ValueError(f"{prefix} is not a /48 of fd00::/8, such as fd12:3456:789a::/48 (RFC 4193)")
    if prefix.subnet_of(AMAZONS):
        raise ValueError(f"{prefix} lies in fd00::/16, where aws's own services answer; take another /48")
    return str(prefix)


def unique_local_subnet(prefix: IPv6Network, number: int) -> IPv6Network:
    """The /64 of this number (1 to 65535) of a /48. Raises AddressPlanError for another number or prefix."""
    if prefix.prefixlen != PREFIX_LENGTH:
        raise AddressPlanError(f"unique local prefix {prefix} is not a /{PREFIX_LENGTH}")
    if not 1 <= number <= HIGHEST_SUBNET:
        raise AddressPlanError(
            f"slot {number} is out of range; {prefix} has /64s for slots 1 to {HIGHEST_SUBNET}"
        )
    return IPv6Network((int(prefix.network_address) + (number << (128 - SUBNET_PREFIX)), SUBNET_PREFIX))


if __name__ == "__main__":
    print(random_prefix())
