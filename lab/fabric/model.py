"""What a fabric consists of, as plain frozen data: namespaces, cables, rule sets, DHCP servers, metadata.

Addresses are text in the form that the standard `ipaddress` prints. A cable is a veth pair; it is known by
its near end, which always lies in a namespace that routes (a VPC's router or the internet).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RouteKind = Literal["unicast", "blackhole", "unreachable"]


@dataclass(frozen=True)
class Address:
    """An address on a device; only a link-local one makes a route to its prefix by itself."""

    interface: str
    """Address and prefix length, e.g. `10.0.0.1/24`: the length is what a DHCP server looks at."""
    is_source: bool = True
    """False: deprecated, so that the kernel picks another one as the source of what it sends."""


@dataclass(frozen=True)
class Neighbour:
    """A permanent neighbour entry: packets go to this MAC without asking for it."""

    address: str
    mac: str


@dataclass(frozen=True)
class Route:
    """A route of a namespace's main table. IPv4 may go through an IPv6 link-local gateway (RFC 5549)."""

    destination: str
    kind: RouteKind = "unicast"
    gateway: str | None = None


@dataclass(frozen=True)
class End:
    """One end of a cable, and what is configured on it."""

    namespace: str
    device: str
    mac: str
    mtu: int
    """Bytes."""
    configured: bool = True
    """False for a machine's end: the link and its MAC are made, the rest is the machine's own business."""
    settings: tuple[tuple[str, str], ...] = ()
    """Path below /proc/sys/net and value."""
    addresses: tuple[Address, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    proxies: tuple[str, ...] = ()
    """IPv6 addresses for which neighbour solicitations on this device are answered."""
    routes: tuple[Route, ...] = ()
    """Routes that leave by this device."""

    @property
    def hardware(self) -> tuple[str, str, str, int]:
        """What cannot change while the cable lives."""
        return (self.namespace, self.device, self.mac, self.mtu)


@dataclass(frozen=True)
class Cable:
    """A veth pair between two namespaces."""

    near: End
    far: End

    @property
    def key(self) -> tuple[str, str]:
        """The near end's namespace and device."""
        return (self.near.namespace, self.near.device)

    @property
    def hardware(self) -> tuple[tuple[str, str, str, int], tuple[str, str, str, int]]:
        """A cable whose hardware differs is another cable: the old one is taken away, a new one laid."""
        return (self.near.hardware, self.far.hardware)


@dataclass(frozen=True)
class Namespace:
    """A network namespace and what in it does not belong to a cable."""

    name: str
    settings: tuple[tuple[str, str], ...] = ()
    """Path below /proc/sys/net and value."""
    addresses: tuple[Address, ...] = ()
    """On the loopback device."""
    routes: tuple[Route, ...] = ()
    """Blackhole and unreachable routes."""
    ruleset: str = ""
    """A text for `nft -f` that replaces the one table in an atomic step; empty for none."""


@dataclass(frozen=True)
class DhcpServer:
    """One dnsmasq: DHCPv4, DHCPv6 and router advertisements on one cable."""

    namespace: str
    device: str
    holder: str
    """The id of the instance it serves: another instance starts with no lease."""
    config: str


@dataclass(frozen=True)
class Resolver:
    """One dnsmasq: the name server of a VPC, which knows the names of a zone and no others."""

    namespace: str
    config: str
    device: str = "resolver"
    """Tells several resolvers of one namespace apart; none of them is bound to a device."""


@dataclass(frozen=True)
class Translator:
    """One tayga: translates between IPv6 and IPv4 on a tunnel device, for a NAT gateway."""

    namespace: str
    device: str
    config: str
    routes: tuple[str, ...]
    """Networks of both families that lead into the device."""


@dataclass(frozen=True)
class LeaseOfAll:
    """A DHCPv6 server that leases all of an interface's addresses, beside a dnsmasq that leases none."""

    namespace: str
    device: str
    addresses: tuple[str, ...]
    mac: str
    """Makes the server's identifier."""


@dataclass(frozen=True)
class NeighbourResponder:
    """Answers neighbour solicitations for whole prefixes, which the kernel's proxy cannot do."""

    namespace: str
    prefixes: tuple[tuple[str, str], ...]
    """IPv6 prefix and the device it is reached by: solicitations from any other cable are answered."""
    mac: str
    """What the answers say."""
    devices: tuple[str, ...]
    """The cables on which it answers."""


@dataclass(frozen=True)
class MetadataAccess:
    """Who may read an instance's metadata, and how (EC2 API reference, InstanceMetadataOptions)."""

    instance_id: str
    namespace: str
    sources: tuple[str, ...]
    """Networks of the callers: every address and prefix of the instance's interfaces in this VPC."""
    enabled: bool
    over_ipv6: bool
    token_required: bool
    hop_limit: int
    tree: Mapping[str, str] = field(hash=False)
    """Path without a version, e.g. `meta-data/instance-id`, to text."""


@dataclass(frozen=True)
class Fabric:
    """Everything the fabric shall be."""

    prefix: str
    """What every namespace's name starts with."""
    namespaces: tuple[Namespace, ...] = ()
    cables: tuple[Cable, ...] = ()
    dhcp_servers: tuple[DhcpServer, ...] = ()
    resolvers: tuple[Resolver, ...] = ()
    translators: tuple[Translator, ...] = ()
    leases_of_all: tuple[LeaseOfAll, ...] = ()
    responders: tuple[NeighbourResponder, ...] = ()
    metadata: tuple[MetadataAccess, ...] = ()
    notes: tuple[str, ...] = ()
    """What the region asks for and the fabric does not do, one sentence each."""
