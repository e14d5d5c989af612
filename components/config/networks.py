"""The Docker networks of a host in the config, and whether the ways of a host go together."""

from collections import Counter
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any, Final

from ..container_networks.registry import WAYS
from ..containers import ContainerNetwork, Open
from ..ipaddress_tools import highest_network
from ..wording import did_you_mean
from . import values
from .existing import GIVEN
from .reader import Reader

NETWORK_KEYS: Final = (
    *("name", "number", "ipv4", "ipv4Subnet", "ipv4Gateway", "ipv6Subnet", "ipv6Gateway", "reaches"),
)


def check_ways(host: Reader, addresses: str, network: str) -> None:
    """Notes a pair that does not go together, and the pairs that do."""
    if addresses in WAYS[network].ADDRESSES:
        return
    fitting = [name for name, way in WAYS.items() if addresses in way.ADDRESSES]
    # A host that exists already has no other.
    others = "" if addresses == GIVEN else f", or addresses {' or '.join(WAYS[network].ADDRESSES)}"
    host.error(
        f"network {network} does not go with addresses {addresses}; take network "
        f"{' or '.join(fitting)}{others}"
    )


def check_open(host: Reader, network: str, open_to: Open) -> Open:
    """Notes a filter that is turned off where it does not decide what is open; gives it back."""
    if open_to == "all" and WAYS[network].TRANSLATED:
        host.error(
            f"open: all means nothing with network {network}: only published ports lead to its containers; "
            "take it away"
        )
    return open_to


def read_networks(host: Reader, network: str, prefix_length: int) -> tuple[ContainerNetwork, ...]:
    """The declared networks of a host whose containers' prefix has this length. What is wrong is noted."""
    if host.list("networks") and not WAYS[network].HAS_USER_NETWORKS:
        ways = [name for name, way in WAYS.items() if way.HAS_USER_NETWORKS]
        host.error(f"networks: network {network} has docker0 alone; take network {' or '.join(ways)}")
        return ()
    networks = tuple(_network(host, index, entry, prefix_length) for index, entry in host.entries("networks"))
    _refuse_twice(host, "name", Counter(each.name for each in networks if each.name))
    _refuse_twice(host, "number", Counter(each.number for each in networks if each.number))
    _refuse_overlaps(host, networks)
    _refuse_unknown_reaches(host, networks)
    _refuse_reaches_behind_translation(host, network, networks)
    return networks


def check_container_networks(container: Reader, given: tuple[str, ...], networks: tuple[str, ...]) -> None:
    """Notes names in a container's `networks` that the host does not have, or that are given twice."""
    for name, count in Counter(given).items():
        if name not in networks:
            has = f"the host has {', '.join(networks)}" if networks else "the host declares no networks"
            container.error(
                f"networks: {name!r} is no network of this host; {has}{did_you_mean(name, networks)}"
            )
        elif count > 1:
            container.error(f"networks: {name} is given {count} times; once is enough")


def _network(host: Reader, index: int, entry: Mapping[str, Any], prefix_length: int) -> ContainerNetwork:
    name = entry.get("name")
    where = f"network {name}: " if isinstance(name, str) and name else f"networks[{index}]: "
    network = Reader(entry, host.where + where, host.errors)
    network.refuse_unknown(NETWORK_KEYS)
    highest = highest_network(prefix_length)
    if entry.get("number") in (None, ""):
        network.error(f"number: missing; give each network a number of its own, 1 to {highest}, for good")
    read = ContainerNetwork(
        name=network.needed_text("name", values.network_name, "each network has a name of its own"),
        number=network.number("number", 1, highest, None) or 0,
        ipv4=network.boolean("ipv4", default=True),
        ipv4_subnet=network.text("ipv4Subnet", values.ipv4_cidr),
        ipv4_gateway=network.text("ipv4Gateway", values.ipv4_address),
        ipv6_subnet=network.text("ipv6Subnet", values.ipv6_cidr),
        ipv6_gateway=network.text("ipv6Gateway", lambda text: str(values.ipv6_address(text))),
        reaches=network.texts("reaches", values.network_name),
    )
    _check_ipv4(network, read)
    return read


def _check_ipv4(network: Reader, read: ContainerNetwork) -> None:
    if not read.ipv4 and (read.ipv4_subnet or read.ipv4_gateway):
        network.error("ipv4 is false, and an ipv4 subnet or gateway is given; take one of them away")
    if read.ipv4_gateway and not read.ipv4_subnet:
        network.error("ipv4Gateway: give the ipv4Subnet that it lies in, too")
    if (
        read.ipv4_gateway
        and read.ipv4_subnet
        and IPv4Address(read.ipv4_gateway) not in IPv4Network(read.ipv4_subnet)
    ):
        network.error(f"ipv4Gateway: {read.ipv4_gateway} is no host's address in {read.ipv4_subnet}")


def _refuse_overlaps(host: Reader, networks: tuple[ContainerNetwork, ...]) -> None:
    given: list[tuple[str, IPv4Network | IPv6Network]] = [
        *((each.name, IPv4Network(each.ipv4_subnet)) for each in networks if each.ipv4_subnet),
        *((each.name, IPv6Network(each.ipv6_subnet)) for each in networks if each.ipv6_subnet),
    ]
    for index, (name, subnet) in enumerate(given):
        for other, its in given[:index]:
            if subnet.version == its.version and subnet.overlaps(its):
                host.error(
                    f"networks: {other} ({its}) and {name} ({subnet}) overlap; give each a range of its own"
                )


def _refuse_unknown_reaches(host: Reader, networks: tuple[ContainerNetwork, ...]) -> None:
    names = [each.name for each in networks]
    for network in networks:
        for other in network.reaches:
            if other not in names:
                host.error(
                    f"network {network.name}: reaches: {other!r} is no network of this host"
                    f"{did_you_mean(other, names)}"
                )


def _refuse_reaches_behind_translation(
    host: Reader, way: str, networks: tuple[ContainerNetwork, ...]
) -> None:
    for network in networks:
        if network.reaches and WAYS[way].TRANSLATED:
            host.error(
                f"network {network.name}: reaches: docker keeps networks of the way {way} apart; put a "
                "container on both networks, or take network routed"
            )


def _refuse_twice(host: Reader, what: str, counts: Counter[Any]) -> None:
    for value, count in counts.items():
        if count > 1:
            host.error(f"network {what} {value} is given {count} times; give each its own")
