"""What single config values must look like. Each check returns the canonical spelling or raises ValueError
with the value given, what is allowed, and, where it can be told, what was perhaps meant.
"""

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

from ..containers import Port
from ..wording import shown
from .reader import Check

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All global IPv6 addresses there are (RFC 4291, 2.4)."""

LEAST_REVERT_AFTER: Final = 5
"""Seconds: less than a change of the network and a new SSH session take together."""
MOST_REVERT_AFTER: Final = 600
"""Seconds: what VyOS and Junos wait by default."""
ENOUGH_REVERT_AFTER: Final = 30
"""Seconds: what snapd waits on a host of whatever speed."""


def few_seconds(revert_after: int) -> tuple[str, ...]:
    """A warning about a time in which a slow host does not get done, if it is one."""
    if revert_after >= ENOUGH_REVERT_AFTER:
        return ()
    return (
        f"revertAfter: {revert_after} s is short: a slow host, or a slow way to it, reverts a good change; "
        f"take {ENOUGH_REVERT_AFTER} or more outside of a lab",
    )


def pattern(expression: str, allowed: str) -> Check:
    """A check for texts of one form; `allowed` says which, in words."""

    def check(value: str) -> str:
        if not re.fullmatch(expression, value):
            raise ValueError(f"{shown(value)} is not {allowed}")
        return value

    return check


host_name = pattern(
    r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?",
    "a host name: 1 to 40 lower case letters, digits and dashes, a letter first and no dash last",
)
subnet_name = pattern(
    r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?",
    "a subnet name: 1 to 40 lower case letters, digits and dashes, a letter first and no dash last",
)
container_name = pattern(
    r"(?!dualstack-)[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}",
    "a container name: 1 to 63 of a-z A-Z 0-9 _ . -, a letter or digit first, and not dualstack-...",
)
network_name = pattern(
    r"(?!bridge$|host$|none$|docker0$)[a-z]([a-z0-9-]{0,10}[a-z0-9])?",
    "a network name: 1 to 12 lower case letters, digits and dashes, a letter first and no dash last, and not "
    "one of Docker's own (bridge, host, none)",
)
app_name = pattern(
    r"[a-z0-9][a-z0-9_-]{0,30}",
    "a compose project's name: 1 to 31 of a-z 0-9 _ -, a letter or digit first",
)
image = pattern(
    r"[a-z0-9][a-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?",
    "an image such as docker.io/library/nginx:stable",
)
user = pattern(r"[a-z_][a-z0-9_-]{0,31}", "a user name: 1 to 32 of a-z 0-9 _ -")
dns_or_address = pattern(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})|[0-9a-fA-F:]+", "a host name or an address")
instance_type = pattern(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an instance type such as t3.medium")
ami = pattern(r"ami-([0-9a-f]{8}|[0-9a-f]{17})", "an image id: ami- and 17 hex digits")
security_group = pattern(r"sg-([0-9a-f]{8}|[0-9a-f]{17})", "a security group id: sg- and 17 hex digits")
zone = pattern(
    r"[a-z]{2}(-[a-z]+)+-\d[a-z](-[a-z0-9-]+)?|[a-z]{2}(-[a-z]+)+-\d-[a-z0-9-]+[a-z]",
    "an availability zone such as eu-central-1a",
)
ubuntu_release = pattern(r"2[2468]\.04", "an ubuntu lts release from 22.04 on, such as 24.04")
key_name = pattern(r"[\x20-\x7e]{1,255}", "the name of an ec2 key pair: 1 to 255 ascii characters")


def any_cidr(value: str) -> str:
    """A network of either family."""
    return str(_network(value))


def ipv4_vpc_cidr(value: str) -> str:
    """A VPC's IPv4 range: /16 (EC2's largest) to /20, so that it has a few /24s for subnets."""
    network = _network(value)
    if not isinstance(network, IPv4Network):
        raise ValueError(f"{value} is an IPv6 network; give an IPv4 one, aws chooses the IPv6 range itself")
    if not 16 <= network.prefixlen <= 20:
        raise ValueError(f"{network} is not a /16 to /20")
    return str(network)


def ipv4_cidr(value: str) -> str:
    """An IPv4 network."""
    network = _network(value)
    if not isinstance(network, IPv4Network):
        raise ValueError(f"{value} is not an IPv4 network such as 172.30.1.0/24")
    return str(network)


def ipv6_cidr(value: str) -> str:
    """An IPv6 network."""
    network = _network(value)
    if not isinstance(network, IPv6Network):
        raise ValueError(f"{value} is not an IPv6 network such as 2001:db8::/96")
    return str(network)


interface = pattern(r"[a-zA-Z][a-zA-Z0-9_.@-]{0,14}", "a network interface's name such as eth0")


def ipv4_address(value: str) -> str:
    """An IPv4 address."""
    try:
        return str(IPv4Address(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is not an IPv4 address") from None


def is_whole_internet(cidrs: tuple[str, ...]) -> bool:
    """Whether these networks together are everything there is in one of the families."""
    networks = [ip_network(cidr) for cidr in cidrs]
    ipv4 = collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    ipv6 = collapse_addresses(each for each in networks if isinstance(each, IPv6Network))
    return any(each.prefixlen == 0 for each in ipv4) or any(GLOBAL_UNICAST.subnet_of(each) for each in ipv6)


def gateway(value: str) -> str:
    """An IPv6 router's address: link-local, or a global one."""
    address = ipv6_address(value)
    for name in ("multicast", "loopback", "unspecified"):
        if getattr(address, f"is_{name}"):
            raise ValueError(f"{value} is {name}; a gateway is a link-local address such as fe80:ec2::1")
    return str(address)


