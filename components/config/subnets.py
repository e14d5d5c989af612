"""The subnets in the config: the one that every stack has, those beside it, and SSH's way into them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..ipaddress_tools import AddressPlanError, ipv4_subnet_of_vpc
from . import values
from .reader import Reader
from .types import DEFAULT_SUBNET, Connect, Host, StackSubnet, SubnetKind

SUBNET_KEYS: Final = ("name", "index", "kind", "availabilityZone", "dns64", "nat64")
KINDS: Final[Mapping[str, SubnetKind]] = {
    "public": "public",
    "egress-only": "egress-only",
    "ipv6-only": "ipv6-only",
}
HIGHEST_INDEX: Final = 255
"""A VPC's /56 has 256 subnets of a /64."""
BY_A_HOST: Final = "connect: bastion with bastion: {hostName: HOST}, a host in a public subnet"


def read_subnets(config: Reader, vpc_cidr: str) -> tuple[StackSubnet, ...]:
    """All subnets, the one of `subnetIndex` first. What is wrong is noted in the reader's errors."""
    first = StackSubnet(
        DEFAULT_SUBNET,
        config.number("subnetIndex", 0, HIGHEST_INDEX, 0) or 0,
        availability_zone=config.text("availabilityZone", values.zone),
    )
    _check_ipv4(config, "subnetIndex", vpc_cidr, first)
    subnets = (
        first,
        *(_subnet(config, place, entry, vpc_cidr) for place, entry in config.entries("subnets")),
    )
    for name, count in Counter(subnet.name for subnet in subnets if subnet.name).items():
        if name == DEFAULT_SUBNET and count > 1:
            config.error(f"subnets: {DEFAULT_SUBNET} is the subnet of subnetIndex; choose another name")
        elif count > 1:
            config.error(f"subnets: name {name} is given {count} times; give each its own")
    by_index: dict[int, list[str]] = {}
    for subnet in subnets:
        if subnet.index >= 0:
            by_index.setdefault(subnet.index, []).append(subnet.name or "a subnet without a name")
    for index, names in by_index.items():
        if len(names) > 1:
            config.error(f"subnets: index {index} is given to {' and '.join(names)}; give each its own")
    return subnets


def _subnet(config: Reader, place: int, entry: Mapping[str, Any], vpc_cidr: str) -> StackSubnet:
    name = entry.get("name")
    where = f"subnet {name}: " if isinstance(name, str) and name else f"subnets[{place}]: "
    reader = Reader(entry, where, config.errors)
    reader.refuse_unknown(SUBNET_KEYS)
    if entry.get("index") in (None, ""):
        reader.error(f"index: missing; give each subnet a /64 of its own, 0 to {HIGHEST_INDEX}, for good")
    index = reader.number("index", 0, HIGHEST_INDEX, None)
    kind = reader.choice("kind", KINDS, "public")
    subnet = StackSubnet(
        name=reader.needed_text("name", values.subnet_name, "each subnet has a name of its own"),
        index=-1 if index is None else index,
        kind=kind,
        availability_zone=reader.text("availabilityZone", values.zone),
        nat64=_nat64(reader, kind),
    )
    if kind != "ipv6-only" and index is not None:
        _check_ipv4(reader, "index", vpc_cidr, subnet)
    return subnet


def _nat64(subnet: Reader, kind: SubnetKind) -> bool:
    """DNS64 and NAT64: both or neither (Amazon VPC user guide, "DNS64 and NAT64")."""
    usual = kind == "ipv6-only"
    dns64, nat64 = subnet.boolean("dns64", usual), subnet.boolean("nat64", usual)
    if kind == "public" and (dns64 or nat64):
        subnet.error(
            "dns64 and nat64: a public subnet cannot have them, the nat gateway itself stands in one; "
            "they are for ipv6-only and egress-only subnets"
        )
    elif dns64 and not nat64:
        subnet.error(
            "dns64 without nat64: names of IPv4-only services would resolve to addresses of 64:ff9b::/96 "
            "that lead nowhere, and connections would hang; turn both on, or both off"
        )
    elif nat64 and not dns64:
        subnet.error(
            "nat64 without dns64: no name would ever resolve to an address that is translated, and aws "
            "charges the nat gateway all the same; turn both on, or both off"
        )
    return dns64 and nat64


def _check_ipv4(reader: Reader, key: str, vpc_cidr: str, subnet: StackSubnet) -> None:
    try:
        if vpc_cidr:
            ipv4_subnet_of_vpc(vpc_cidr, subnet.index)
    except AddressPlanError as error:
        reader.error(f"{key}: {error}")


def refuse_out_of_reach(
    config: Reader,
    subnets: Sequence[StackSubnet],
    hosts: Sequence[Host],
    connect: Connect,
    bastion_host: str | None,
) -> None:
    """Notes every host that SSH cannot reach in its subnet, and a bastion that is none."""
    kinds: dict[str, SubnetKind] = {subnet.name: subnet.kind for subnet in subnets}
    for host in hosts:
        kind = kinds.get(host.subnet)
        where = f"host {host.name}: its subnet {host.subnet} is {kind}"
        if kind == "egress-only" and connect != "bastion":
            config.error(
                f"{where}, which nobody reaches from outside, and connect is {connect}; take {BY_A_HOST}, or "
                "a bastion of your own that reaches the vpc's addresses"
            )
        elif kind == "ipv6-only" and connect == "ipv4":
            config.error(f"{where}, so it has no IPv4 address, and connect is ipv4; take ipv6, or bastion")
        if kind == "ipv6-only" and host.addresses == "prefix":
            config.error(
                f"{where}, and addresses prefix gives a host no address with which it could ask aws for its "
                "user data; take addresses block, or another subnet"
            )
    if bastion_host is not None and connect == "bastion" and hosts:
        _check_bastion(config, kinds, hosts, bastion_host)


def _check_bastion(
    config: Reader, kinds: Mapping[str, SubnetKind], hosts: Sequence[Host], bastion_host: str
) -> None:
    found = [host for host in hosts if host.name == bastion_host]
    if not found:
        names = ", ".join(host.name for host in hosts if host.name) or "there are none"
        config.error(f"bastion: hostName: no host is called {bastion_host}; hosts: {names}")
    elif found[0].existing is not None:
        config.error(
            f"bastion: hostName: {bastion_host} exists already; give {{host, user, port, hostKey}} of it"
        )
    elif kinds.get(found[0].subnet) == "egress-only":
        config.error(
            f"bastion: hostName: {bastion_host} is in the egress-only subnet {found[0].subnet}, which nobody "
            "reaches from outside; name a host in a public subnet"
        )
