"""DualStackVpc: a network with IPv4 and IPv6, and the ways out of it."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws.ec2.egress_only_internet_gateway import EgressOnlyInternetGateway
from pulumi_aws.ec2.internet_gateway import InternetGateway
from pulumi_aws.ec2.route import Route
from pulumi_aws.ec2.route_table import RouteTable
from pulumi_aws.ec2.vpc import Vpc

from .tags import resource_tags

ALL_IPV4 = "0.0.0.0/0"
ALL_IPV6 = "::/0"


class DualStackVpcArgs(TypedDict):
    """What a `DualStackVpc` is made from."""

    ipv4_cidr_block: NotRequired[pulumi.Input[str]]
    """The IPv4 range of the VPC, /16 to /28, in CIDR form. Default: 10.0.0.0/16."""
    egress_only: NotRequired[bool]
    """Also make an egress-only gateway, and a route table that leads there. Default: false."""
    protect: NotRequired[bool]
    """Refuse to delete the VPC: its IPv6 range is never given again. Default: false."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every resource, beside the package's own."""


class DualStackVpc(pulumi.ComponentResource):
    """A VPC with an IPv4 range and an Amazon-provided IPv6 /56, an internet gateway, and a route table
    with a default route for both families. On request also an egress-only way: connections go out over
    IPv6, none come in.
    """

    vpc_id: pulumi.Output[str]
    """The id of the VPC."""
    ipv4_cidr_block: pulumi.Output[str]
    """The IPv4 range of the VPC."""
    ipv6_cidr_block: pulumi.Output[str]
    """The IPv6 range of the VPC, a /56; known only once it exists."""
    internet_gateway_id: pulumi.Output[str]
    """The internet gateway."""
    egress_only_gateway_id: pulumi.Output[str] | None
    """The egress-only gateway, where one was asked for."""
    public_route_table_id: pulumi.Output[str]
    """The route table whose default routes lead to the internet gateway."""
    egress_only_route_table_id: pulumi.Output[str] | None
    """The route table whose IPv6 default route leads to the egress-only gateway, where one was asked for."""

    def __init__(self, name: str, args: DualStackVpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("dualstack:index:DualStackVpc", name, {}, opts)
        self._tags = args.get("tags")
        vpc_name = f"{name}-vpc"
        vpc = Vpc(
            vpc_name,
            cidr_block=args.get("ipv4_cidr_block", "10.0.0.0/16"),
            assign_generated_ipv6_cidr_block=True,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=resource_tags(vpc_name, self._tags),
            opts=pulumi.ResourceOptions(parent=self, protect=args.get("protect")),
        )
        self.vpc_id = vpc.id
        self.ipv4_cidr_block = vpc.cidr_block
        self.ipv6_cidr_block = vpc.ipv6_cidr_block
        self.internet_gateway_id, self.public_route_table_id = self._public_way(name)
        self.egress_only_gateway_id = self.egress_only_route_table_id = None
        if args.get("egress_only"):
            self.egress_only_gateway_id, self.egress_only_route_table_id = self._egress_only_way(name)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "ipv4CidrBlock": self.ipv4_cidr_block,
                "ipv6CidrBlock": self.ipv6_cidr_block,
                "internetGatewayId": self.internet_gateway_id,
                "egressOnlyGatewayId": self.egress_only_gateway_id,
                "publicRouteTableId": self.public_route_table_id,
                "egressOnlyRouteTableId": self.egress_only_route_table_id,
            }
        )

    def _public_way(self, name: str) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """The gateway and the route table that leads there."""
        gateway_name = f"{name}-internet-gateway"
        gateway = InternetGateway(
            gateway_name,
            vpc_id=self.vpc_id,
            tags=resource_tags(gateway_name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        table = self._route_table(f"{name}-public-routes")
        for family, destination in (
            ("ipv4", {"destination_cidr_block": ALL_IPV4}),
            ("ipv6", {"destination_ipv6_cidr_block": ALL_IPV6}),
        ):
            Route(
                f"{name}-public-{family}-default",
                route_table_id=table,
                gateway_id=gateway.id,
                **destination,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return gateway.id, table

    def _egress_only_way(self, name: str) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """The same of the way out."""
        gateway_name = f"{name}-egress-only-gateway"
        gateway = EgressOnlyInternetGateway(
            gateway_name,
            vpc_id=self.vpc_id,
            tags=resource_tags(gateway_name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        table = self._route_table(f"{name}-egress-only-routes")
        Route(
            f"{name}-egress-only-ipv6-default",
            route_table_id=table,
            egress_only_gateway_id=gateway.id,
            destination_ipv6_cidr_block=ALL_IPV6,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return gateway.id, table

    def _route_table(self, name: str) -> pulumi.Output[str]:
        return RouteTable(
            name,
            vpc_id=self.vpc_id,
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        ).id
