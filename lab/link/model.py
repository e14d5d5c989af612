"""A plain shared link as data: a switch, an upstream router with an on-link /64, hosts. Pure.

The router answers neighbour solicitation for its own addresses and nobody else's, and routes to the internet.
What is behind a host is reached only if the host itself answers for it, or if the router is told a route.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from types import MappingProxyType
from typing import Final

from lab import names
from lab.fabric.internet import INTERNET_LINK_LOCAL, MTU, VPC_LINK_LOCAL, namespace_of
from lab.fabric.model import Address, Cable, End, Namespace, Route

IPV6_POOL: Final = IPv6Network("2001:db8:a::/48")
"""The upstream's, of the documentation prefix (RFC 3849): link 1 has 2001:db8:a:100::/56, and so on."""
IPV4_POOL: Final = IPv4Network("203.0.113.64/26")
"""Of the documentation prefix TEST-NET-3 (RFC 5737): a /28 for each link."""
MOST_LINKS: Final = 4
MOST_HOSTS: Final = 13
"""What a /28 holds beside its network, its broadcast and its router."""
HOST_DEVICE: Final = "eth0"
BRIDGE: Final = "link"
UPLINK: Final = "internet"

_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,7}")
_SETTINGS: Final = (
    ("ipv4/ip_forward", "1"),
    ("ipv6/conf/all/forwarding", "1"),
    ("ipv6/conf/default/forwarding", "1"),
    ("ipv4/conf/all/rp_filter", "0"),
)


@dataclass(frozen=True)
class LinkHost:
    """A host on a link, as a hosting provider would hand it over."""

    name: str
    """`flat-1` for the first host of the link `flat`."""
    address: IPv6Address
    """In the link's /64."""
    ipv4: IPv4Address
    mac: str

    @property
    def id(self) -> str:
        """What its machine and its namespace are known by, `host-flat-1`."""
        return f"host-{self.name}"


@dataclass(frozen=True)
class Link:
    """A link with its hosts. `number` is from 1 and decides its addresses; `image` is a lab image's name."""

    name: str
    number: int
    image: str
    hosts: tuple[LinkHost, ...]
    routes: Mapping[IPv6Network, IPv6Address] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    """Prefixes that the router sends to an address on the link."""

    @property
    def namespace(self) -> str:
        """The namespace of its router and its switch."""
        return f"{names.NAMESPACE_PREFIX}link-{self.name}"

    @property
    def allocation(self) -> IPv6Network:
        """The /56 that the internet routes to this link's router."""
        return IPv6Network((int(IPV6_POOL.network_address) | self.number << 72, 56))

    @property
    def prefix(self) -> IPv6Network:
        """The on-link /64: the first of the allocation."""
        return IPv6Network((self.allocation.network_address, 64))

    @property
    def router(self) -> IPv6Address:
        """The router's address on the link, the hosts' default gateway."""
        return self.prefix.network_address + 1

    @property
    def ipv4_network(self) -> IPv4Network:
        """The link's /28."""
        return list(IPV4_POOL.subnets(new_prefix=28))[self.number - 1]

    @property
    def ipv4_router(self) -> IPv4Address:
        """The router's IPv4 address on the link."""
        return self.ipv4_network.network_address + 1


def new_link(name: str, hosts: int, image: str, taken: Collection[int]) -> Link:
    """A link with this many hosts, numbered as the first that is free. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"link name {name!r} is not 1 to 8 of a-z and 0-9, a letter first")
    if not 1 <= hosts <= MOST_HOSTS:
        raise ValueError(f"{hosts} hosts are not 1 to {MOST_HOSTS}")
    free = [number for number in range(1, MOST_LINKS + 1) if number not in taken]
    if not free:
        raise ValueError(f"there are {MOST_LINKS} links already, which is all: take one down")
    bare = Link(name, free[0], image, ())
    numbered = range(1, hosts + 1)
    return Link(name, free[0], image, tuple(_host(bare, number) for number in numbered))


def check_route(link: Link, prefix: IPv6Network, via: IPv6Address) -> None:
    """Raises ValueError for a route that the router of this link could not use."""
    if not prefix.subnet_of(link.allocation):
        raise ValueError(
            f"prefix {prefix} is not in {link.allocation}, which the internet routes to {link.name}"
        )
    if via not in link.prefix:
        raise ValueError(f"next hop {via} is not on the link, whose prefix is {link.prefix}")


def router_namespace(link: Link) -> Namespace:
    """The router; what of its allocation nobody was given a route to is unreachable, and never loops."""
    own = (link.allocation, link.ipv4_network)
    routes = tuple(Route(str(network), "unreachable") for network in own)
    return Namespace(link.namespace, settings=_SETTINGS, routes=routes)


def bridge_end(link: Link) -> End:
    """The switch, which is the router's own interface on the link."""
    addresses = (
        Address("fe80::1/64"),
        Address(f"{link.router}/64"),
        Address(f"{link.ipv4_router}/{link.ipv4_network.prefixlen}"),
    )
    told = (Route(str(prefix), gateway=str(via)) for prefix, via in link.routes.items())
    routes = (Route(str(link.prefix)), Route(str(link.ipv4_network)), *told)
    return End(
        link.namespace, BRIDGE, _mac(link.number, 0xFF), MTU, settings=_settings(BRIDGE), addresses=addresses,
        routes=routes,
    )  # fmt: skip