def ipv6_address(value: str) -> IPv6Address:
    """An IPv6 address without a zone."""
    try:
        address = ip_address(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not an IPv6 address") from None
    if not isinstance(address, IPv6Address) or address.scope_id:
        raise ValueError(f"{value} is not an IPv6 address without a zone")
    return address


def internet_target(value: str) -> str:
    """An IPv6 address to ping, or a page to fetch."""
    try:
        parts = urlsplit(value)
        if parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s'\"\\`$]", value):
            return value
        return str(ipv6_address(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is neither an IPv6 address nor an http url") from None


def port(value: object) -> Port:
    """A port as `80/tcp`, `53/udp`, or a bare number, which is TCP; `8080:80/tcp` begins with the host's."""
    text = "" if isinstance(value, bool) else str(value)
    match = re.fullmatch(r"(?:(\d{1,5}):)?(\d{1,5})(?:/(tcp|udp))?", text)
    numbers = [int(digits) for digits in match.groups()[:2] if digits] if match else []
    if not match or not all(1 <= number <= 65535 for number in numbers):
        raise ValueError(f"{shown(value)} is not a port: 1 to 65535, then /tcp or /udp, such as 80/tcp")
    published = int(match.group(1)) if match.group(1) else None
    return Port(int(match.group(2)), "udp" if match.group(3) == "udp" else "tcp", published)


def app_variable(value: str) -> str:
    """A value for a Compose file. The message never holds any of it."""
    if "'" in value or "\n" in value:
        raise ValueError("a value cannot have a single quote or a line's end")
    return value


def repair(value: str) -> str:
    """A text that says which repair is meant. It stands in a command line as a comment."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._:+@-]{0,39}", value):
        raise ValueError(
            f"{shown(value)} is not a short text such as 2026-11-21: at most 40 letters, digits, spaces and "
            "`._:+@-`, a letter or digit first"
        )
    return value


def _network(value: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value)
    except ValueError:
        pass
    try:
        meant = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a network such as 203.0.113.0/24 or 2001:db8::/64") from None
    raise ValueError(f"{value} has host bits set; did you mean {meant}")
