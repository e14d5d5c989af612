"""ContainerSecurityGroup: what may reach a Docker host and its containers from outside."""

from ipaddress import IPv6Network, ip_network
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws.ec2.security_group import SecurityGroup
from pulumi_aws.vpc.security_group_egress_rule import SecurityGroupEgressRule
from pulumi_aws.vpc.security_group_ingress_rule import SecurityGroupIngressRule

from .tags import resource_tags
from .vpc import ALL_IPV4, ALL_IPV6

ALL_PROTOCOLS = "-1"
ICMPV6 = "icmpv6"
"""EC2 knows this protocol by name only: `icmp` with an IPv6 source makes an ICMPv4 rule."""
ANY_ICMP_TYPE = -1
ANY_ICMP_CODE = -1
PACKET_TOO_BIG = 2
"""ICMPv6 type (RFC 4443, 3.2); without it a path with a smaller MTU swallows large packets."""


class ContainerSecurityGroupArgs(TypedDict):
    """What a `ContainerSecurityGroup` is made from."""

    vpc_id: pulumi.Input[str]
    """The id of the VPC the group belongs to."""
    ssh_from: list[str]
    """The networks that may reach SSH on the hosts, in CIDR form, of either family."""
    ssh_port: NotRequired[int]
    """The TCP port of SSH. Default: 22."""
    ssh_from_bastion: NotRequired[pulumi.Input[str]]
    """The IPv6 address of a member that the others are logged in on through. Default: there is none."""
    open_ports: NotRequired[list[str]]
    """Container ports open to everybody over IPv6, as `port/protocol`, e.g. `80/tcp`."""
    published_ports: NotRequired[list[str]]
    """Ports of the hosts that lead to containers, open to everybody over both families, as `8080/tcp`."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every resource, beside the package's own."""


class ContainerSecurityGroup(pulumi.ComponentResource):
    """A security group whose members ping each other over IPv6, hear "packet too big" from anywhere, take
    SSH from named networks only, and send anything over both families. One resource for each rule.
    """

    security_group_id: pulumi.Output[str]
    """The id of the security group."""

    def __init__(
        self, name: str, args: ContainerSecurityGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("dualstack:index:ContainerSecurityGroup", name, {}, opts)
        self._prefix = name
        self._tags = args.get("tags")
        group_name = f"{name}-security-group"
        group = SecurityGroup(
            group_name,
            vpc_id=args["vpc_id"],
            description="Docker hosts and containers with IPv6 addresses",
            tags=resource_tags(group_name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.security_group_id = group.id
        self._allow_icmpv6()
        port = int(args.get("ssh_port", 22))
        for network in args["ssh_from"]:
            self._allow_ssh(network, port)
        if "ssh_from_bastion" in args:
            self._allow_bastion(args["ssh_from_bastion"], port)
        published = args.get("published_ports", [])
        for open_port in sorted(set(args.get("open_ports", []) + published)):
            self._allow_port(open_port)
        for port_of_host in sorted(set(published)):
            self._allow_port_over_ipv4(port_of_host)
        self._allow_leaving("ipv4", cidr_ipv4=ALL_IPV4)
        self._allow_leaving("ipv6", cidr_ipv6=ALL_IPV6)
        self.register_outputs({"securityGroupId": self.security_group_id})

    def _allow_icmpv6(self) -> None:
        name = f"{self._prefix}-icmpv6-self"
        SecurityGroupIngressRule(
            name,
            security_group_id=self.security_group_id,
            description="ICMPv6 among the members",
            ip_protocol=ICMPV6,
            from_port=ANY_ICMP_TYPE,
            to_port=ANY_ICMP_CODE,
            referenced_security_group_id=self.security_group_id,
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        name = f"{self._prefix}-packet-too-big"
        SecurityGroupIngressRule(
            name,
            security_group_id=self.security_group_id,
            description="ICMPv6 packet too big from anywhere",
            ip_protocol=ICMPV6,
            from_port=PACKET_TOO_BIG,
            to_port=ANY_ICMP_CODE,
            cidr_ipv6=ALL_IPV6,
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow_ssh(self, network: str, port: int) -> None:
        cidr = ip_network(network)
        name = f"{self._prefix}-ssh-from-{_name_part(str(cidr))}"
        SecurityGroupIngressRule(
            name,
            security_group_id=self.security_group_id,
            description="SSH from a named network",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=None if isinstance(cidr, IPv6Network) else str(cidr),
            cidr_ipv6=str(cidr) if isinstance(cidr, IPv6Network) else None,
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow_bastion(self, address: pulumi.Input[str], port: int) -> None:
        name = f"{self._prefix}-ssh-from-bastion"
        SecurityGroupIngressRule(
            name,
            security_group_id=self.security_group_id,
            description="SSH from the host that the others are logged in on through",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv6=pulumi.Output.concat(address, "/128"),
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow_port(self, port: str) -> None:
        number, protocol = port.split("/")
        name = f"{self._prefix}-{protocol}-{number}"
        SecurityGroupIngressRule(
            name,
            security_group_id=self.security_group_id,
            description="A declared port of a container",
            ip_protocol=protocol,
            from_port=int(number),
            to_port=int(number),
            cidr_ipv6=ALL_IPV6,
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow_port_over_ipv4(self, port: str) -> None:
        number, protocol = port.split("/")
        name = f"{self._prefix}-ipv4-{protocol}-{number}"
        SecurityGroupIngressRule(
            name,
            security_group_id=self.security_group_id,
            description="A port of a host that leads to a container",
            ip_protocol=protocol,
            from_port=int(number),
            to_port=int(number),
            cidr_ipv4=ALL_IPV4,
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow_leaving(
        self, family: str, *, cidr_ipv4: str | None = None, cidr_ipv6: str | None = None
    ) -> None:
        name = f"{self._prefix}-egress-{family}"
        SecurityGroupEgressRule(
            name,
            security_group_id=self.security_group_id,
            description=f"Anything over {family}",
            ip_protocol=ALL_PROTOCOLS,
            cidr_ipv4=cidr_ipv4,
            cidr_ipv6=cidr_ipv6,
            tags=resource_tags(name, self._tags),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _name_part(cidr: str) -> str:
    """A CIDR as part of a resource name, where `::` and `/` have a meaning: 2001-db8--_32, 192.0.2.0_24."""
    return cidr.replace(":", "-").replace("/", "_")
