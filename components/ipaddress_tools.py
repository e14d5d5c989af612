"""The address plan: which addresses a host, its bridge and its containers have. Pure arithmetic.

Everything follows from three numbers: the subnet (a /64), the host's slot (1, 2, ...), and the subnet's block
prefix (the length of every host's container block). Adding or removing a host moves nobody else's address.
"""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, IPv6Address, IPv6Network, NetmaskValueError

SUBNET_PREFIX = 64
"""AWS: an IPv6 subnet of this package is a /64 (Amazon-provided VPC ranges are a /56)."""
DEFAULT_BLOCK_PREFIX = 126
"""The original recipe's block: four addresses, of which two are for containers."""
LONGEST_BLOCK_PREFIX = 126
"""A /127 would hold the bridge and nobody else."""
SHORTEST_BLOCK_PREFIX = 124
"""A /123 is 32 addresses and the host's own: more than any common instance type holds."""
FIRST_BLOCK_OFFSET = 0x8
"""The first block starts at ::8, clear of the addresses that AWS keeps (::0 to ::3)."""
BLOCKS_END = 0x1_0000
"""Blocks end before ::1:0; the hosts' own addresses (::1:1, ::2:2, ...) lie above."""
BRIDGE_PLACE_OFFSET = 1
"""docker0 has the second address: the first is the subnet-router anycast address (RFC 4291, 2.6.1)."""
FIRST_CONTAINER_OFFSET = 2
MOST_PLACES = 65_533
"""Docker's own IPv4 networks are a /16 at most, without network, gateway and broadcast address."""
DELEGATED_PREFIX = 80
"""AWS delegates IPv6 prefixes of this length to network interfaces, and of no other (EC2, "Prefixes")."""
HIGHEST_PREFIX_SLOT = 0xFFFE
NETWORK_PREFIX = 96
"""Each Docker network of a host whose prefix is wider."""


class AddressPlanError(ValueError):
    """A plan that cannot be; the message says what was asked, what is allowed, and what to do."""


@dataclass(frozen=True)
class HostAddresses:
    """The addresses of one host.

    `primary`: the host's own. `block`: every address of it is assigned to the network interface.
    `bridge`: docker0's own address. All lie in the subnet, and none of them is AWS's.
    """

    slot: int
    primary: IPv6Address
    block: IPv6Network
    bridge: IPv6Address

    @property
    def interface_addresses(self) -> tuple[IPv6Address, ...]:
        """What the network interface holds: the host's own address first, then the block in order."""
        return (self.primary, *self.block)

    def container(self, place: int) -> IPv6Address:
        """The address of the container at `place`, from 1. Raises AddressPlanError outside the block."""
        return container_address(self.block, place)


def host_addresses(
    subnet: IPv6Network | str, slot: int, block_prefix: int = DEFAULT_BLOCK_PREFIX
) -> HostAddresses:
    """The addresses of the host in `slot` (1, 2, ...): `<subnet>::n:n`, n in hex, and the n-th block.

    Raises AddressPlanError for a subnet that is no /64, a block prefix outside /124 to /126, and a slot
    whose block would not end before ::1:0.
    """
    block = block_of_slot(subnet, slot, block_prefix)
    return HostAddresses(slot, primary_address(subnet, slot), block, bridge_address(block))


def primary_address(subnet: IPv6Network | str, slot: int) -> IPv6Address:
    """A host's own address: `<subnet>::n:n` with n in hex, so slot 10 has `::a:a`."""
    if not 1 <= slot <= 0xFFFF:
        raise AddressPlanError(f"slot {slot} is out of range; slots are 1 to 65535")
    return parse_subnet(subnet)[(slot << 16) | slot]


def block_of_slot(
    subnet: IPv6Network | str, slot: int, block_prefix: int = DEFAULT_BLOCK_PREFIX
) -> IPv6Network:
    """The n-th aligned block of the subnet: ::8, ::c, ... for /126, ::10, ::20, ... for /124."""
    highest = highest_slot(block_prefix)
    if not 1 <= slot <= highest:
        raise AddressPlanError(
            f"slot {slot} is out of range; with /{block_prefix} blocks a subnet has slots 1 to {highest}, "
            "because blocks end before ::1:0"
        )
    size = block_size(block_prefix)
    offset = _first_block_offset(size) + (slot - 1) * size
    return IPv6Network((int(parse_subnet(subnet).network_address) + offset, block_prefix))


def highest_slot(block_prefix: int) -> int:
    """How many slots a subnet has: 16382 with /126 blocks."""
    size = block_size(block_prefix)
    return (BLOCKS_END - _first_block_offset(size)) // size


def block_size(block_prefix: int) -> int:
    """How many addresses a block has: 4 in a /126. Raises AddressPlanError outside /124 to /126."""
    if not SHORTEST_BLOCK_PREFIX <= block_prefix <= LONGEST_BLOCK_PREFIX:
        raise AddressPlanError(
            f"block prefix /{block_prefix} is out of range; use /{SHORTEST_BLOCK_PREFIX} to "
            f"/{LONGEST_BLOCK_PREFIX} (a /126 holds two containers)"
        )
    return 1 << (128 - block_prefix)


def addresses_on_interface(block_prefix: int) -> int:
    """How many IPv6 addresses a host's network interface must hold: its own and the whole block."""
    return 1 + block_size(block_prefix)


