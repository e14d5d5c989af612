"""One address for the host; its containers have unique local ones (RFC 4193), unknown to anybody else."""

from ..ipaddress_tools import SUBNET_PREFIX, AddressPlanError, primary_address
from ..unique_local import HIGHEST_SUBNET, unique_local_subnet
from .way import AddressPlan, AddressWishes


def highest_slot(block_prefix: int) -> int:
    """As many as a /48 has /64s, but number 0."""
    return HIGHEST_SUBNET


def containers_prefix_length(block_prefix: int) -> int:
    """A /64 for each host."""
    return SUBNET_PREFIX


def interface_slots(block_prefix: int) -> tuple[int, str]:
    """The host's own address."""
    return 1, "the host's own address needs one"


def plan(wishes: AddressWishes) -> AddressPlan:
    """`<subnet>::n:n` for the host, and the n-th /64 of the stack's unique local prefix."""
    if wishes.unique_local_prefix is None:
        raise AddressPlanError(
            "addresses private need a unique local prefix, a /48 such as fd12:3456:789a::/48"
        )
    address = primary_address(wishes.subnet, wishes.slot)
    containers = unique_local_subnet(wishes.unique_local_prefix, wishes.slot)
    return AddressPlan(address, containers, addresses=(address,))
