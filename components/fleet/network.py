"""What the hosts of the stack share, from its config."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from ..config.types import StackConfig
from ..nat64_gateway import Nat64Gateway
from ..subnet import Ipv6Subnet
from ..unique_local_prefix import UniqueLocalPrefix
from ..vpc import DualStackVpc, DualStackVpcArgs
from .security_group import make_security_group
from .subnets import make_subnets, needs_egress_only_gateway

NETWORK = "dualstack"
"""The name of what the hosts share. It is in every child's name, and so never changes."""


@dataclass(frozen=True)
class Network:
    """What the hosts share. `subnets`: by name. `ready`: what must be there before a host boots, and goes
    after it, beside its subnet. `unique_local_prefix`: None where no host has private addresses.
    """

    vpc: DualStackVpc
    subnets: Mapping[str, Ipv6Subnet]
    nat64: Nat64Gateway | None
    security_group_id: pulumi.Input[str]
    ready: tuple[pulumi.Resource, ...]
    unique_local_prefix: pulumi.Input[str] | None


def make_network(config: StackConfig) -> Network | None:
    """The VPC, its subnets, and the security group, unless one is given. None where nothing is on AWS."""
    if not config.on_aws:
        return None
    vpc_args: DualStackVpcArgs = {
        "ipv4_cidr_block": config.vpc_cidr,
        "protect": config.protect,
        "tags": {**config.tags},
    }
    if needs_egress_only_gateway(config):
        vpc_args["egress_only"] = True
    vpc = DualStackVpc(NETWORK, vpc_args)
    subnets, nat64 = make_subnets(NETWORK, config, vpc)
    unique_local = _unique_local_prefix(config)
    if config.security_group_id:
        return Network(vpc, subnets, nat64, config.security_group_id, (vpc,), unique_local)
    group = make_security_group(NETWORK, config, vpc, subnets)
    return Network(vpc, subnets, nat64, group.security_group_id, (vpc, group), unique_local)


def _unique_local_prefix(config: StackConfig) -> pulumi.Input[str] | None:
    """The one given, else one that is drawn with the first host that needs it, and goes with the last."""
    if config.unique_local_prefix or not any(host.addresses == "private" for host in config.hosts):
        return config.unique_local_prefix
    return UniqueLocalPrefix(f"{NETWORK}-unique-local", {"protect": config.protect}).prefix
