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
        self._let_in_icmpv6()
        self._let_in_ssh(args)
        published = args.get("published_ports", [])
        for port in sorted(set(args.get("open_ports", []) + published)):
            self._let_in_port(port, "", "A declared port of a container", cidr_ipv6=ALL_IPV6)
        for port in sorted(set(published)):
            self._let_in_port(port, "ipv4-", "A port of a host that leads to a container", cidr_ipv4=ALL_IPV4)
        self._allow_leaving("ipv4", cidr_ipv4=ALL_IPV4)
        self._allow_leaving("ipv6", cidr_ipv6=ALL_IPV6)
        self.register_outputs({"securityGroupId": self.security_group_id})

    def _let_in_icmpv6(self) -> None:
        self._let_in(
            "icmpv6-self",
            "ICMPv6 among the members",
            (ICMPV6, ANY_ICMP_TYPE, ANY_ICMP_CODE),
            group=self.security_group_id,
        )
        self._let_in(
            "packet-too-big",
            "ICMPv6 packet too big from anywhere",
            (ICMPV6, PACKET_TOO_BIG, ANY_ICMP_CODE),
            cidr_ipv6=ALL_IPV6,
        )

    def _let_in_ssh(self, args: ContainerSecurityGroupArgs) -> None:
        port = int(args.get("ssh_port", 22))
        for network in args["ssh_from"]:
            cidr = ip_network(network)
            self._let_in(
                f"ssh-from-{_name_part(str(cidr))}",
                "SSH from a named network",
                ("tcp", port, port),
                cidr_ipv4=None if isinstance(cidr, IPv6Network) else str(cidr),
                cidr_ipv6=str(cidr) if isinstance(cidr, IPv6Network) else None,
            )
        if "ssh_from_bastion" in args:
            self._let_in(
                "ssh-from-bastion",
                "SSH from the host that the others are logged in on through",
                ("tcp", port, port),
                cidr_ipv6=pulumi.Output.concat(args["ssh_from_bastion"], "/128"),
            )

    def _let_in_port(
        self, port: str, family: str, why: str, cidr_ipv4: str | None = None, cidr_ipv6: str | None = None
    ) -> None:
        number, protocol = port.split("/")
        what = (protocol, int(number), int(number))
        self._let_in(f"{family}{protocol}-{number}", why, what, cidr_ipv4=cidr_ipv4, cidr_ipv6=cidr_ipv6)

    def _let_in(
        self,
        name: str,
        why: str,
        what: tuple[str, int, int],
        *,
        cidr_ipv4: str | None = None,
        cidr_ipv6: pulumi.Input[str] | None = None,
        group: pulumi.Input[str] | None = None,
    ) -> None:
        """One rule. `what`: a protocol with its ports, or with a type and a code, first and last."""
        protocol, first, last = what
        rule_name = f"{self._prefix}-{name}"
        SecurityGroupIngressRule(
            rule_name,
            security_group_id=self.security_group_id,
            description=why,
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            cidr_ipv4=cidr_ipv4,
            cidr_ipv6=cidr_ipv6,
            referenced_security_group_id=group,
            tags=resource_tags(rule_name, self._tags),
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
