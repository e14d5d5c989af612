"""The name server of a VPC: a zone as plain data, and the dnsmasq configuration that serves it. Pure.

It answers at the addresses that DHCP gives to hosts, for both families, and knows the names of its zone only:
no other name exists in the lab. Names end in `.example`, which nobody owns (RFC 2606).
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import Final

from lab import names
from lab.fabric.dhcp import RESOLVER_IPV4, RESOLVER_IPV6

Address = IPv4Address | IPv6Address
Zone = Mapping[str, Sequence[Address]]
"""From a name to its addresses: an A record for each IPv4 one, an AAAA record for each IPv6 one."""


def ipv4_only(name: str) -> str:
    """The name beside this one that has an A record only: `registry-ipv4.example` for `registry.example`."""
    first, dot, rest = name.partition(".")
    return f"{first}{names.IPV4_ONLY_SUFFIX}{dot}{rest}"


def _twice(name: str, ipv6: IPv6Address, ipv4: IPv4Address) -> dict[str, tuple[Address, ...]]:
    return {name: (ipv6, ipv4), ipv4_only(name): (ipv4,)}


ZONE: Final[Zone] = MappingProxyType(
    {
        **_twice(names.INTERNET_NAME, names.INTERNET_IPV6, names.INTERNET_IPV4),
        **_twice(names.PACKAGES_NAME, names.PACKAGES_IPV6, names.PACKAGES_IPV4),
        names.REGIONAL_PACKAGES_NAME: (names.PACKAGES_IPV4,),
        **_twice(names.REGISTRY_NAME, names.REGISTRY_IPV6, names.REGISTRY_IPV4),
    }
)
"""Every name there is in the lab, the same for each VPC."""


def resolver_config(
    zone: Zone, addresses: Sequence[str] = (RESOLVER_IPV4, RESOLVER_IPV6), port: int = 53
) -> str:
    """The configuration file's text of a dnsmasq that serves this zone at these addresses.

    A name with addresses of one family only has no data of the other; a name outside of the zone does not
    exist (`local=/#/`: nothing is ever asked of another server).
    """
    lines = [
        f"port={port}",
        *(f"listen-address={address}" for address in addresses),
        "bind-interfaces",
        "user=root",
        "no-hosts",
        "no-resolv",
        "local=/#/",
        *(f"host-record={name},{','.join(map(str, held))}" for name, held in zone.items()),
    ]
    return "".join(f"{line}\n" for line in lines)
