"""The routes step: routes of our own on the interface that leads out, beside the host's own netplan files.

netplan appends the lists of routes of all its files (netplan-yaml(5)), so the host's own stay as they are.
"""

from collections.abc import Sequence
from typing import Any, Final

import yaml

from ..container_networks.neighbours import Route
from .facts import Facts, HostError
from .files import HostFile

ROUTES_FILE: Final = "/etc/netplan/70-dualstack-routes.yaml"
WISHES: Final = "/etc/dualstack/routes"
_HEADER: Final = "# Written by dualstack: routes to containers, beside what other files say.\n"


def routes_files(facts: Facts, routes: Sequence[Route]) -> tuple[HostFile, ...]:
    """The netplan file with the routes, and what the host checks once it is applied.

    Raises HostError where netplan is missing, or does not know the interface.
    """
    if facts.netplan is None or facts.nic.netplan_id is None:
        raise HostError(
            f"netplan does not configure {facts.nic.name} on this host, and routes that last must be in its "
            "files; use a host whose network is netplan's"
        )
    ethernets: dict[str, Any] = {facts.nic.netplan_id: {"routes": [_entry(route) for route in routes]}}
    content = yaml.safe_dump({"network": {"version": 2, "ethernets": ethernets}}, sort_keys=False)
    return (
        HostFile(ROUTES_FILE, _HEADER + content, mode=0o600),
        HostFile(WISHES, f"interface={facts.nic.name}\n" + "".join(_wish(route) for route in routes)),
    )


def _entry(route: Route) -> dict[str, str]:
    if route.via is None:
        return {"to": str(route.to), "type": "unreachable"}
    return {"to": str(route.to), "via": str(route.via)}


def _wish(route: Route) -> str:
    return f"route={route.to} {f'via {route.via}' if route.via else 'unreachable'}\n"
