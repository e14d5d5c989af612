"""A NAT gateway in a VPC's router: NAT64 and, with the name server's help, DNS64. Pure.

tayga(8) translates between IPv6 and IPv4, statelessly and one to one; the router's connection tracking makes
it stateful. A packet to 64:ff9b::/96 is given a destination in the gateway's own prefix, which leads to its
tayga; what comes out is IPv4 from the gateway's pool, and leaves with its public address. tayga takes neither
the well-known prefix nor documentation addresses behind it (RFC 6052, 3.1), hence the prefix of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from lab.fabric.addressing import is_ipv6
from lab.fabric.dhcp import RESOLVER_IPV4, RESOLVER_IPV6
from lab.fabric.model import Translator
from lab.fabric.resolver import Zone
from lab.region import Region, Route, Vpc

NAT64_PREFIX = IPv6Network("64:ff9b::/96")
"""The well-known prefix (RFC 6052, 2.1)."""
DNS64_PORT = 5364
"""Where the name server with synthesised addresses listens, beside the one without."""
POOLS = tuple(IPv4Network("192.0.2.0/24").subnets(new_prefix=27))
"""One for each gateway of a VPC: never seen outside of its router (documentation, RFC 5737)."""


@dataclass(frozen=True)
class NatGateway:
    """A public NAT gateway. `number`: which of its VPC's, from 0. `internet`: the IPv4 networks that the
    route table of its own subnet sends to the internet gateway.
    """

    id: str
    number: int
    public_ipv4: str
    internet: tuple[str, ...]

    @property
    def device(self) -> str:
        """tayga's tunnel device: `nat-` and the id's last 11 digits, as Linux allows 15 letters."""
        return f"nat-{self.id[-11:]}"

    @property
    def prefix(self) -> IPv6Network:
        """What leads to its tayga."""
        return IPv6Network(f"fd64:ff9b:{self.number:x}::/96")

    @property
    def pool(self) -> IPv4Network:
        """One address for tayga, one for each IPv6 address that it translates."""
        return POOLS[self.number]


def public_nat_gateways(region: Region, vpc: Vpc) -> list[NatGateway]:
    """The VPC's, in the order of their making."""
    found = [one for one in region.gateways if one.kind == "nat" and one.vpc_id == vpc.id]
    return [
        NatGateway(one.id, number, one.public_ipv4, _internet(region, one.subnet_id))
        for number, one in enumerate(found)
        if one.public_ipv4
    ]


def _internet(region: Region, subnet_id: str | None) -> tuple[str, ...]:
    gateways = {gateway.id for gateway in region.gateways if gateway.kind == "internet"}
    tables = {subnet.route_table_id for subnet in region.subnets if subnet.id == subnet_id}
    return tuple(
        route.destination
        for table in region.route_tables
        if table.id in tables
        for route in table.routes
        if route.target in gateways and not is_ipv6(route.destination)
    )


def is_nat64(route: Route) -> bool:
    """Whether the route is one for the well-known prefix."""
    return is_ipv6(route.destination) and IPv6Network(route.destination) == NAT64_PREFIX


def translator(namespace: str, gateway: NatGateway) -> Translator:
    """The gateway's tayga and the routes into it."""
    own_ipv6 = IPv6Address(int(gateway.prefix.network_address) | 1 << 64)
    lines = [
        f"tun-device {gateway.device}",
        f"ipv4-addr {gateway.pool[1]}",
        f"ipv6-addr {own_ipv6}",
        f"prefix {gateway.prefix}",
        f"dynamic-pool {gateway.pool}",
    ]
    routes = (str(gateway.pool), str(gateway.prefix), f"{own_ipv6}/128")
    return Translator(namespace, gateway.device, "".join(f"{line}\n" for line in lines), routes)


def translation_lines(devices: Sequence[tuple[str, NatGateway]]) -> list[str]:
    """For prerouting: packets to the well-known prefix from these devices go to their gateways."""
    return [
        f'iifname "{device}" dnat ip6 prefix to ip6 daddr map {{ {NAT64_PREFIX} : {gateway.prefix} }}'
        for device, gateway in devices
    ]


def name_server_lines(devices: Sequence[str]) -> list[str]:
    """For prerouting: questions from these devices go to the name server with synthesised addresses."""
    if not devices:
        return []
    listed = ", ".join(f'"{device}"' for device in devices)
    return [
        f"iifname {{ {listed} }} {family} daddr {address} meta l4proto {{ tcp, udp }} th dport 53"
        f" dnat {family} to {there}:{DNS64_PORT}"
        for family, address, there in (
            ("ip", RESOLVER_IPV4, RESOLVER_IPV4),
            ("ip6", RESOLVER_IPV6, f"[{RESOLVER_IPV6}]"),
        )
    ]


def synthesised(zone: Zone) -> Zone:
    """The zone as DNS64 answers: a name without IPv6 has its IPv4 addresses behind the well-known prefix too
    (RFC 6147, 5.1.6); any other stays as it is.
    """
    return {
        name: held if any(isinstance(one, IPv6Address) for one in held) else (*map(_behind, held), *held)
        for name, held in zone.items()
    }


def _behind(address: IPv4Address | IPv6Address) -> IPv6Address:
    return NAT64_PREFIX[int(address)]
