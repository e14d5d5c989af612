"""User-defined networks with private addresses, translated to the host's: out freely, in on published ports.

Engine 27 and later translate IPv6 by themselves; before that `ip6tables` does it, which is experimental there
(Docker Engine release notes, 20.10 and 27). A port is published on the host's addresses of both families.
What is sent straight to a container's private address is dropped by a filter of our own: engines before 28
let some of it through (release notes of 28.0).
"""

from ipaddress import IPv6Network
from typing import Any, Final

from ..containers import Port
from .engines import FIRST_WITH_GATEWAY_MODES, FIRST_WITH_IP6TABLES, refused_without_ipv4
from .filtering import translated_only
from .plan import HostPlan, NetworkWishes, PlannedNetwork, plan_user_networks

ADDRESSES: Final = ("private",)
TRANSLATED: Final = True
HAS_USER_NETWORKS: Final = True


def plan(wishes: NetworkWishes, prefix: IPv6Network) -> HostPlan:
    """Each network with a subnet of its own."""
    return plan_user_networks(wishes, prefix)


def refusals(plan: HostPlan, engine: int) -> list[str]:
    """Networks without IPv4 where the engine has none."""
    return refused_without_ipv4(plan, engine)


def daemon_settings(plan: HostPlan, engine: int) -> dict[str, Any]:
    """Translation of IPv6; docker0 stays as Docker makes it."""
    return (
        {"ip6tables": True} if engine >= FIRST_WITH_IP6TABLES else {"experimental": True, "ip6tables": True}
    )


def refused_settings(engine: int) -> dict[str, str]:
    """None but those that contradict our own."""
    return {}


def network_options(network: PlannedNetwork, engine: int) -> dict[str, str]:
    """The device's name, which our filter uses, and the gateway mode, whatever the host's default is."""
    options = {"com.docker.network.bridge.name": network.device}
    if engine >= FIRST_WITH_GATEWAY_MODES:
        options["com.docker.network.bridge.gateway_mode_ipv6"] = "nat"
    return options


def publish(port: Port, engine: int) -> str:
    """The host's port, on all of its addresses of both families."""
    return f"{port.on_host}:{port.number}/{port.protocol}"


def filter_rules(plan: HostPlan, engine: int) -> tuple[str, ...]:
    """Nothing reaches a private address but by translation, on every engine."""
    return translated_only(plan)


def docker_filter_rules(plan: HostPlan, engine: int) -> tuple[str, ...]:
    """None: published ports are open by Docker's own rules."""
    return ()