def port_of(host: LinkHost) -> str:
    """The switch's port for a host."""
    return f"to-{host.name}"


def host_cables(link: Link) -> tuple[Cable, ...]:
    """A cable for each host: the near end is a port of the switch and has no address."""
    return tuple(
        Cable(
            End(
                link.namespace, port_of(host), _mac(link.number, 0x80 + number), MTU,
                settings=_settings(port_of(host)),
            ),
            End(f"{names.NAMESPACE_PREFIX}{host.id}", HOST_DEVICE, host.mac, MTU, configured=False),
        )
        for number, host in enumerate(link.hosts)
    )  # fmt: skip


def uplink(link: Link, prefix: str = names.NAMESPACE_PREFIX) -> Cable:
    """The cable to the internet, which routes the link's allocation to it."""
    device = f"link-{link.name}"
    inward = tuple(
        Route(str(network), gateway=VPC_LINK_LOCAL) for network in (link.allocation, link.ipv4_network)
    )
    outward = tuple(Route(every, gateway=INTERNET_LINK_LOCAL) for every in ("0.0.0.0/0", "::/0"))
    near = End(
        namespace_of(prefix), device, _mac(link.number, 0xFD), MTU, settings=_settings(device),
        addresses=(Address(f"{INTERNET_LINK_LOCAL}/64"),), routes=inward,
    )  # fmt: skip
    far = End(
        link.namespace, UPLINK, _mac(link.number, 0xFE), MTU, settings=_settings(UPLINK),
        addresses=(Address(f"{VPC_LINK_LOCAL}/64"),), routes=outward,
    )  # fmt: skip
    return Cable(near, far)


def netplan(link: Link, host: LinkHost) -> str:
    """The netplan file that comes with the host: static addresses, both families, no cloud-init."""
    return (
        "network:\n  version: 2\n  ethernets:\n"
        f"    {HOST_DEVICE}:\n"
        "      addresses:\n"
        f"        - {host.address}/{link.prefix.prefixlen}\n"
        f"        - {host.ipv4}/{link.ipv4_network.prefixlen}\n"
        "      routes:\n"
        f"        - {{to: default, via: {_quoted(link.router)}}}\n"
        f"        - {{to: default, via: {_quoted(link.ipv4_router)}}}\n"
        "      nameservers:\n"
        f"        addresses: [{_quoted(link.router)}, {_quoted(link.ipv4_router)}]\n"
    )


def described(links: Sequence[Link], host_keys: Mapping[str, str]) -> list[dict[str, object]]:
    """Links as JSON has them; `host_keys` are OpenSSH lines by the hosts' names."""
    return [
        {
            "name": link.name,
            "prefix": str(link.prefix),
            "allocation": str(link.allocation),
            "router": str(link.router),
            "image": link.image,
            "routes": {str(prefix): str(via) for prefix, via in link.routes.items()},
            "hosts": [
                {
                    "name": host.name,
                    "id": host.id,
                    "address": str(host.address),
                    "ipv4": str(host.ipv4),
                    "hostKey": host_keys[host.name],
                }
                for host in link.hosts
            ],
        }
        for link in links
    ]


def _host(link: Link, number: int) -> LinkHost:
    return LinkHost(
        f"{link.name}-{number}",
        link.prefix.network_address + 0x10 + number,
        link.ipv4_router + number,
        _mac(link.number, number),
    )


def _quoted(address: IPv4Address | IPv6Address) -> str:
    return f'"{address}"'


def _mac(link: int, number: int) -> str:
    """Locally administered (IEEE 802, the second bit of the first octet)."""
    return f"02:00:0a:{link:02x}:00:{number:02x}"


def _settings(device: str) -> tuple[tuple[str, str], ...]:
    return (
        (f"ipv6/conf/{device}/addr_gen_mode", "1"),
        (f"ipv6/conf/{device}/accept_dad", "0"),
        (f"ipv6/conf/{device}/accept_ra", "0"),
        (f"ipv4/conf/{device}/rp_filter", "0"),
    )
