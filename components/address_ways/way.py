"""What every way of getting a host's addresses is: the interface that the modules here implement."""

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import Protocol


@dataclass(frozen=True)
class AddressWishes:
    """Where a host lies. `unique_local_prefix`: the stack's private /48, for the ways that need one."""

    subnet: IPv6Network
    slot: int
    block_prefix: int
    unique_local_prefix: IPv6Network | None = None


@dataclass(frozen=True)
class AddressPlan:
    """The addresses of a host. `containers`: what those of its containers are taken from.

    `addresses` and `prefixes` are what its network interface holds: one of them is empty, as EC2 takes no
    request with both (CreateNetworkInterface).
    """

    address: IPv6Address
    containers: IPv6Network
    addresses: tuple[IPv6Address, ...] = ()
    prefixes: tuple[IPv6Network, ...] = ()


class AddressWay(Protocol):
    """A module such as `prefix`. All functions are pure. `block_prefix`: the stack's, for the way `block`."""

    def highest_slot(self, block_prefix: int) -> int:
        """How many slots a subnet has."""
        ...

    def containers_prefix_length(self, block_prefix: int) -> int:
        """The length of what containers have their addresses from."""
        ...

    def interface_slots(self, block_prefix: int) -> tuple[int, str]:
        """How many addresses the interface must hold, as EC2 counts them, and what for."""
        ...

    def plan(self, wishes: AddressWishes) -> AddressPlan:
        """The addresses. Raises AddressPlanError."""
        ...
