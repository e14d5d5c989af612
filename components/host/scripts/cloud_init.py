"""Prints the first error or warning in `cloud-init status --format json` that tells of trouble.

    cloud_init.py errors
    cloud_init.py recoverable_errors

The status is on standard input. Nothing is printed where all warnings are known to be harmless. One that is
comes from EC2's metadata, which has no `subnet-ipv6-cidr-block`: cloud-init gives each further address of a
network interface the prefix length 128 (cloudinit/sources/DataSourceEc2.py), and the network step takes these
addresses away. The other comes from a subnet without IPv4, where cloud-init asks for a DHCPv4 lease before it
tries IPv6.
"""

import json
import sys
from typing import Any

HARMLESS = ("Could not parse subnet-ipv6-cidr-block ", "No valid DHCP lease configuration found ")


def first_trouble(status: dict[str, Any], kind: str) -> str:
    """The first of these errors or warnings, on one line; empty without one."""
    entries = status[kind]
    texts: list[str] = entries if kind == "errors" else [text for level in entries.values() for text in level]
    trouble = [" ".join(text.split()) for text in texts if not text.startswith(HARMLESS)]
    return trouble[0] if trouble else ""


if __name__ == "__main__":
    print(first_trouble(json.load(sys.stdin), sys.argv[1]))