def bridge_address(block: IPv6Network) -> IPv6Address:
    """docker0's address: the block's second."""
    return block[BRIDGE_PLACE_OFFSET]


def container_capacity(prefix_length: int) -> int:
    """How many containers a network holds: two in a /126 (measured on Docker 26 to 29), and never more than
    MOST_PLACES.
    """
    return min((1 << (128 - prefix_length)) - FIRST_CONTAINER_OFFSET, MOST_PLACES)


def container_address(network: IPv6Network, place: int) -> IPv6Address:
    """The address of the container at `place`: the network's third for place 1, and so on."""
    capacity = container_capacity(network.prefixlen)
    if not 1 <= place <= capacity:
        raise AddressPlanError(
            f"place {place} is out of range; the network {network} has places 1 to {capacity}"
        )
    return network[FIRST_CONTAINER_OFFSET + place - 1]


def delegated_prefix(subnet: IPv6Network | str, slot: int) -> IPv6Network:
    """The n-th /80 of the subnet, for the host in `slot` (1 to 65534).

    Number 0 and the last hold addresses that AWS keeps for itself. Raises AddressPlanError for another slot.
    """
    if not 1 <= slot <= HIGHEST_PREFIX_SLOT:
        raise AddressPlanError(
            f"slot {slot} is out of range; a subnet has prefixes for slots 1 to {HIGHEST_PREFIX_SLOT}"
        )
    base = int(parse_subnet(subnet).network_address)
    return IPv6Network((base + (slot << (128 - DELEGATED_PREFIX)), DELEGATED_PREFIX))


def host_address_in_prefix(prefix: IPv6Network) -> IPv6Address:
    """The host's own address when its network interface holds nothing but a prefix: the prefix's `::1`, which
    lies in network number 0, and so in none that Docker has.
    """
    return prefix[1]


def network_subnet(prefix: IPv6Network, number: int) -> IPv6Network:
    """The IPv6 subnet of the network `number` (from 1) of a host: the n-th /96 of the host's prefix.

    Engines that build container addresses from MACs do so on /80 and wider only, so on a /96 they all count.
    Number 0 is the host's own. A prefix of /96 and longer is one network, number 1. Raises AddressPlanError.
    """
    highest = highest_network(prefix.prefixlen)
    if not 1 <= number <= highest:
        held = f"networks 1 to {highest}" if highest > 1 else "one network, number 1"
        raise AddressPlanError(f"network number {number} is out of range; the prefix {prefix} holds {held}")
    if prefix.prefixlen >= NETWORK_PREFIX:
        return prefix
    return IPv6Network((int(prefix.network_address) + (number << (128 - NETWORK_PREFIX)), NETWORK_PREFIX))


def automatic_range(network: IPv6Network) -> IPv6Network | None:
    """The part of a container network from which Docker gives out addresses by itself: the upper half, far
    above every place. None for a network that is too small to be halved, a block for instance.
    """
    upper = list(network.subnets(prefixlen_diff=1))[1]
    return upper if upper.num_addresses > MOST_PLACES + FIRST_CONTAINER_OFFSET else None


def highest_network(prefix_length: int) -> int:
    """How many networks a host's prefix holds: 65535 in a /80, one in a /96 or a block."""
    return max((1 << max(NETWORK_PREFIX - prefix_length, 0)) - 1, 1)


def subnet_of_vpc(vpc: IPv6Network | str, index: int) -> IPv6Network:
    """The /64 number `index` (from 0) of a VPC's IPv6 range. Raises AddressPlanError when it has none."""
    network = _network(vpc, "vpc range")
    if network.prefixlen > SUBNET_PREFIX:
        raise AddressPlanError(f"vpc range {network} is smaller than a /64")
    count = 1 << (SUBNET_PREFIX - network.prefixlen)
    if not 0 <= index < count:
        raise AddressPlanError(f"subnet index {index} is out of range; {network} has 0 to {count - 1}")
    return IPv6Network((int(network.network_address) + (index << SUBNET_PREFIX), SUBNET_PREFIX))


def ipv4_subnet_of_vpc(vpc: IPv4Network | str, index: int) -> IPv4Network:
    """The /24 number `index` (from 0) of a VPC's IPv4 range. Raises AddressPlanError when it has none."""
    network = IPv4Network(vpc)
    count = 1 << max(24 - network.prefixlen, 0)
    if network.prefixlen > 24 or not 0 <= index < count:
        raise AddressPlanError(f"subnet index {index} is out of range; {network} has /24s 0 to {count - 1}")
    return IPv4Network((int(network.network_address) + (index << 8), 24))


def parse_subnet(subnet: IPv6Network | str) -> IPv6Network:
    """A subnet as a network. Raises AddressPlanError when it is no IPv6 /64, or has host bits set."""
    network = _network(subnet, "subnet")
    if network.prefixlen != SUBNET_PREFIX:
        raise AddressPlanError(f"subnet {network} is not a /64")
    return network


def _first_block_offset(size: int) -> int:
    return max(FIRST_BLOCK_OFFSET, size)


def _network(value: IPv6Network | str, what: str) -> IPv6Network:
    try:
        return IPv6Network(value)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise AddressPlanError(f"{what} {value} is not an IPv6 network: {error}") from None
