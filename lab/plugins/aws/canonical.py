"""Spellings that mean the same: two inputs with one canonical value are no change."""

from __future__ import annotations

import ipaddress
from typing import Any


def address(value: Any) -> Any:
    """An IP address in its shortest lower-case spelling; anything else as it is."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return value


def network(value: Any) -> Any:
    """A CIDR in its shortest lower-case spelling; anything else as it is."""
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        return value


def public_key(value: Any) -> Any:
    """An OpenSSH public key line without surrounding space."""
    return value.strip() if isinstance(value, str) else value


def protocol(value: Any) -> Any:
    """A security group's protocol by name, where it has one (`DescribeSecurityGroupRules` answers names)."""
    names = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
    return names.get(str(value).lower(), str(value).lower())
