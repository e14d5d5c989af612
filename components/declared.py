"""Containers and networks as a program declares them, and as the rest of the package takes them."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from .config.types import Host
from .containers import Container, ContainerNetwork, Port


class DeclaredNetwork(TypedDict):
    """A Docker network of a host, as it is declared."""

    name: str
    """Docker's name of it: at most 12 lower case letters, digits and dashes."""
    number: int
    """From 1: which subnet of the host's prefix it has, for good."""
    ipv4: NotRequired[bool]
    """Whether it has IPv4, too. Default: true."""
    ipv4_subnet: NotRequired[str]
    """Its IPv4 subnet in CIDR form. Default: Docker chooses."""
    ipv4_gateway: NotRequired[str]
    """The host's IPv4 address on it. Default: Docker chooses."""
    ipv6_subnet: NotRequired[str]
    """Its IPv6 subnet, within the host's prefix. Default: the /96 of its number."""
    ipv6_gateway: NotRequired[str]
    """The host's IPv6 address on it. Default: the subnet's second address."""
    reaches: NotRequired[list[str]]
    """The names of the host's other networks that its containers may talk to. Default: none."""


class DeclaredContainer(TypedDict):
    """A container as it is declared."""

    name: str
    """Its name on the host: letters, digits, `_`, `.` and `-`."""
    image: str
    """The image, e.g. `docker.io/library/nginx:stable`."""
    place: int
    """From 1: which address of each of its networks it has; on docker0 also the order of starting."""
    ports: NotRequired[list[str]]
    """Ports open to everybody, as `port/protocol`, e.g. `80/tcp`; on the way `nat66` as
    `host port:port/protocol`, e.g. `8080:80/tcp`."""
    networks: NotRequired[list[str]]
    """The names of its networks. Default: the host's first."""


def as_network(declared: DeclaredNetwork) -> ContainerNetwork:
    """The network as the planning takes it."""
    return ContainerNetwork(
        name=declared["name"],
        number=int(declared["number"]),
        ipv4=declared.get("ipv4", True),
        ipv4_subnet=declared.get("ipv4_subnet"),
        ipv4_gateway=declared.get("ipv4_gateway"),
        ipv6_subnet=declared.get("ipv6_subnet"),
        ipv6_gateway=declared.get("ipv6_gateway"),
        reaches=tuple(declared.get("reaches", ())),
    )


def as_container(declared: DeclaredContainer) -> Container:
    """The container as the planning takes it."""
    return Container(
        name=declared["name"],
        image=declared["image"],
        place=int(declared["place"]),
        ports=tuple(_port(text) for text in declared.get("ports", ())),
        networks=tuple(declared.get("networks", ())),
    )


def declared_network(network: ContainerNetwork) -> DeclaredNetwork:
    """The network as a component takes it."""
    declared: DeclaredNetwork = {"name": network.name, "number": network.number, "ipv4": network.ipv4}
    if network.ipv4_subnet:
        declared["ipv4_subnet"] = network.ipv4_subnet
    if network.ipv4_gateway:
        declared["ipv4_gateway"] = network.ipv4_gateway
    if network.ipv6_subnet:
        declared["ipv6_subnet"] = network.ipv6_subnet
    if network.ipv6_gateway:
        declared["ipv6_gateway"] = network.ipv6_gateway
    if network.reaches:
        declared["reaches"] = list(network.reaches)
    return declared


def declared_container(container: Container) -> DeclaredContainer:
    """The container as a component takes it."""
    declared: DeclaredContainer = {
        "name": container.name,
        "image": container.image,
        "place": container.place,
        "ports": [str(port) for port in container.ports],
    }
    if container.networks:
        declared["networks"] = list(container.networks)
    return declared


def declared_networks(host: Host) -> list[DeclaredNetwork]:
    """The networks of a host in the config, as a component takes them."""
    return [declared_network(network) for network in host.networks]


def declared_containers(host: Host) -> list[DeclaredContainer]:
    """The containers of a host in the config, as a component takes them."""
    return [declared_container(container) for container in host.containers]


def in_order(containers: Sequence[DeclaredContainer]) -> list[DeclaredContainer]:
    """By their places."""
    return sorted(containers, key=lambda declared: declared["place"])


def _port(text: str) -> Port:
    """The port that `str(port)` wrote."""
    numbers, protocol = text.split("/")
    published, _, number = numbers.rpartition(":")
    return Port(int(number), "udp" if protocol == "udp" else "tcp", int(published) if published else None)
