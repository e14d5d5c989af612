"""The instance metadata tree, as EC2's service shows it to cloud-init's Ec2 datasource. Pure.

Paths and values follow the Amazon EC2 user guide, "Instance metadata categories". Two things are decided
here:

`ipv6s` lists an interface's addresses in ascending order, in the long form (`2001:db8:0:100:0:0:0:8`),
whatever the order they were assigned in. So it was seen on EC2: an interface assigned ::1:1, ::8, ::9, ::a,
::b (in this order) listed ::8, ::9, ::a, ::b, ::1:1. cloud-init takes the first of the list for the one that
DHCPv6 leases and writes every other one, `ipv6s[1:]`, on the device as a static /128: there ::9, ::a, ::b and
then ::1:1. The host's own address is thus last, and the block's first is the one left out. DHCPv6 does not
look at this list: it leases what was assigned first (`lab.fabric.dhcp`).

`ipv6` (top level) is the first address that was assigned to the interface with device number 0.
"""

import json
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network

from lab.fabric.addressing import ipv4_networks, ipv4_of, ipv6_networks, ipv6_of, link_local, prefixes_of
from lab.fabric.dhcp import host_name
from lab.fabric.model import MetadataAccess
from lab.region import Instance, Interface, Region, Subnet, Vpc

ACCOUNT_ID = "123456789012"
"""The owner of everything in the lab."""


def access(
    region: Region,
    vpc: Vpc,
    namespace: str,
    instance: Instance,
    interfaces: Sequence[Interface],
    architecture: str,
) -> MetadataAccess:
    """Who reads this instance's metadata, how, and what; `interfaces` are its own in the VPC."""
    ordered = sorted(interfaces, key=lambda interface: interface.device_index or 0)
    return MetadataAccess(
        instance_id=instance.id,
        namespace=namespace,
        sources=(
            *ipv4_networks(ordered),
            *ipv6_networks(ordered),
            # A host without IPv4 asks before it has any address but this one.
            *(link_local(interface.mac) for interface in ordered),
        ),
        enabled=instance.http_endpoint_enabled,
        over_ipv6=instance.http_protocol_ipv6,
        token_required=instance.http_tokens == "required",
        hop_limit=instance.hop_limit,
        tree=tree(region, vpc, instance, ordered, architecture),
    )


def tree(
    region: Region, vpc: Vpc, instance: Instance, interfaces: Sequence[Interface], architecture: str
) -> Mapping[str, str]:
    """Path without version to text. A path that ends in `/` gives the listing of that folder, where it is not
    simply the names in it.
    """
    first = interfaces[0]
    entries: dict[str, str | None] = {
        "ami-id": instance.image_id,
        "ami-launch-index": "0",
        "hostname": _full_name(region, first),
        "instance-action": "none",
        "instance-id": instance.id,
        "instance-life-cycle": "on-demand",
        "instance-type": instance.instance_type,
        "ipv6": _long(ipv6_of(first)[0]) if first.ipv6_addresses else None,
        "local-hostname": _full_name(region, first),
        "local-ipv4": ipv4_of(first)[0] if first.ipv4_addresses else None,
        "mac": first.mac,
        "placement/availability-zone": instance.availability_zone,
        "placement/region": region.name,
        "public-ipv4": first.public_ipv4,
        "reservation-id": instance.id.replace("i-", "r-"),
        "security-groups": _group_names(region, first),
        "services/domain": "amazonaws.com",
        "services/partition": "aws",
        **_public_key(instance),
    }
    for interface in interfaces:
        folder = f"network/interfaces/macs/{interface.mac}"
        entries |= {f"{folder}/{name}": value for name, value in _interface(region, vpc, interface).items()}
    return {
        **{f"meta-data/{path}": text for path, text in entries.items() if text},
        "dynamic/instance-identity/document": _identity(region, instance, first, architecture),
        **({"user-data": instance.user_data} if instance.user_data else {}),
    }


def _interface(region: Region, vpc: Vpc, interface: Interface) -> dict[str, str | None]:
    subnet = next((one for one in region.subnets if one.id == interface.subnet_id), None)
    ipv4, ipv6 = ipv4_of(interface), sorted(map(IPv6Address, ipv6_of(interface)))
    public = interface.public_ipv4
    return {
        "device-number": str(interface.device_index or 0),
        "interface-id": interface.id,
        "ipv6-prefix": _lines(prefixes_of(interface)),
        "ipv6s": _lines([_long(str(address)) for address in ipv6]),
        "local-hostname": _full_name(region, interface),
        "local-ipv4s": _lines(ipv4),
        "mac": interface.mac,
        "owner-id": ACCOUNT_ID,
        "public-ipv4s": public,
        **({f"ipv4-associations/{public}": ipv4[0]} if public and ipv4 else {}),
        "security-group-ids": _lines(interface.security_group_ids),
        "security-groups": _group_names(region, interface),
        "subnet-id": interface.subnet_id,
        **_networks(vpc, subnet),
        "vpc-id": interface.vpc_id,
    }


def _networks(vpc: Vpc, subnet: Subnet | None) -> dict[str, str | None]:
    subnet_ipv4 = subnet.ipv4_cidr if subnet else None
    subnet_ipv6 = subnet.ipv6_cidr if subnet else None
    vpc_ipv4 = str(IPv4Network(vpc.ipv4_cidr))
    return {
        "subnet-ipv4-cidr-block": subnet_ipv4,
        "subnet-ipv6-cidr-blocks": str(IPv6Network(subnet_ipv6)) if subnet_ipv6 else None,
        "vpc-ipv4-cidr-block": vpc_ipv4,
        "vpc-ipv4-cidr-blocks": vpc_ipv4,
        "vpc-ipv6-cidr-blocks": _lines([str(IPv6Network(cidr)) for cidr in vpc.ipv6_cidrs]),
    }


def _public_key(instance: Instance) -> dict[str, str | None]:
    if not instance.public_key:
        return {}
    return {
        "public-keys/": f"0={instance.key_name or 'key'}",
        "public-keys/0/openssh-key": instance.public_key.strip() + "\n",
    }


def _identity(region: Region, instance: Instance, first: Interface, architecture: str) -> str:
    document = {
        "accountId": ACCOUNT_ID,
        "architecture": architecture,
        "availabilityZone": instance.availability_zone,
        "imageId": instance.image_id,
        "instanceId": instance.id,
        "instanceType": instance.instance_type,
        "privateIp": ipv4_of(first)[0] if first.ipv4_addresses else None,
        "region": region.name,
        "version": "2017-09-30",
    }
    return json.dumps(document, indent=2)


def _full_name(region: Region, interface: Interface) -> str:
    return f"{host_name(interface)}.{region.name}.compute.internal"


def _group_names(region: Region, interface: Interface) -> str:
    names = {group.id: group.name for group in region.security_groups}
    return _lines([names[group] for group in interface.security_group_ids if group in names])


def _lines(values: Sequence[str]) -> str:
    return "\n".join(values)


def _long(address: str) -> str:
    """Eight groups, none shortened away, without leading zeros."""
    return ":".join(f"{int(group, 16):x}" for group in IPv6Address(address).exploded.split(":"))
