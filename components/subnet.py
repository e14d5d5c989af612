"""Ipv6Subnet: one /64 of a dual-stack VPC, with or without IPv4, and its ways out."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws.ec2.route import Route
from pulumi_aws.ec2.route_table import RouteTable
from pulumi_aws.ec2.route_table_association import RouteTableAssociation
from pulumi_aws.ec2.subnet import Subnet

from .derived import derived
from .ipaddress_tools import ipv4_subnet_of_vpc, subnet_of_vpc
from .nat64_gateway import NAT64_PREFIX
from .tags import resource_tags
from .vpc import ALL_IPV6


class Ipv6SubnetArgs(TypedDict):
    """What an `Ipv6Subnet` is made from."""

    vpc_id: pulumi.Input[str]
    """The id of the VPC."""
    vpc_ipv4_cidr_block: pulumi.Input[str]
    """The IPv4 range of the VPC."""
    vpc_ipv6_cidr_block: pulumi.Input[str]
    """The IPv6 range of the VPC, a /56."""
    route_table_id: NotRequired[pulumi.Input[str]]
    """The route table of the subnet: a public one, or an egress-only one. Without it the subnet has one of
    its own, whose IPv6 default route leads to the gateway given."""
    internet_gateway_id: NotRequired[pulumi.Input[str]]
    """Where the own route table leads: to an internet gateway, from which the subnet is reached too."""
    egress_only_gateway_id: NotRequired[pulumi.Input[str]]
    """Where the own route table leads: to an egress-only gateway, through which nobody comes in."""
    nat64_gateway_id: NotRequired[pulumi.Input[str]]
    """A NAT gateway in another, public subnet, e.g. a `Nat64Gateway`'s. It turns on DNS64 and NAT64, never
    one of them alone; the route belongs in an own route table. Default: neither."""
    ipv6_only: NotRequired[bool]
    """The subnet has no IPv4, and its hosts are named by their ids. Default: false."""
    index: NotRequired[int]
    """Which /64 and which /24 of the VPC's ranges the subnet takes, from 0. Default: 0."""
    availability_zone: NotRequired[pulumi.Input[str]]
    """The zone, e.g. eu-central-1a. Default: AWS chooses."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every resource, beside the package's own."""


class Ipv6Subnet(pulumi.ComponentResource):
    """A subnet with an IPv6 /64 and, if not IPv6-only, an IPv4 /24, both named outright, and its routes.

    Network interfaces name their addresses, and no instance gets a public IPv4 address.

    Raises ValueError for a route table beside a gateway or NAT64, and for not exactly one way out.
    """

    subnet_id: pulumi.Output[str]
    """The id of the subnet."""
    ipv4_cidr_block: pulumi.Output[str] | None
    """The IPv4 range of the subnet; none in an IPv6-only one."""
    ipv6_cidr_block: pulumi.Output[str]
    """The IPv6 range of the subnet, a /64."""
    availability_zone: pulumi.Output[str]
    """The zone the subnet lies in."""

    def __init__(self, name: str, args: Ipv6SubnetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("dualstack:index:Ipv6Subnet", name, {}, opts)
        _refuse_contradictions(name, args)
        index = int(args.get("index", 0))

        def ipv4_range(vpc: str) -> str:
            return str(ipv4_subnet_of_vpc(vpc, index))

        def ipv6_range(vpc: str) -> str:
            return str(subnet_of_vpc(vpc, index))

        ipv6_only = bool(args.get("ipv6_only"))
        self.ipv4_cidr_block = None if ipv6_only else derived(ipv4_range, args["vpc_ipv4_cidr_block"])
        self.ipv6_cidr_block = derived(ipv6_range, args["vpc_ipv6_cidr_block"])
        subnet_name = f"{name}-subnet"
        # None leaves a property out: a subnet with IPv4 and without DNS64 has none of these.
        on = True if ipv6_only else None
        # Always with its IPv6 range: without it, an update of anything else may drop the range
        # (terraform-provider-aws 46795). In its way a second subnet with the same range would collide.
        subnet = Subnet(
            subnet_name,
            vpc_id=args["vpc_id"],
            cidr_block=self.ipv4_cidr_block,
            ipv6_cidr_block=self.ipv6_cidr_block,
            availability_zone=args.get("availability_zone"),
            ipv6_native=on,
            # What names no address gets one, and names do not come from IPv4 addresses that are not there.
            assign_ipv6_address_on_creation=on,
            enable_resource_name_dns_aaaa_record_on_launch=on,
            private_dns_hostname_type_on_launch="resource-name" if ipv6_only else None,
            enable_dns64=True if "nat64_gateway_id" in args else None,
            tags=resource_tags(subnet_name, args.get("tags")),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.subnet_id = subnet.id
        self.availability_zone = subnet.availability_zone
        RouteTableAssociation(
            f"{name}-routes",
            subnet_id=subnet.id,
            route_table_id=args["route_table_id"]
            if "route_table_id" in args
            else self._own_table(name, args),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.register_outputs(
            {
                "subnetId": self.subnet_id,
                "ipv4CidrBlock": self.ipv4_cidr_block,
                "ipv6CidrBlock": self.ipv6_cidr_block,
                "availabilityZone": self.availability_zone,
            }
        )

    def _own_table(self, name: str, args: Ipv6SubnetArgs) -> pulumi.Output[str]:
        table_name = f"{name}-route-table"
        child = pulumi.ResourceOptions(parent=self)
        table = RouteTable(
            table_name, vpc_id=args["vpc_id"], tags=resource_tags(table_name, args.get("tags")), opts=child
        )
        Route(
            f"{name}-ipv6-default",
            route_table_id=table.id,
            destination_ipv6_cidr_block=ALL_IPV6,
            gateway_id=args.get("internet_gateway_id"),
            egress_only_gateway_id=args.get("egress_only_gateway_id"),
            opts=child,
        )
        if "nat64_gateway_id" in args:
            Route(
                f"{name}-nat64",
                route_table_id=table.id,
                destination_ipv6_cidr_block=NAT64_PREFIX,
                nat_gateway_id=args["nat64_gateway_id"],
                opts=child,
            )
        return table.id


def _refuse_contradictions(name: str, args: Ipv6SubnetArgs) -> None:
    ways = [key for key in ("route_table_id", "internet_gateway_id", "egress_only_gateway_id") if key in args]
    if len(ways) != 1:
        given = " and ".join(ways) or "none of them"
        raise ValueError(
            f"subnet {name}: {given} given; give one of route_table_id, internet_gateway_id and "
            "egress_only_gateway_id"
        )
    if "route_table_id" in args and "nat64_gateway_id" in args:
        raise ValueError(
            f"subnet {name}: nat64_gateway_id beside route_table_id; a route for NAT64 in a table of other "
            "subnets would be there without DNS64: give internet_gateway_id or egress_only_gateway_id in "
            "place of the table"
        )
