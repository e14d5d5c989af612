"""The resource types served, by token."""

from __future__ import annotations

from typing import Final

from lab.plugins.aws.resources import (
    addresses,
    gateways,
    instances,
    key_pairs,
    nat_gateways,
    network_interface_attachments,
    network_interfaces,
    route_tables,
    routes,
    security_group_rules,
    security_groups,
    subnets,
    vpcs,
)
from lab.plugins.aws.table import ResourceType

RESOURCE_TYPES: Final[dict[str, ResourceType]] = {
    kind.token: kind
    for kind in (
        vpcs.VPC,
        subnets.SUBNET,
        gateways.INTERNET_GATEWAY,
        gateways.EGRESS_ONLY_INTERNET_GATEWAY,
        route_tables.ROUTE_TABLE,
        route_tables.ROUTE_TABLE_ASSOCIATION,
        routes.ROUTE,
        security_groups.SECURITY_GROUP,
        security_group_rules.INGRESS_RULE,
        security_group_rules.EGRESS_RULE,
        network_interfaces.NETWORK_INTERFACE,
        network_interface_attachments.NETWORK_INTERFACE_ATTACHMENT,
        key_pairs.KEY_PAIR,
        instances.INSTANCE,
        addresses.EIP,
        addresses.EIP_ASSOCIATION,
        nat_gateways.NAT_GATEWAY,
    )
}
