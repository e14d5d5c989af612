"""From moto's state to a `Region`: plain data, in the order things were created."""

from typing import Any

from lab.region import (
    Gateway,
    Instance,
    Interface,
    Region,
    Route,
    RouteTable,
    RuleDirection,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
)

from .backend import StrictBackend


def snapshot(backend: StrictBackend) -> Region:
    """The region as it is; the caller holds the lock."""
    tables: list[Any] = list(backend.route_tables.values())
    return Region(
        name=backend.region_name,
        vpcs=tuple(_vpc(vpc) for vpc in backend.vpcs.values()),
        subnets=tuple(
            _subnet(subnet, tables) for in_zone in backend.subnets.values() for subnet in in_zone.values()
        ),
        route_tables=tuple(RouteTable(table.id, table.vpc_id, _routes(table)) for table in tables),
        gateways=_gateways(backend),
        security_groups=tuple(
            _security_group(group) for in_vpc in backend.groups.values() for group in in_vpc.values()
        ),
        interfaces=tuple(_interface(interface) for interface in backend.enis.values()),
        instances=tuple(
            _instance(instance)
            for reservation in backend.reservations.values()
            for instance in reservation.instances
        ),
    )


def _vpc(vpc: Any) -> Vpc:
    blocks = (
        item["cidr_block"]
        for item in vpc.get_cidr_block_association_set(ipv6=True)
        if item["cidr_block_state"]["state"] == "associated"
    )
    return Vpc(vpc.id, vpc.cidr_block, tuple(blocks))


def _subnet(subnet: Any, tables: list[Any]) -> Subnet:
    in_vpc = [table for table in tables if table.vpc_id == subnet.vpc_id]
    explicit = [table.id for table in in_vpc if subnet.id in table._associations.values()]
    main = [table.id for table in in_vpc if table.main_association_id]
    return Subnet(
        id=subnet.id,
        vpc_id=subnet.vpc_id,
        ipv4_cidr=subnet.cidr_block or None,
        ipv6_cidr=subnet.ipv6_cidr,
        availability_zone=subnet.availability_zone,
        route_table_id=(explicit or main)[0],
        dns64=bool(subnet.enable_dns64),
    )


def _routes(table: Any) -> tuple[Route, ...]:
    return tuple(
        Route(route.destination_cidr_block or route.destination_ipv6_cidr_block, target)
        for route in table.routes
        if (target := _target(route))
    )


def _target(route: Any) -> str | None:
    interface = route.network_interface_id
    if route.instance and not interface:
        interface = next((nic.id for nic in route.instance.nics.values()), None)
    return route.gateway_id or route.nat_gateway_id or route.egress_only_internet_gateway_id or interface


def _gateways(backend: StrictBackend) -> tuple[Gateway, ...]:
    internet: list[Any] = [gateway for gateway in backend.internet_gateways.values() if gateway.vpc]
    egress_only = backend.egress_only_internet_gateways.values()
    nat: list[Any] = list(backend.nat_gateways.values())
    return (
        *(Gateway(gateway.id, "internet", gateway.vpc.id) for gateway in internet),
        *(Gateway(gateway.id, "egress-only", gateway.vpc_id) for gateway in egress_only),
        *(
            Gateway(gateway.id, "nat", gateway.vpc_id, gateway.subnet_id, gateway.public_ip)
            for gateway in nat
            if gateway.state not in ("failed", "deleted")
        ),
    )


def _security_group(group: Any) -> SecurityGroup:
    return SecurityGroup(
        id=group.id,
        vpc_id=group.vpc_id,
        name=group.name,
        rules=(
            *(_rule(rule, "ingress") for rule in group.ingress_rules),
            *(_rule(rule, "egress") for rule in group.egress_rules),
        ),
    )


def _rule(rule: Any, direction: RuleDirection) -> SecurityGroupRule:
    return SecurityGroupRule(
        direction=direction,
        protocol=rule.ip_protocol,
        from_port=rule.from_port,
        to_port=rule.to_port,
        cidr=rule.cidr_ipv4 or rule.cidr_ipv6,
        source_group_id=rule.source_group.get("GroupId"),
    )


def _interface(interface: Any) -> Interface:
    return Interface(
        id=interface.id,
        vpc_id=interface.vpc_id,
        subnet_id=interface.subnet.id,
        mac=interface.mac_address,
        ipv4_addresses=tuple(item["PrivateIpAddress"] for item in interface.private_ip_addresses),
        ipv6_addresses=tuple(interface.ipv6_addresses),
        ipv6_prefixes=tuple(interface.assigned_prefixes),
        public_ipv4=interface.public_ip,
        security_group_ids=tuple(group.id for group in interface.group_set),
        source_destination_check=bool(interface.source_dest_check),
        instance_id=interface.instance.id if interface.instance else None,
        device_index=interface.device_index if interface.instance else None,
        description=interface.description,
        dhcpv6_leases=interface.dhcpv6_leases,
    )


def _instance(instance: Any) -> Instance:
    options = instance.metadata_options
    return Instance(
        id=instance.id,
        state=instance.state,
        image_id=instance.image_id,
        instance_type=instance.instance_type,
        availability_zone=instance.availability_zone,
        interface_ids=tuple(instance.nics[index].id for index in sorted(instance.nics)),
        key_name=instance.key_name,
        public_key=instance.launch_public_key,
        user_data=_text(instance.user_data),
        http_tokens=options.http_tokens,
        http_endpoint_enabled=options.http_endpoint == "enabled",
        http_protocol_ipv6=options.http_protocol_ipv6 == "enabled",
        hop_limit=options.http_put_response_hop_limit,
        boot_serial=instance.boot_serial,
    )


def _text(user_data: Any) -> str:
    try:
        return user_data.decode() if user_data else ""
    except UnicodeDecodeError:
        return ""
