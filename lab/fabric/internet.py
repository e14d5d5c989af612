"""What lies outside the VPCs: the internet, a namespace that routes, and the operator's own. Pure.

There is no link to the machine's uplink: what is not of the lab is unreachable. Links carry 1500 bytes, so a
host that sends 9001 is told so by its router. They have no addresses but link-local ones, also for IPv4 (RFC
5549).
"""

from collections.abc import Sequence
from ipaddress import IPv6Network

from lab import names
from lab.fabric.filter import INTERNET_DEVICE
from lab.fabric.model import Address, Cable, End, Fabric, Namespace, Route
from lab.region import Vpc

MTU = 1500
"""Bytes: what an internet gateway passes on (Amazon EC2 user guide, "Network MTU")."""
INTERNET_LINK_LOCAL = "fe80::1"
VPC_LINK_LOCAL = "fe80::2"
OPERATOR_DEVICE = "uplink"
_MAC = "02:00:00:00:00:"


def namespace_of(prefix: str) -> str:
    """The namespace of the internet."""
    return f"{prefix}internet"


def operator_namespace(prefix: str) -> str:
    """The namespace in which Pulumi and the shell run."""
    return f"{prefix}operator"


def base(prefix: str) -> Fabric:
    """A fabric without any VPC: the internet, the operator, the cable between them."""
    return Fabric(
        prefix=prefix,
        namespaces=(
            Namespace(
                name=namespace_of(prefix),
                settings=(
                    ("ipv4/ip_forward", "1"),
                    ("ipv6/conf/all/forwarding", "1"),
                    ("ipv6/conf/default/forwarding", "1"),
                    ("ipv4/conf/all/rp_filter", "0"),
                ),
                addresses=_service_addresses(),
                routes=(Route("::/0", "unreachable"), Route("0.0.0.0/0", "unreachable")),
            ),
            Namespace(operator_namespace(prefix)),
        ),
        cables=(_operator_cable(prefix),),
    )


def transit(prefix: str, router: str, vpc: Vpc, public_ipv4: Sequence[str]) -> Cable:
    """The cable to a VPC's router; the VPC's IPv6 networks and its public IPv4 addresses are routed to it."""
    device = names.vpc_namespace(vpc.id, prefix="")
    inward = (
        *(str(IPv6Network(cidr)) for cidr in vpc.ipv6_cidrs),
        *(f"{address}/32" for address in public_ipv4),
    )
    near = End(
        namespace=namespace_of(prefix),
        device=device,
        mac=_MAC + "01",
        mtu=MTU,
        settings=_settings(device),
        addresses=(Address(f"{INTERNET_LINK_LOCAL}/64"),),
        routes=tuple(Route(destination, gateway=VPC_LINK_LOCAL) for destination in inward),
    )
    far = End(
        namespace=router,
        device=INTERNET_DEVICE,
        mac=_MAC + "02",
        mtu=MTU,
        settings=_settings(INTERNET_DEVICE),
        addresses=(Address(f"{VPC_LINK_LOCAL}/64"),),
        routes=tuple(Route(every, gateway=INTERNET_LINK_LOCAL) for every in ("0.0.0.0/0", "::/0")),
    )
    return Cable(near, far)


def _service_addresses() -> tuple[Address, ...]:
    """Of the echo of addresses, the packages' mirror and the registry of container images."""
    ipv6 = (names.INTERNET_IPV6, names.PACKAGES_IPV6, names.REGISTRY_IPV6)
    ipv4 = (names.INTERNET_IPV4, names.PACKAGES_IPV4, names.REGISTRY_IPV4)
    return (*(Address(f"{each}/128") for each in ipv6), *(Address(f"{each}/32") for each in ipv4))


def _operator_cable(prefix: str) -> Cable:
    operator_ipv4, operator_ipv6 = names.OPERATOR_IPV4, names.OPERATOR_IPV6
    near = End(
        namespace=namespace_of(prefix),
        device="operator",
        mac=_MAC + "03",
        mtu=MTU,
        settings=_settings("operator"),
        addresses=(
            Address(f"{INTERNET_LINK_LOCAL}/64"),
            Address(f"{names.OPERATOR_IPV6_GATEWAY}/{operator_ipv6.network.prefixlen}"),
            Address(f"{names.OPERATOR_IPV4_GATEWAY}/{operator_ipv4.network.prefixlen}"),
        ),
        routes=(Route(str(operator_ipv6.network)), Route(str(operator_ipv4.network))),
    )
    far = End(
        namespace=operator_namespace(prefix),
        device=OPERATOR_DEVICE,
        mac=_MAC + "04",
        mtu=MTU,
        settings=_settings(OPERATOR_DEVICE),
        addresses=(Address("fe80::2/64"), Address(str(operator_ipv6)), Address(str(operator_ipv4))),
        routes=(
            Route(str(operator_ipv6.network)),
            Route(str(operator_ipv4.network)),
            Route("::/0", gateway=str(names.OPERATOR_IPV6_GATEWAY)),
            Route("0.0.0.0/0", gateway=str(names.OPERATOR_IPV4_GATEWAY)),
        ),
    )
    return Cable(near, far)


def _settings(device: str) -> tuple[tuple[str, str], ...]:
    return (
        (f"ipv6/conf/{device}/addr_gen_mode", "1"),
        (f"ipv6/conf/{device}/accept_dad", "0"),
        (f"ipv6/conf/{device}/accept_ra", "0"),
        (f"ipv4/conf/{device}/rp_filter", "0"),
    )
