"""Ipv6Subnet: one /64 of a dual-stack VPC, on the route table it is given."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws.ec2.route_table_association import RouteTableAssociation
from pulumi_aws.ec2.subnet import Subnet

from .derived import derived
from .ipaddress_tools import ipv4_subnet_of_vpc, subnet_of_vpc
from .tags import resource_tags


class Ipv6SubnetArgs(TypedDict):
    """What an `Ipv6Subnet` is made from."""

    vpc_id: pulumi.Input[str]
    """The id of the VPC."""
    vpc_ipv4_cidr_block: pulumi.Input[str]
    """The IPv4 range of the VPC."""
    vpc_ipv6_cidr_block: pulumi.Input[str]
    """The IPv6 range of the VPC, a /56."""
    route_table_id: pulumi.Input[str]
    """The route table of the subnet: a public one, or an egress-only one."""
    index: NotRequired[int]
    """Which /64 and which /24 of the VPC's ranges the subnet takes, from 0. Default: 0."""
    availability_zone: NotRequired[pulumi.Input[str]]
    """The zone, e.g. eu-central-1a. Default: AWS chooses."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every resource, beside the package's own."""


class Ipv6Subnet(pulumi.ComponentResource):
    """A subnet with an IPv6 /64 and an IPv4 /24, both named outright, associated with a route table.

    No address is assigned by AWS on its own: network interfaces name theirs, and no instance gets a public
    IPv4 address.
    """

    subnet_id: pulumi.Output[str]
    """The id of the subnet."""
    ipv4_cidr_block: pulumi.Output[str]
    """The IPv4 range of the subnet."""
    ipv6_cidr_block: pulumi.Output[str]
    """The IPv6 range of the subnet, a /64."""
    availability_zone: pulumi.Output[str]
    """The zone the subnet lies in."""

    def __init__(self, name: str, args: Ipv6SubnetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("dualstack:index:Ipv6Subnet", name, {}, opts)
        index = int(args.get("index", 0))

        def ipv4_range(vpc: str) -> str:
            return str(ipv4_subnet_of_vpc(vpc, index))

        def ipv6_range(vpc: str) -> str:
            return str(subnet_of_vpc(vpc, index))

        self.ipv4_cidr_block = derived(ipv4_range, args["vpc_ipv4_cidr_block"])
        self.ipv6_cidr_block = derived(ipv6_range, args["vpc_ipv6_cidr_block"])
        subnet_name = f"{name}-subnet"
        # Always with its IPv6 range: without it, an update of anything else may drop the range
        # (terraform-provider-aws 46795). In its way a second subnet with the same range would collide.
        subnet = Subnet(
            subnet_name,
            vpc_id=args["vpc_id"],
            cidr_block=self.ipv4_cidr_block,
            ipv6_cidr_block=self.ipv6_cidr_block,
            availability_zone=args.get("availability_zone"),
            tags=resource_tags(subnet_name, args.get("tags")),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.subnet_id = subnet.id
        self.availability_zone = subnet.availability_zone
        RouteTableAssociation(
            f"{name}-routes",
            subnet_id=subnet.id,
            route_table_id=args["route_table_id"],
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
