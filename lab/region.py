"""An AWS region as plain frozen data: what the endpoint knows and the fabric and the machines act on.

`lab.endpoint.Endpoint.region()` makes one consistent `Region`; nothing here refers to moto, and nothing
here changes. Ids and terms are EC2's own (EC2 API reference 2016-11-15). Collections are in the order of
creation unless said otherwise.
"""

from dataclasses import dataclass
from typing import Literal

GatewayKind = Literal["internet", "egress-only", "nat"]
RuleDirection = Literal["ingress", "egress"]
Leased = Literal["first", "all"]
"""What DHCPv6 leases: the address assigned first, as AWS documents it, or all of them, as was seen there."""
InstanceState = Literal["pending", "running", "stopping", "stopped", "shutting-down", "terminated"]


@dataclass(frozen=True)
class Interface:
    """An elastic network interface (ENI)."""

    id: str
    vpc_id: str
    subnet_id: str
    mac: str
    ipv4_addresses: tuple[str, ...]
    """The primary one first; empty in a subnet that has IPv6 only."""
    ipv6_addresses: tuple[str, ...]
    """In the order they were assigned."""
    ipv6_prefixes: tuple[str, ...]
    """Delegated prefixes, always /80."""
    public_ipv4: str | None
    """Mapped one to one on the primary IPv4 address by the internet gateway."""
    security_group_ids: tuple[str, ...]
    source_destination_check: bool
    instance_id: str | None
    device_index: int | None
    description: str
    dhcpv6_leases: Leased = "first"


@dataclass(frozen=True)
class Subnet:
    """A subnet with at most one CIDR of each family."""

    id: str
    vpc_id: str
    ipv4_cidr: str | None
    ipv6_cidr: str | None
    availability_zone: str
    route_table_id: str
    """The effective one: the explicitly associated table, else the VPC's main table."""
    dns64: bool = False
    """Whether the name server gives names without IPv6 an address behind 64:ff9b::/96."""


@dataclass(frozen=True)
class Vpc:
    """A virtual private cloud."""

    id: str
    ipv4_cidr: str
    ipv6_cidrs: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A route of a table."""

    destination: str
    """A CIDR of either family."""
    target: str
    """`local`, or the id of a gateway (igw-, eigw-, nat-) or an interface (eni-)."""


@dataclass(frozen=True)
class RouteTable:
    """A route table of a VPC."""

    id: str
    vpc_id: str
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Gateway:
    """An internet gateway or an egress-only one, attached to a VPC; or a NAT gateway in a subnet of it."""

    id: str
    kind: GatewayKind
    vpc_id: str
    subnet_id: str | None = None
    """Of a NAT gateway."""
    public_ipv4: str | None = None
    """Of a public NAT gateway."""


@dataclass(frozen=True)
class SecurityGroupRule:
    """What a rule lets through: one protocol, one port range, one peer."""

    direction: RuleDirection
    protocol: str
    """`-1` for all, `tcp`, `udp`, `icmp`, `icmpv6`, or an IANA number as text."""
    from_port: int | None
    """The first port; for ICMP the type, -1 for all types. None with protocol -1."""
    to_port: int | None
    """The last port; for ICMP the code, -1 for all codes. None with protocol -1."""
    cidr: str | None
    """The peer's network, of either family; None when the peer is a group."""
    source_group_id: str | None
    """The peer's security group; None when the peer is a network."""


@dataclass(frozen=True)
class SecurityGroup:
    """A security group: what no rule lets through is dropped."""

    id: str
    vpc_id: str
    name: str
    rules: tuple[SecurityGroupRule, ...]


@dataclass(frozen=True)
class Instance:
    """An instance, also one that is terminated but still described."""

    id: str
    state: InstanceState
    image_id: str
    instance_type: str
    availability_zone: str
    interface_ids: tuple[str, ...]
    """By device index, 0 first."""
    key_name: str | None
    public_key: str | None
    """The key pair's public half as an OpenSSH line."""
    user_data: str
    """Decoded text, empty when none was given."""
    http_tokens: Literal["required", "optional"]
    http_endpoint_enabled: bool
    http_protocol_ipv6: bool
    hop_limit: int
    """Of the metadata service's answers: 1 to 64."""
    boot_serial: int
    """Raised by a reboot and by a start after a stop; the machine of a higher serial must boot again."""


@dataclass(frozen=True)
class Region:
    """Everything in a region at one moment."""

    name: str
    vpcs: tuple[Vpc, ...]
    subnets: tuple[Subnet, ...]
    route_tables: tuple[RouteTable, ...]
    gateways: tuple[Gateway, ...]
    security_groups: tuple[SecurityGroup, ...]
    interfaces: tuple[Interface, ...]
    instances: tuple[Instance, ...]
