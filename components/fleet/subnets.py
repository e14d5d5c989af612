"""The stack's subnets from its config: each with its way out, and one NAT gateway for those that need it."""

from collections.abc import Mapping
from typing import Any

import pulumi

from ..config.types import DEFAULT_SUBNET, StackConfig, StackSubnet
from ..nat64_gateway import Nat64Gateway
from ..subnet import Ipv6Subnet, Ipv6SubnetArgs
from ..vpc import DualStackVpc


def make_subnets(
    name: str, config: StackConfig, vpc: DualStackVpc
) -> tuple[dict[str, Ipv6Subnet], Nat64Gateway | None]:
    """The subnets by name. The default one is called `name` as a resource, the others `name-SUBNET`; the NAT
    gateway stands in the default one, which is public.
    """
    first, *others = config.subnets
    subnets = {first.name: Ipv6Subnet(name, _args(config, vpc, first, None))}
    gateway = None
    if any(subnet.nat64 for subnet in others):
        gateway = Nat64Gateway(
            f"{name}-nat64",
            {"subnet_id": subnets[first.name].subnet_id, "tags": {**config.tags}},
            # EC2 makes it fail without a way to the internet gateway.
            pulumi.ResourceOptions(depends_on=[vpc, subnets[first.name]]),
        )
    for subnet in others:
        subnets[subnet.name] = Ipv6Subnet(f"{name}-{subnet.name}", _args(config, vpc, subnet, gateway))
    return subnets, gateway


def needs_egress_only_gateway(config: StackConfig) -> bool:
    """Whether a subnet leads out through an egress-only gateway."""
    return any(subnet.kind == "egress-only" for subnet in config.subnets)


def _args(
    config: StackConfig, vpc: DualStackVpc, subnet: StackSubnet, gateway: Nat64Gateway | None
) -> Ipv6SubnetArgs:
    args: Ipv6SubnetArgs = {
        "vpc_id": vpc.vpc_id,
        "vpc_ipv4_cidr_block": vpc.ipv4_cidr_block,
        "vpc_ipv6_cidr_block": vpc.ipv6_cidr_block,
        "index": subnet.index,
        "tags": {**config.tags},
    }
    if subnet.availability_zone:
        args["availability_zone"] = subnet.availability_zone
    if subnet.kind == "ipv6-only":
        args["ipv6_only"] = True
    if subnet.nat64 and gateway is not None:
        args["nat64_gateway_id"] = gateway.nat_gateway_id
    _lead_out(args, vpc, subnet)
    return args


def _lead_out(args: Ipv6SubnetArgs, vpc: DualStackVpc, subnet: StackSubnet) -> None:
    """A route table that subnets of its kind share, or one of its own, by the gateway it leads to."""
    if subnet.kind == "public":
        args["route_table_id"] = vpc.public_route_table_id
    elif subnet.kind == "ipv6-only":
        args["internet_gateway_id"] = vpc.internet_gateway_id
    elif vpc.egress_only_gateway_id is not None and vpc.egress_only_route_table_id is not None:
        if subnet.nat64:
            args["egress_only_gateway_id"] = vpc.egress_only_gateway_id
        else:
            args["route_table_id"] = vpc.egress_only_route_table_id


def subnet_outputs(
    config: StackConfig, subnets: Mapping[str, Ipv6Subnet], gateway: Nat64Gateway | None
) -> dict[str, pulumi.Input[Any]]:
    """The stack's outputs about its subnets; those of a stack with one subnet are only about that."""
    first = subnets[DEFAULT_SUBNET]
    outputs: dict[str, pulumi.Input[Any]] = {
        "subnetIpv4Cidr": first.ipv4_cidr_block,
        "subnetIpv6Cidr": first.ipv6_cidr_block,
    }
    if len(subnets) > 1:
        outputs["subnets"] = {
            subnet.name: {
                "kind": subnet.kind,
                "ipv6Cidr": subnets[subnet.name].ipv6_cidr_block,
                "availabilityZone": subnets[subnet.name].availability_zone,
            }
            for subnet in config.subnets
        }
    if gateway is not None:
        outputs["nat64PublicIpv4"] = gateway.public_ipv4
    return outputs
