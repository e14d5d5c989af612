"""Where the lab's public addresses come from: documentation prefixes, given out in a fixed order."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address

from lab.names import PUBLIC_IPV4_POOL, vpc_ipv6_cidr

from .errors import refused

VPC_NUMBERS = range(1, 256)


def vpc_cidr_after(last_number: int, in_use: Collection[str]) -> tuple[int, str]:
    """The number and CIDR for a new VPC: the next number that no VPC has, so that none is soon given again.

    Raises EC2ClientError when every number is in use.
    """
    for step in range(len(VPC_NUMBERS)):
        number = (last_number + step) % len(VPC_NUMBERS) + VPC_NUMBERS[0]
        cidr = str(vpc_ipv6_cidr(number))
        if cidr not in in_use:
            return number, cidr
    raise refused("InsufficientCidrBlocks", "No IPv6 CIDR block is left")


def free_public_ipv4(in_use: Iterable[str]) -> str:
    """The lowest public IPv4 address that nothing has. Raises EC2ClientError when none is left."""
    taken = {IPv4Address(address) for address in in_use}
    for address in PUBLIC_IPV4_POOL.hosts():
        if address not in taken:
            return str(address)
    raise refused("InsufficientAddressCapacity", "Not enough available capacity to satisfy your request")
