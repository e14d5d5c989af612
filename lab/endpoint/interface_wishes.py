"""What a request asks of an interface, checked against the subnet, the VPC and the instance type."""

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Any

from moto.ec2.utils import add_tag_specification

from . import addresses
from .backend import StrictBackend, ipv4_network
from .errors import bad_combination, bad_value, refused
from .interface_model import StrictInterface


def check_one_way(wishes: Any, refusal: Exception) -> None:
    """Addresses, their count, prefixes and their count exclude one another. Raises the refusal."""
    ways = ("Ipv6Addresses", "Ipv6AddressCount", "Ipv6Prefixes", "Ipv6PrefixCount")
    if sum(bool(wishes.get(way)) for way in ways) > 1:
        if wishes.get("Ipv6Addresses") and wishes.get("Ipv6AddressCount"):
            raise bad_combination(
                "IPv6 addresses and IPv6 address count may not be specified on the same request"
            )
        raise refusal


def _texts(items: Iterable[Any], key: str) -> list[str]:
    """The texts of a list of texts or of objects: create and launch name them differently than assign."""
    return [item[key] if isinstance(item, dict) else item for item in items]


def wanted_ipv6(wishes: Any, backend: StrictBackend, subnet: Any) -> tuple[list[str], list[str]]:
    """The IPv6 addresses and the prefixes that the request asks for, checked. Raises EC2ClientError."""
    space = backend.ipv6_space(subnet)
    named = _texts(wishes.get("Ipv6Addresses", []), "Ipv6Address")
    prefixes = _texts(wishes.get("Ipv6Prefixes", []), "Ipv6Prefix")
    address_count = int(wishes.get("Ipv6AddressCount") or 0)
    prefix_count = int(wishes.get("Ipv6PrefixCount") or 0)
    found = addresses.checked_ipv6(named, space)
    if address_count:
        found += addresses.drawn_ipv6(address_count, space)
    found_prefixes = addresses.checked_prefixes(prefixes, space)
    if prefix_count:
        found_prefixes += addresses.drawn_prefixes(prefix_count, space)
    return found, found_prefixes


def pick_ipv4(backend: StrictBackend, subnet: Any, named: list[str], count: int) -> list[str]:
    """The named IPv4 addresses, checked, and as many further ones as counted. Raises EC2ClientError."""
    network = ipv4_network(subnet)
    if network is None:
        if named or count:
            raise bad_value(f"The subnet '{subnet.id}' has no IPv4 CIDR block.")
        return []
    taken = backend.ipv4_taken(subnet.id)
    found: list[IPv4Address] = []
    for text in named:
        found.append(addresses.checked_ipv4(text, network, {*taken, *found}))
    for _ in range(count):
        free = addresses.lowest_free_ipv4(network, {*taken, *found})
        if free is None:
            raise refused(
                "InsufficientFreeAddressesInSubnet",
                f"There are not enough free addresses in subnet '{subnet.id}' to satisfy the request.",
            )
        found.append(free)
    return [str(address) for address in found]


def wanted_ipv4(wishes: Any, backend: StrictBackend, subnet: Any) -> list[str]:
    """The IPv4 addresses that the request asks for, checked, the primary one first. Raises EC2ClientError."""
    listed = sorted(wishes.get("PrivateIpAddresses", []), key=lambda item: not item.get("Primary"))
    named = [item["PrivateIpAddress"] for item in listed if item.get("PrivateIpAddress")]
    primary = wishes.get("PrivateIpAddress")
    if primary:
        named = [primary, *(text for text in named if text != primary)]
    count = int(wishes.get("SecondaryPrivateIpAddressCount") or 0)
    if not named and ipv4_network(subnet) is not None:
        count += 1
    return pick_ipv4(backend, subnet, named, count)


def check_groups(backend: StrictBackend, group_ids: list[str], vpc_id: str) -> None:
    """Every group is one of the VPC's. Raises EC2ClientError."""
    for group_id in group_ids:
        group = backend.get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id:
            raise refused(
                "InvalidGroup.NotFound", f"The security group '{group_id}' does not exist in VPC '{vpc_id}'"
            )


def create_interface(backend: StrictBackend, wishes: Any, tags: Any = None) -> StrictInterface:
    """Make the interface that a request, or a part of RunInstances, describes. Raises EC2ClientError."""
    subnet = backend.get_subnet(wishes["SubnetId"])
    groups = list(wishes.get("Groups", []))
    check_groups(backend, groups, subnet.vpc_id)
    new_addresses, new_prefixes = wanted_ipv6(wishes, backend, subnet)
    explicit = wishes.get("Ipv6AddressCount") is not None or new_prefixes
    if subnet.assign_ipv6_address_on_creation and not new_addresses and not explicit:
        new_addresses = addresses.drawn_ipv6(1, backend.ipv6_space(subnet))
    primary_ipv6 = bool(wishes.get("EnablePrimaryIpv6") or wishes.get("PrimaryIpv6"))
    if primary_ipv6 and not new_addresses:
        raise bad_combination("A primary IPv6 address needs an IPv6 address on the interface")
    ipv4 = wanted_ipv4(wishes, backend, subnet)
    return backend.create_network_interface(
        subnet,
        ipv4[0] if ipv4 else None,
        [{"Primary": index == 0, "PrivateIpAddress": text} for index, text in enumerate(ipv4)],
        group_ids=groups,
        description=wishes.get("Description"),
        tags=tags if tags is not None else add_tag_specification(wishes.get("TagSpecifications", [])),
        public_ip_auto_assign=bool(wishes.get("AssociatePublicIpAddress")),
        ipv6_addresses=new_addresses,
        ipv6_prefixes=new_prefixes,
        primary_ipv6=primary_ipv6,
    )
