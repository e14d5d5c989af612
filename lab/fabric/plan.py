"""From a region to its fabric. Pure: equal regions give equal fabrics, and nothing is read but the region."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from lab import names
from lab.fabric import internet, router
from lab.fabric.addressing import ipv6_of
from lab.fabric.dhcp import dnsmasq_config
from lab.fabric.filter import Port, ruleset
from lab.fabric.metadata import access
from lab.fabric.model import (
    Cable,
    DhcpServer,
    Fabric,
    LeaseOfAll,
    MetadataAccess,
    Namespace,
    NeighbourResponder,
    Resolver,
)
from lab.fabric.nat64 import (
    DNS64_PORT,
    NatGateway,
    is_nat64,
    public_nat_gateways,
    synthesised,
    translator,
)
from lab.fabric.resolver import ZONE, resolver_config
from lab.region import Instance, Interface, Region, Route, RouteTable, Subnet, Vpc

_ARCHITECTURES = {"aarch64": "arm64"}
ON_THE_NETWORK = ("pending", "running", "stopping", "shutting-down")
"""States of an instance in which its interfaces have cables: one that is going down still has its network."""


@dataclass(frozen=True)
class Options:
    """How a fabric is laid, apart from what the region says."""

    prefix: str = names.NAMESPACE_PREFIX
    """What the names of all namespaces start with."""
    architecture: str = field(default_factory=lambda: _ARCHITECTURES.get(platform.machine(), "x86_64"))
    """EC2's word for the machine's, for the instance identity document."""


@dataclass(frozen=True)
class _Attached:
    """An interface that gets a cable, with what belongs to it."""

    instance: Instance
    interface: Interface
    subnet: Subnet
    table: RouteTable | None

    @property
    def device(self) -> str:
        return router.device_name(self.interface.id)


def plan(region: Region, options: Options | None = None) -> Fabric:
    """The fabric of a region: the internet, the operator, and a router with its cables for each VPC."""
    options = options or Options()
    attached = _attached(region)
    fabric = internet.base(options.prefix)
    for vpc in region.vpcs:
        here = [one for one in attached if one.interface.vpc_id == vpc.id]
        fabric = _with_vpc(fabric, region, vpc, here, options)
    return fabric


def _with_vpc(
    fabric: Fabric, region: Region, vpc: Vpc, here: Sequence[_Attached], options: Options
) -> Fabric:
    name = names.vpc_namespace(vpc.id, options.prefix)
    responder = _responder(name, here)
    nat_gateways = public_nat_gateways(region, vpc)
    public = [
        *(one.interface.public_ipv4 for one in here if one.interface.public_ipv4),
        *(gateway.public_ipv4 for gateway in nat_gateways),
    ]
    return Fabric(
        prefix=fabric.prefix,
        namespaces=(
            *fabric.namespaces,
            router.namespace(name, vpc, _ruleset(region, vpc, here, nat_gateways)),
            *(Namespace(instance) for instance in dict.fromkeys(_host(options, one) for one in here)),
        ),
        cables=(
            *fabric.cables,
            internet.transit(options.prefix, name, vpc, public),
            *(_cable(name, one, here, options) for one in here),
        ),
        dhcp_servers=(*fabric.dhcp_servers, *(_dhcp(name, one) for one in here)),
        resolvers=(*fabric.resolvers, *_resolvers(name, region, vpc)),
        translators=(*fabric.translators, *(translator(name, gateway) for gateway in nat_gateways)),
        leases_of_all=(*fabric.leases_of_all, *_all_leased(name, here)),
        responders=(*fabric.responders, *([responder] if responder else [])),
        metadata=(*fabric.metadata, *_metadata(region, vpc, name, here, options)),
        notes=(*fabric.notes, *_notes(region, vpc)),
    )


def _attached(region: Region) -> list[_Attached]:
    instances = {one.id: one for one in region.instances if one.state in ON_THE_NETWORK}
    subnets = {subnet.id: subnet for subnet in region.subnets}
    tables = {table.id: table for table in region.route_tables}
    return [
        _Attached(instances[interface.instance_id], interface, subnet, tables.get(subnet.route_table_id))
        for interface in region.interfaces
        if interface.instance_id in instances and (subnet := subnets.get(interface.subnet_id))
    ]


def _host(options: Options, one: _Attached) -> str:
    return f"{options.prefix}{one.instance.id}"


def _cable(namespace: str, one: _Attached, here: Sequence[_Attached], options: Options) -> Cable:
    others = [other.interface for other in here if other.subnet.id == one.subnet.id and other is not one]
    return router.cable(namespace, _host(options, one), one.interface, one.subnet, others)


def _dhcp(namespace: str, one: _Attached) -> DhcpServer:
    config = dnsmasq_config(one.device, one.interface, one.subnet)
    return DhcpServer(namespace, one.device, one.instance.id, config)


def _all_leased(namespace: str, here: Sequence[_Attached]) -> list[LeaseOfAll]:
    held = [(one.device, ipv6_of(one.interface)) for one in here if one.interface.dhcpv6_leases == "all"]
    return [
        LeaseOfAll(namespace, device, addresses, router.ROUTER_MAC) for device, addresses in held if addresses
    ]


def _responder(namespace: str, here: Sequence[_Attached]) -> NeighbourResponder | None:
    prefixes = tuple((prefix, one.device) for one in here for prefix in one.interface.ipv6_prefixes)
    if not prefixes:
        return None
    return NeighbourResponder(namespace, prefixes, router.ROUTER_MAC, tuple(one.device for one in here))


def _resolvers(namespace: str, region: Region, vpc: Vpc) -> list[Resolver]:
    """The VPC's name server, and a second one that synthesises addresses where a subnet asks for it."""
    plain = Resolver(namespace, resolver_config(ZONE))
    if not any(subnet.dns64 for subnet in region.subnets if subnet.vpc_id == vpc.id):
        return [plain]
    return [plain, Resolver(namespace, resolver_config(synthesised(ZONE), port=DNS64_PORT), "dns64")]


