"""The original recipe: the interface holds the host's own address, and every single one of a small block."""

from ..ipaddress_tools import addresses_on_interface, highest_slot, host_addresses
from .way import AddressPlan, AddressWishes

__all__ = ["containers_prefix_length", "highest_slot", "interface_slots", "plan"]


def containers_prefix_length(block_prefix: int) -> int:
    """That of the block."""
    return block_prefix


def interface_slots(block_prefix: int) -> tuple[int, str]:
    """One for each address."""
    needed = addresses_on_interface(block_prefix)
    return needed, f"a /{block_prefix} block needs {needed}, the host's own among them"


def plan(wishes: AddressWishes) -> AddressPlan:
    """`<subnet>::n:n` for the host, and the n-th block."""
    host = host_addresses(wishes.subnet, wishes.slot, wishes.block_prefix)
    return AddressPlan(host.primary, host.block, addresses=host.interface_addresses)
