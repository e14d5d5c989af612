"""A VPC's router: its namespace and the cable to each interface. Pure.

Hosts hold an on-link /64 (and an on-link IPv4 subnet) and believe the others to be on it; each is alone on
its cable, so the router answers for the rest. It delivers to the interface's MAC without ever asking for it.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from lab.fabric.addressing import ipv4_of, ipv6_of, link_local, prefixes_of
from lab.fabric.dhcp import MTU, RESOLVER_IPV4, RESOLVER_IPV6
from lab.fabric.filter import METADATA_IPV4, METADATA_IPV6
from lab.fabric.model import Address, Cable, End, Namespace, Neighbour, Route
from lab.region import Interface, Subnet, Vpc

ROUTER_MAC = "12:66:30:b8:c0:08"
"""Of the router's end of every cable; its EUI-64 is the gateway of the original article."""
GATEWAY = link_local(ROUTER_MAC)
"""fe80::1066:30ff:feb8:c008, the source of router advertisements."""
FIXED_GATEWAY = "fe80:ec2::1"
"""The same in every VPC (Amazon VPC user guide, "Subnet CIDR blocks")."""

ICMP_MEMORY = "3"
"""Seconds for which an answered ping is remembered, so that a rule taken away is felt by the next ping."""

SETTINGS = (
    ("ipv4/ip_forward", "1"),
    ("ipv6/conf/all/forwarding", "1"),
    ("ipv6/conf/default/forwarding", "1"),
    ("ipv6/conf/all/proxy_ndp", "1"),
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/all/send_redirects", "0"),
    ("netfilter/nf_conntrack_icmp_timeout", ICMP_MEMORY),
    ("netfilter/nf_conntrack_icmpv6_timeout", ICMP_MEMORY),
)


def device_name(interface_id: str) -> str:
    """The router's end of a cable: `eni-` and the id's last 11 digits, as Linux allows 15 letters."""
    return f"eni-{interface_id[-11:]}"


def host_device_name(device_index: int) -> str:
    """What Nitro instances call their interfaces: ens5, ens6, ..."""
    return f"ens{5 + device_index}"


def namespace(name: str, vpc: Vpc, ruleset: str) -> Namespace:
    """The router's namespace. What nobody in the VPC holds is dropped silently, as AWS does."""
    own = (str(IPv4Network(vpc.ipv4_cidr)), *(str(IPv6Network(cidr)) for cidr in vpc.ipv6_cidrs))
    return Namespace(
        name=name,
        settings=SETTINGS,
        addresses=tuple(
            Address(address)
            for address in (
                f"{METADATA_IPV4}/32",
                f"{METADATA_IPV6}/128",
                f"{RESOLVER_IPV4}/32",
                f"{RESOLVER_IPV6}/128",
            )
        ),
        routes=tuple(Route(cidr, "blackhole") for cidr in own),
        ruleset=ruleset,
    )


def cable(
    namespace: str, host: str, interface: Interface, subnet: Subnet, others: Sequence[Interface]
) -> Cable:
    """The cable of an interface; `others` are the interfaces for which the router answers on it."""
    device = device_name(interface.id)
    near = End(
        namespace=namespace,
        device=device,
        mac=ROUTER_MAC,
        mtu=MTU,
        settings=_device_settings(device),
        addresses=_gateways(subnet),
        neighbours=_neighbours(interface),
        proxies=tuple(address for other in others for address in ipv6_of(other)),
        routes=_routes(interface),
    )
    far = End(host, host_device_name(interface.device_index or 0), interface.mac, MTU, configured=False)
    return Cable(near, far)


def _device_settings(device: str) -> tuple[tuple[str, str], ...]:
    return (
        (f"ipv6/conf/{device}/addr_gen_mode", "1"),
        (f"ipv6/conf/{device}/accept_dad", "0"),
        (f"ipv6/conf/{device}/accept_ra", "0"),
        (f"ipv6/conf/{device}/proxy_ndp", "1"),
        (f"ipv6/neigh/{device}/proxy_delay", "0"),
        (f"ipv4/conf/{device}/rp_filter", "0"),
        (f"ipv4/conf/{device}/send_redirects", "0"),
        (f"ipv4/conf/{device}/proxy_arp", "1"),
        (f"ipv4/neigh/{device}/proxy_delay", "0"),
    )


def _gateways(subnet: Subnet) -> tuple[Address, ...]:
    """The fixed gateway is no source, so that advertisements come from the other one."""
    addresses = [Address(f"{GATEWAY}/64"), Address(f"{FIXED_GATEWAY}/64", is_source=False)]
    if subnet.ipv6_cidr:
        network = IPv6Network(subnet.ipv6_cidr)
        addresses.append(Address(f"{network.network_address + 1}/{network.prefixlen}"))
    if subnet.ipv4_cidr:
        network = IPv4Network(subnet.ipv4_cidr)
        addresses.append(Address(f"{network.network_address + 1}/{network.prefixlen}"))
    return tuple(addresses)


def _neighbours(interface: Interface) -> tuple[Neighbour, ...]:
    """The MAC's own link-local is the next hop of everything the interface holds of IPv6."""
    holders = (link_local(interface.mac), *ipv4_of(interface))
    return tuple(Neighbour(address, interface.mac) for address in holders)


def _routes(interface: Interface) -> tuple[Route, ...]:
    next_hop = link_local(interface.mac)
    return (
        *(Route(f"{address}/32") for address in ipv4_of(interface)),
        *(Route(f"{address}/128", gateway=next_hop) for address in ipv6_of(interface)),
        *(Route(prefix, gateway=next_hop) for prefix in prefixes_of(interface)),
    )
