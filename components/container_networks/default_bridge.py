"""docker0 with the host's block: the original recipe.

From Engine 27 on dockerd translates and filters IPv6 unless told not to; `"ip6tables": false` gives back what
the recipe needs, a container that is seen with its own address, and leaves every port open (Docker Engine 27
release notes), so a filter of our own lets in ICMPv6 and the declared ports only. Before 27 that key needs
`experimental`, and nothing is to be turned off.
"""

from ipaddress import IPv6Network
from typing import Any, Final

from ..containers import Port
from .engines import FIRST_WITH_IP6TABLES
from .filtering import declared_ports_only
from .plan import HostPlan, NetworkWishes, PlannedNetwork, plan_on_default_bridge

ADDRESSES: Final = ("block", "prefix", "given")
TRANSLATED: Final = False
HAS_USER_NETWORKS: Final = False


def plan(wishes: NetworkWishes, prefix: IPv6Network) -> HostPlan:
    """Everything on docker0."""
    return plan_on_default_bridge(wishes, prefix)


def refusals(plan: HostPlan, engine: int) -> list[str]:
    """Nothing: every engine since 20.10 can do it."""
    return []


def daemon_settings(plan: HostPlan, engine: int) -> dict[str, Any]:
    """IPv6 on docker0, with the host's block, and no translation."""
    settings: dict[str, Any] = {"ipv6": True, "fixed-cidr-v6": str(plan.networks[0].subnet)}
    if engine >= FIRST_WITH_IP6TABLES:
        settings["ip6tables"] = False
    return settings


def refused_settings(engine: int) -> dict[str, str]:
    """What would take docker0, its address or the containers' addresses away."""
    refused = {
        "bridge": "there would be no docker0",
        "bip6": "docker0's address is the block's second",
    }
    if engine < FIRST_WITH_IP6TABLES:
        refused["ip6tables"] = "containers would be seen with the host's address"
    return refused


def network_options(network: PlannedNetwork, engine: int) -> dict[str, str]:
    """None: dockerd makes docker0 itself."""
    return {}


def publish(port: Port, engine: int) -> None:
    """Nothing is published on the host's addresses: a declared port is open on the container's own."""


def filter_rules(plan: HostPlan, engine: int) -> tuple[str, ...]:
    """The declared ports, on every engine; none with `open: all`."""
    return () if plan.open == "all" else declared_ports_only(plan)


def docker_filter_rules(plan: HostPlan, engine: int) -> tuple[str, ...]:
    """None: dockerd does not filter IPv6 here."""
    return ()