def _ruleset(region: Region, vpc: Vpc, here: Sequence[_Attached], nat_gateways: Sequence[NatGateway]) -> str:
    kinds = {gateway.id: gateway.kind for gateway in region.gateways if gateway.vpc_id == vpc.id}

    def destinations(one: _Attached, kind: str) -> tuple[str, ...]:
        routes = one.table.routes if one.table else ()
        return tuple(route.destination for route in routes if kinds.get(route.target) == kind)

    def nat64(one: _Attached) -> NatGateway | None:
        routes = one.table.routes if one.table else ()
        targets = [route.target for route in routes if is_nat64(route)]
        return next((gateway for gateway in nat_gateways if gateway.id in targets), None)

    ports = [
        Port(
            one.device,
            one.interface,
            destinations(one, "internet"),
            destinations(one, "egress-only"),
            nat64(one),
            one.subnet.dns64,
        )
        for one in here
    ]
    groups = [group for group in region.security_groups if group.vpc_id == vpc.id]
    members = [interface for interface in region.interfaces if interface.vpc_id == vpc.id]
    return ruleset(ports, groups, members, [str(IPv6Network(cidr)) for cidr in vpc.ipv6_cidrs], nat_gateways)


def _metadata(
    region: Region, vpc: Vpc, namespace: str, here: Sequence[_Attached], options: Options
) -> list[MetadataAccess]:
    instances = {one.instance.id: one.instance for one in here}
    return [
        access(
            region, vpc, namespace, instance, [one.interface for one in here if one.instance == instance],
            options.architecture,
        )
        for instance in instances.values()
    ]  # fmt: skip


def _notes(region: Region, vpc: Vpc) -> list[str]:
    """Routes whose target the fabric does not serve."""
    nat_gateways = {gateway.id for gateway in public_nat_gateways(region, vpc)}
    known = {"local", *(gateway.id for gateway in region.gateways if gateway.kind != "nat")}
    return [
        f"route {route.destination} of {table.id} goes to {route.target}, which the fabric does not reach"
        for table in region.route_tables
        if table.vpc_id == vpc.id
        for route in table.routes
        if not _is_served(route, known, vpc) and not (is_nat64(route) and route.target in nat_gateways)
    ]


def _is_served(route: Route, known: set[str], vpc: Vpc) -> bool:
    own = {str(IPv4Network(vpc.ipv4_cidr)), *(str(IPv6Network(cidr)) for cidr in vpc.ipv6_cidrs)}
    return route.target in known or route.destination in own
