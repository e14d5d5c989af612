"""A /80 that AWS delegates to the interface, which holds nothing else: the host's own address is in it.

docs/decisions/2026-11-21-a-prefix-and-no-address.md says why.
"""

from ..ipaddress_tools import DELEGATED_PREFIX, HIGHEST_PREFIX_SLOT, delegated_prefix, host_address_in_prefix
from .way import AddressPlan, AddressWishes


def highest_slot(block_prefix: int) -> int:
    """A subnet's prefixes but for its first and last, which hold AWS's own addresses."""
    return HIGHEST_PREFIX_SLOT


def containers_prefix_length(block_prefix: int) -> int:
    """AWS delegates no others."""
    return DELEGATED_PREFIX


def interface_slots(block_prefix: int) -> tuple[int, str]:
    """A prefix counts as one address (EC2 user guide, "Prefixes for network interfaces")."""
    return 1, "a prefix needs one"


def plan(wishes: AddressWishes) -> AddressPlan:
    """The n-th /80 of the subnet; the host is its `::1`."""
    prefix = delegated_prefix(wishes.subnet, wishes.slot)
    return AddressPlan(host_address_in_prefix(prefix), prefix, prefixes=(prefix,))
