"""The plan of a host's container networks: which network has which subnet, and which container which address.

Arithmetic on a host's prefix and what is declared; nothing here knows what a Docker Engine does with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from ..containers import Container, ContainerNetwork, Open, Port
from ..ipaddress_tools import (
    AddressPlanError,
    automatic_range,
    bridge_address,
    container_address,
    network_subnet,
)

DEFAULT_BRIDGE: Final = "bridge"
"""Docker's own name of the network whose device is docker0."""
DEFAULT_NETWORK: Final = ContainerNetwork()
"""The one network of a host that declares none, on the ways that do not use docker0."""
DEVICE_PREFIX: Final = "br-"
PROJECT_DEVICE_PREFIX: Final = "compose-"
"""Of a Compose project's. With a number of at most five digits a name that the kernel takes: 15 characters
(IFNAMSIZ).
"""


@dataclass(frozen=True)
class NetworkWishes:
    """What a host's containers shall be on. `way`: the name of a module of this package, e.g. `routed`."""

    way: str
    networks: tuple[ContainerNetwork, ...] = ()
    containers: tuple[Container, ...] = ()
    open: Open = "declared"


@dataclass(frozen=True)
class PlannedNetwork:
    """A Docker network. `device`: its bridge on the host; `gateway`: the host's own IPv6 address on it.

    `automatic`: what Docker gives out addresses from to containers that are not declared; None for the whole
    subnet. `ipv4`: whether it has IPv4; `ipv4_subnet` and `ipv4_gateway`: None where Docker chooses.
    """

    name: str
    device: str
    subnet: IPv6Network
    gateway: IPv6Address
    automatic: IPv6Network | None = None
    ipv4: bool = True
    ipv4_subnet: IPv4Network | None = None
    ipv4_gateway: IPv4Address | None = None
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedContainer:
    """A container. `addresses`: (name of the network, its address there), by the names of the networks.

    The first is the one that others see it with: Docker's default route goes by the network whose name comes
    first in the alphabet, in whatever order they are connected (measured on Docker 26 and 28).
    """

    name: str
    image: str
    place: int
    ports: tuple[Port, ...]
    addresses: tuple[tuple[str, IPv6Address], ...]

    @property
    def address(self) -> IPv6Address:
        """Its address on its first network."""
        return self.addresses[0][1]


@dataclass(frozen=True)
class HostPlan:
    """All networks and containers of a host. `prefix`: what all their IPv6 addresses are taken from.

    `is_project`: whether they are a Compose project's, whose networks lie beside the host's own there.
    """

    way: str
    prefix: IPv6Network
    open: Open
    networks: tuple[PlannedNetwork, ...]
    containers: tuple[PlannedContainer, ...]
    is_project: bool = False


def plan_on_default_bridge(wishes: NetworkWishes, prefix: IPv6Network) -> HostPlan:
    """Everything on docker0, which has the host's block, or network number 1 of a wider prefix."""
    subnet = network_subnet(prefix, 1)
    network = PlannedNetwork(DEFAULT_BRIDGE, "docker0", subnet, bridge_address(subnet))
    return _with_containers(wishes, prefix, (network,))


def plan_user_networks(wishes: NetworkWishes, prefix: IPv6Network) -> HostPlan:
    """Each declared network with a subnet of its own; one called `containers` where none is declared.

    Raises AddressPlanError for a number that the prefix does not hold, a subnet outside of it, and networks
    that overlap.
    """
    networks = tuple(_network(network, prefix) for network in wishes.networks or (DEFAULT_NETWORK,))
    for index, network in enumerate(networks):
        for other in networks[:index]:
            if network.subnet.overlaps(other.subnet):
                raise AddressPlanError(
                    f"networks {other.name} ({other.subnet}) and {network.name} ({network.subnet}) overlap; "
                    "give each a number of its own"
                )
    return _with_containers(wishes, prefix, networks)


def _network(declared: ContainerNetwork, prefix: IPv6Network) -> PlannedNetwork:
    subnet = _subnet(declared, prefix)
    return PlannedNetwork(
        name=declared.name,
        device=f"{DEVICE_PREFIX}{declared.name}",
        subnet=subnet,
        gateway=_gateway(declared, subnet),
        automatic=automatic_range(subnet),
        ipv4=declared.ipv4,
        ipv4_subnet=IPv4Network(declared.ipv4_subnet) if declared.ipv4_subnet else None,
        ipv4_gateway=IPv4Address(declared.ipv4_gateway) if declared.ipv4_gateway else None,
        reaches=declared.reaches,
    )


def _subnet(declared: ContainerNetwork, prefix: IPv6Network) -> IPv6Network:
    if declared.ipv6_subnet is None:
        return network_subnet(prefix, declared.number)
    subnet = IPv6Network(declared.ipv6_subnet)
    if not subnet.subnet_of(prefix):
        raise AddressPlanError(
            f"network {declared.name}: ipv6 subnet {subnet} is outside the host's prefix {prefix}; take a "
            "part of that, or leave ipv6Subnet away"
        )
    return subnet


def _gateway(declared: ContainerNetwork, subnet: IPv6Network) -> IPv6Address:
    if declared.ipv6_gateway is None:
        return bridge_address(subnet)
    gateway = IPv6Address(declared.ipv6_gateway)
    if gateway not in subnet or gateway == subnet[0]:
        raise AddressPlanError(
            f"network {declared.name}: ipv6 gateway {gateway} is no host's address in {subnet}; take one of "
            f"{subnet[1]} to {subnet[-1]}"
        )
    return gateway


def _with_containers(
    wishes: NetworkWishes, prefix: IPv6Network, networks: Sequence[PlannedNetwork]
) -> HostPlan:
    by_name = {network.name: network for network in networks}
    containers = [
        PlannedContainer(
            name=container.name,
            image=container.image,
            place=container.place,
            ports=container.ports,
            addresses=tuple(
                (name, _address(container, _its_network(container, name, by_name)))
                for name in sorted(container.networks or (networks[0].name,))
            ),
        )
        for container in sorted(wishes.containers, key=lambda each: each.place)
    ]
    return HostPlan(wishes.way, prefix, wishes.open, tuple(networks), tuple(containers))


def _its_network(container: Container, name: str, networks: Mapping[str, PlannedNetwork]) -> PlannedNetwork:
    if name not in networks:
        raise AddressPlanError(
            f"container {container.name}: {name!r} is no network of this host; it has {', '.join(networks)}"
        )
    return networks[name]


def _address(container: Container, network: PlannedNetwork) -> IPv6Address:
    address = container_address(network.subnet, container.place)
    if address == network.gateway:
        raise AddressPlanError(
            f"container {container.name}: place {container.place} of network {network.name} is {address}, "
            "its gateway; declare another place or another ipv6Gateway"
        )
    return address
