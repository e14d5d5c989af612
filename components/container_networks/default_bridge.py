"""docker0 with the host's block: the original recipe.

From Engine 27 on dockerd translates and filters IPv6 unless told not to; `"ip6tables": false` gives back what
the recipe needs, a container that is seen with its own address, and leaves every port open (Docker Engine 27
release notes). Before 27 that key needs `experimental`, and nothing is to be turned off.
"""

from ipaddress import IPv6Network
from typing import Any, Final

FIRST_WITH_IP6TABLES: Final = 27


def daemon_settings(engine: int, block: IPv6Network) -> dict[str, Any]:
    """The keys of daemon.json for an engine of this major version."""
    settings: dict[str, Any] = {"ipv6": True, "fixed-cidr-v6": str(block)}
    if engine >= FIRST_WITH_IP6TABLES:
        settings["ip6tables"] = False
    return settings


def refused_settings(engine: int) -> dict[str, str]:
    """Keys that must not be set to anything true, each with the reason."""
    refused = {
        "bridge": "there would be no docker0",
        "bip6": "docker0's address is the block's second",
    }
    if engine < FIRST_WITH_IP6TABLES:
        refused["ip6tables"] = "containers would be seen with the host's address"
    return refused
