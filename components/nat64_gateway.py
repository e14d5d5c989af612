"""Nat64Gateway: a NAT gateway through which hosts without IPv4 reach services that have nothing else."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws.ec2.eip import Eip
from pulumi_aws.ec2.nat_gateway import NatGateway

from .tags import resource_tags

NAT64_PREFIX = "64:ff9b::/96"
"""The well-known prefix (RFC 6052, 2.1): DNS64 puts an IPv4 address behind it, a NAT gateway takes it off."""


class Nat64GatewayArgs(TypedDict):
    """What a `Nat64Gateway` is made from."""

    subnet_id: pulumi.Input[str]
    """The id of a public subnet, whose IPv4 default route leads to an internet gateway; not one whose hosts
    are to use the gateway."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every resource, beside the package's own."""


class Nat64Gateway(pulumi.ComponentResource):
    """A NAT gateway with a public IPv4 address. AWS charges it by the hour and by the gigabyte, and the
    address by the hour. It serves the subnets that are given its id, each an `Ipv6Subnet`.
    """

    nat_gateway_id: pulumi.Output[str]
    """The id of the NAT gateway."""
    public_ipv4: pulumi.Output[str]
    """The address under which IPv4 services see the hosts."""

    def __init__(self, name: str, args: Nat64GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("dualstack:index:Nat64Gateway", name, {}, opts)
        address_name, gateway_name = f"{name}-ipv4", f"{name}-gateway"
        address = Eip(
            address_name,
            domain="vpc",
            tags=resource_tags(address_name, args.get("tags")),
            opts=pulumi.ResourceOptions(parent=self),
        )
        gateway = NatGateway(
            gateway_name,
            subnet_id=args["subnet_id"],
            allocation_id=address.allocation_id,
            tags=resource_tags(gateway_name, args.get("tags")),
            # An address can be on one gateway only.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.nat_gateway_id = gateway.id
        self.public_ipv4 = address.public_ip
        self.register_outputs({"natGatewayId": self.nat_gateway_id, "publicIpv4": self.public_ipv4})
