"""What the check is asked to prove, from the JSON text on its standard input."""

import json
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

from ..compose.outline import from_outline
from ..container_networks.plan import HostPlan, NetworkWishes, PlannedNetwork
from ..container_networks.registry import WAYS, plan_host
from ..declared import as_container, as_network
from ..ssh_sessions import Login
from .wanted_apps import WantedApp, wanted_app


@dataclass(frozen=True)
class WantedHost:
    """A host, and what it was planned to be. `translated`: its containers are seen with its own address;
    `egress_only`: nobody on the internet reaches it. `upstream_route`: what the router before it needs for
    its containers, as `PREFIX via ADDRESS`; empty where a VPC delivers by itself.
    """

    name: str
    address: IPv6Address
    gateway: str
    plan: HostPlan
    translated: bool
    login: Login
    egress_only: bool = False
    upstream_route: str = ""
    apps: tuple[WantedApp, ...] = ()

    @property
    def networks(self) -> tuple[PlannedNetwork, ...]:
        """Its own, and those of its Compose projects."""
        return self.plan.networks + tuple(network for app in self.apps for network in app.networks)

    @property
    def internal(self) -> frozenset[str]:
        """The names of the networks that nobody outside of them reaches."""
        return frozenset(name for app in self.apps for name in app.internal)

    @property
    def open_to_all(self) -> bool:
        """Whether it filters nothing."""
        return self.plan.open == "all"


@dataclass(frozen=True)
class Wanted:
    """All of it. `bastion`: the machine that SSH goes through, if any."""

    hosts: tuple[WantedHost, ...]
    bastion: Login | None
    internet_targets: tuple[str, ...]


def parse(text: str) -> Wanted:
    """Reads the JSON that `ReachabilityCheck` writes. Raises ValueError or KeyError when it is not that."""
    given = json.loads(text)
    ssh = given["ssh"]
    return Wanted(
        hosts=tuple(_host(host, ssh) for host in given["hosts"]),
        bastion=_bastion(ssh.get("proxy"), ssh),
        internet_targets=tuple(given["internet_targets"]),
    )


def _host(given: dict[str, Any], ssh: dict[str, Any]) -> WantedHost:
    wishes = NetworkWishes(
        way=given["network"],
        networks=tuple(as_network(one) for one in given["networks"]),
        containers=tuple(as_container(one) for one in given["containers"]),
        open="all" if given["open"] == "all" else "declared",
    )
    plan = plan_host(wishes, given["prefix"])
    translated = WAYS[plan.way].TRANSLATED
    login = {**ssh, **given.get("login", {})}
    return WantedHost(
        name=given["name"],
        address=IPv6Address(given["address"]),
        gateway=given["gateway"],
        plan=plan,
        translated=translated,
        login=Login(given["ssh_address"], int(login["port"]), login["user"], given["host_key"]),
        egress_only=bool(given.get("egress_only")),
        upstream_route=given.get("upstream_route", ""),
        apps=tuple(
            wanted_app(from_outline(one), plan.prefix, plan.way, plan.open, translated=translated)
            for one in given.get("apps", [])
        ),
    )


def _bastion(given: dict[str, Any] | None, ssh: dict[str, Any]) -> Login | None:
    if not given:
        return None
    return Login(
        given["host"], int(given.get("port", 22)), given.get("user", ssh["user"]), given.get("host_key")
    )
