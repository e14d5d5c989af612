"""What the preflight of a host that was there before has to know, as `scripts/preflight.py` reads it.

The host judges by itself, so that a refusal is a step that failed: it is not recorded, and is made again by
the next update, when the user has done something about it.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from ..container_networks.neighbours import steps_of
from ..container_networks.plan import HostPlan, NetworkWishes
from ..container_networks.registry import WAYS, plan_host

ENGINES: Final = (20, 23, 24, 27, 28, 29)
"""Major versions of Docker with which something changed: an engine is like the newest that is not newer."""
FINDINGS: Final = (
    *("address", "default-route", "ping", "route-back", "engine", "dockerd-flags", "daemon-json"),
    *("live-restore", "networks", "firewall", "netplan"),
)
"""The names of what may be refused."""
NEEDS_UPSTREAM_ROUTE: Final = ("default-bridge", "routed")
"""Ways on which nobody reaches the containers without a route that the router upstream has to this host."""
UPSTREAM_ROUTES: Final = (*NEEDS_UPSTREAM_ROUTE, "static-routes")
"""Ways on which the internet reaches them by such a route; hosts with static routes reach each other
without.
"""


def preflight_text(
    prefix: str,
    *,
    wishes: NetworkWishes,
    interface: str | None,
    internet_targets: Sequence[str],
    accept: Sequence[str],
) -> str:
    """The wishes as one line of JSON.

    `prefix`: what the containers have their addresses from. `interface`: None for that of the default route.
    `internet_targets`: the first that is an address is pinged. `accept`: findings that shall not stop it.
    """
    plan = plan_host(wishes, prefix)
    routed = wishes.way in NEEDS_UPSTREAM_ROUTE
    text: dict[str, Any] = {
        "interface": interface,
        "way": wishes.way,
        "prefix": str(plan.prefix),
        "source": str(_source(plan)) if routed else None,
        "target": next((target for target in internet_targets if "/" not in target), None),
        "netplan": "routes" in steps_of(wishes.way),
        "engines": {str(engine): _on_engine(plan, engine) for engine in ENGINES},
        "accept": sorted(accept),
    }
    return json.dumps(text, sort_keys=True)


def _source(plan: HostPlan) -> object:
    """An address that a container will have, or the networks' own gateway where none is declared."""
    return plan.containers[0].address if plan.containers else plan.networks[0].gateway


def _on_engine(plan: HostPlan, engine: int) -> dict[str, Any]:
    way = WAYS[plan.way]
    return {
        "settings": way.daemon_settings(plan, engine),
        "refused": dict(way.refused_settings(engine)),
        "refusals": way.refusals(plan, engine),
    }
