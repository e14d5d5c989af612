"""Which addresses and prefixes EC2 lets an interface have: pure functions.

Reserved in every IPv4 subnet: the first four addresses and the last. In every IPv6 subnet the same
(https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html). A delegated prefix is a /80 without
overlap with anything assigned (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html).
"""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from .errors import address_in_use, bad_parameter, bad_value, outside_subnet, reserved_address

RESERVED_FROM_START = 4
PREFIX_LENGTH = 80


@dataclass(frozen=True)
class Ipv6Space:
    """A subnet's IPv6 block and what of it is given away."""

    subnet: IPv6Network | None
    """None for a subnet without an IPv6 block."""
    addresses: frozenset[IPv6Address]
    prefixes: frozenset[IPv6Network]


def is_reserved(address: IPv4Address | IPv6Address, subnet: IPv4Network | IPv6Network) -> bool:
    """Whether EC2 keeps this address of the subnet for itself."""
    offset = int(address) - int(subnet.network_address)
    return offset < RESERVED_FROM_START or offset == subnet.num_addresses - 1


def checked_ipv4(text: str, subnet: IPv4Network, taken: Collection[IPv4Address]) -> IPv4Address:
    """The address, if an interface may have it. Raises EC2ClientError."""
    try:
        address = IPv4Address(text)
    except ValueError:
        raise bad_parameter("privateIpAddress", text) from None
    if address not in subnet:
        raise outside_subnet(address)
    if is_reserved(address, subnet):
        raise reserved_address(address)
    if address in taken:
        raise address_in_use(address)
    return address


def checked_ipv6(texts: Sequence[str], space: Ipv6Space) -> list[str]:
    """The addresses in canonical form and in order, if an interface may have them. Raises EC2ClientError."""
    addresses: list[IPv6Address] = []
    for text in texts:
        try:
            address = IPv6Address(text)
        except ValueError:
            raise bad_parameter("ipv6Addresses", text) from None
        if address in addresses:
            raise bad_value(f"Address {address} was specified more than once")
        _check_free(address, space)
        addresses.append(address)
    return [str(address) for address in addresses]


def _check_free(address: IPv6Address, space: Ipv6Space) -> None:
    if space.subnet is None or address not in space.subnet:
        raise outside_subnet(address)
    if is_reserved(address, space.subnet):
        raise reserved_address(address)
    if address in space.addresses or any(address in prefix for prefix in space.prefixes):
        raise address_in_use(address)


def checked_prefixes(texts: Sequence[str], space: Ipv6Space) -> list[str]:
    """The prefixes in canonical form and in order, if an interface may have them. Raises EC2ClientError."""
    prefixes: list[IPv6Network] = []
    for text in texts:
        try:
            prefix = IPv6Network(text)
        except ValueError:
            raise bad_parameter("ipv6Prefixes", text) from None
        if prefix.prefixlen != PREFIX_LENGTH:
            raise bad_parameter("ipv6Prefixes", text)
        if prefix in prefixes:
            raise bad_value(f"Prefix {prefix} was specified more than once")
        if space.subnet is None or not prefix.subnet_of(space.subnet):
            raise outside_subnet(prefix)
        if holds_reserved(prefix, space.subnet):
            raise reserved_address(prefix)
        if overlaps_given(prefix, space):
            raise address_in_use(prefix)
        prefixes.append(prefix)
    return [str(prefix) for prefix in prefixes]


def holds_reserved(prefix: IPv6Network, subnet: IPv6Network) -> bool:
    """Whether the subnet's reserved addresses lie in the prefix: its first and its last /80."""
    return (
        prefix.network_address == subnet.network_address
        or prefix.broadcast_address == subnet.broadcast_address
    )


def overlaps_given(prefix: IPv6Network, space: Ipv6Space) -> bool:
    """Whether anything in the prefix is given away."""
    return any(prefix.overlaps(other) for other in space.prefixes) or any(
        address in prefix for address in space.addresses
    )


def lowest_free_ipv4(subnet: IPv4Network, taken: Collection[IPv4Address]) -> IPv4Address | None:
    """The lowest address that an interface may have, None in a full subnet."""
    candidates = (subnet[offset] for offset in range(RESERVED_FROM_START, subnet.num_addresses - 1))
    return next((address for address in candidates if address not in taken), None)


def drawn_ipv6(count: int, space: Ipv6Space) -> list[str]:
    """As many free addresses as asked for, drawn at random. Raises EC2ClientError without a block."""
    return [str(address) for address in _draw(count, _random_addresses(_block(space)), space)]


def _draw(count: int, candidates: Iterable[IPv6Address], space: Ipv6Space) -> list[IPv6Address]:
    subnet, drawn = _block(space), list[IPv6Address]()
    for address in candidates:
        if len(drawn) == count:
            break
        free = address not in space.addresses and not any(address in prefix for prefix in space.prefixes)
        if free and address not in drawn and not is_reserved(address, subnet):
            drawn.append(address)
    return drawn


def _random_addresses(subnet: IPv6Network) -> Iterable[IPv6Address]:
    while True:
        yield subnet[random.randrange(subnet.num_addresses)]


def drawn_prefixes(count: int, space: Ipv6Space) -> list[str]:
    """The lowest free prefixes, as many as asked for. Raises EC2ClientError without a block."""
    subnet = _block(space)
    free = (
        str(prefix)
        for prefix in subnet.subnets(new_prefix=PREFIX_LENGTH)
        if not holds_reserved(prefix, subnet) and not overlaps_given(prefix, space)
    )
    return [prefix for _, prefix in zip(range(count), free, strict=False)]


def _block(space: Ipv6Space) -> IPv6Network:
    if space.subnet is None:
        raise bad_value("The subnet does not have an IPv6 CIDR block.")
    return space.subnet
