"""Prints the first warning of `cloud-init status --format json`, from standard input, that tells of trouble.

Nothing is printed where all are known to be harmless. One that is comes from EC2's metadata, which has no
`subnet-ipv6-cidr-block`: cloud-init gives each further address of a network interface the prefix length 128
(cloudinit/sources/DataSourceEc2.py), and the network step takes these addresses away. The other comes from a
subnet without IPv4, where cloud-init asks for a DHCPv4 lease before it tries IPv6.
"""

import json
import sys
from typing import Any

HARMLESS = ("Could not parse subnet-ipv6-cidr-block ", "No valid DHCP lease configuration found ")


def first_trouble(status: dict[str, Any]) -> str:
    """The first such warning, on one line; empty without one."""
    warnings: list[str] = [text for texts in status["recoverable_errors"].values() for text in texts]
    unknown = [" ".join(text.split()) for text in warnings if not text.startswith(HARMLESS)]
    return unknown[0] if unknown else ""


if __name__ == "__main__":
    print(first_trouble(json.load(sys.stdin)))
