"""A region with the article's two hosts, and ways to change it."""

from dataclasses import replace
from typing import Any

from lab.region import (
    Gateway,
    Instance,
    Interface,
    Region,
    Route,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
)

VPC = "vpc-0123456789abcdef0"
SUBNET = "subnet-0123456789abcdef0"
GROUP = "sg-0123456789abcdef0"
NET = "2001:db8:0:100:"
ALL_EGRESS = (
    SecurityGroupRule("egress", "-1", None, None, "0.0.0.0/0", None),
    SecurityGroupRule("egress", "-1", None, None, "::/0", None),
)
SELF_RULE = SecurityGroupRule("ingress", "icmpv6", -1, -1, None, GROUP)
SSH_RULE = SecurityGroupRule("ingress", "tcp", 22, 22, "2001:db8:fffe::/64", None)


def interface(number: int, *addresses: str, **changes: Any) -> Interface:
    """The n-th host's interface: MAC and IPv4 address end in n."""
    built = Interface(
        id=f"eni-0000000000000000{number}",
        vpc_id=VPC,
        subnet_id=SUBNET,
        mac=f"0a:58:a9:00:00:0{number}",
        ipv4_addresses=(f"10.0.0.{10 + number}",),
        ipv6_addresses=tuple(NET + address for address in addresses),
        ipv6_prefixes=(),
        public_ipv4=None,
        security_group_ids=(GROUP,),
        source_destination_check=True,
        instance_id=f"i-0000000000000000{number}",
        device_index=0,
        description=f"host {number}",
    )
    return replace(built, **changes)


def instance(number: int, **changes: Any) -> Instance:
    """The n-th host."""
    built = Instance(
        id=f"i-0000000000000000{number}",
        state="running",
        image_id="ami-0d0c6e12a1b13d0ce",
        instance_type="t3.medium",
        availability_zone="eu-central-1a",
        interface_ids=(f"eni-0000000000000000{number}",),
        key_name="lab",
        public_key="ssh-ed25519 AAAA lab",
        user_data="#cloud-config\n{}\n",
        http_tokens="required",
        http_endpoint_enabled=True,
        http_protocol_ipv6=True,
        hop_limit=2,
        boot_serial=0,
    )
    return replace(built, **changes)


def region(**changes: Any) -> Region:
    """Two hosts, ::1:1 with ::8/126 and ::2:2 with ::c/126, in one public subnet."""
    built = Region(
        name="eu-central-1",
        vpcs=(Vpc(VPC, "10.0.0.0/16", ("2001:db8:0:100::/56",)),),
        subnets=(Subnet(SUBNET, VPC, "10.0.0.0/24", "2001:db8:0:100::/64", "eu-central-1a", "rtb-1"),),
        route_tables=(routes(Route("0.0.0.0/0", "igw-1"), Route("::/0", "igw-1")),),
        gateways=(Gateway("igw-1", "internet", VPC), Gateway("eigw-1", "egress-only", VPC)),
        security_groups=(SecurityGroup(GROUP, VPC, "containers", (SELF_RULE, SSH_RULE, *ALL_EGRESS)),),
        interfaces=(
            interface(1, ":1:1", ":8", ":9", ":a", ":b"),
            interface(2, ":2:2", ":c", ":d", ":e", ":f", public_ipv4="203.0.113.130"),
        ),
        instances=(instance(1), instance(2)),
    )
    return replace(built, **changes)


def routes(*more: Route) -> RouteTable:
    """The VPC's route table with its local routes and these."""
    local = (Route("10.0.0.0/16", "local"), Route("2001:db8:0:100::/56", "local"))
    return RouteTable("rtb-1", VPC, (*local, *more))


def with_rules(*rules: SecurityGroupRule, **changes: Any) -> Region:
    """The region whose one group has these rules."""
    return region(security_groups=(SecurityGroup(GROUP, VPC, "containers", rules),), **changes)
