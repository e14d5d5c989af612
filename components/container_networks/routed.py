"""User-defined networks whose containers are reached on their own addresses, without translation.

From Engine 27 on that is dockerd's gateway mode `routed`: published ports are open on the container's own
address, and nothing else (Docker Engine 27 and 28 release notes; before 28 ping is closed, too). Older
engines neither translate nor filter IPv6: there a filter of our own lets in the same.
"""

from ipaddress import IPv6Network
from typing import Any, Final

from ..containers import Port
from .engines import FIRST_WITH_GATEWAY_MODES, FIRST_WITH_OPEN_PING, refused_without_ipv4
from .filtering import declared_ports, declared_ports_only, isolation
from .plan import HostPlan, NetworkWishes, PlannedNetwork, plan_user_networks

ADDRESSES: Final = ("prefix", "block", "given")
TRANSLATED: Final = False
HAS_USER_NETWORKS: Final = True


def plan(wishes: NetworkWishes, prefix: IPv6Network) -> HostPlan:
    """Each network with a subnet of its own."""
    return plan_user_networks(wishes, prefix)


def refusals(plan: HostPlan, engine: int) -> list[str]:
    """Networks without IPv4 where the engine has none."""
    return refused_without_ipv4(plan, engine)


def daemon_settings(plan: HostPlan, engine: int) -> dict[str, Any]:
    """Docker's own filter where it has one; docker0 stays as Docker makes it."""
    return {"ip6tables": True} if engine >= FIRST_WITH_GATEWAY_MODES else {}


def refused_settings(engine: int) -> dict[str, str]:
    """What would translate."""
    if engine < FIRST_WITH_GATEWAY_MODES:
        return {"ip6tables": "containers would be seen with the host's address"}
    return {}


def network_options(network: PlannedNetwork, engine: int) -> dict[str, str]:
    """The device's name, which our filter uses, and the gateway mode where the engine has one."""
    options = {"com.docker.network.bridge.name": network.device}
    if engine >= FIRST_WITH_GATEWAY_MODES:
        options["com.docker.network.bridge.gateway_mode_ipv6"] = "routed"
    return options


def publish(port: Port, engine: int) -> str | None:
    """Opens the port on the container's own address, over IPv6 only, where dockerd filters."""
    return f"[::]::{port}" if engine >= FIRST_WITH_GATEWAY_MODES else None


def filter_rules(plan: HostPlan, engine: int) -> tuple[str, ...]:
    """Isolation of the networks; before Engine 27 the declared ports, too.

    From 27 on also: nothing of the host's prefix is reached through docker0. While a host changes from
    `default-bridge` to this way its containers are there for some seconds, and nobody else filters then.
    """
    if plan.open == "all":
        return isolation(plan)
    if engine >= FIRST_WITH_GATEWAY_MODES:
        return (f"oifname docker0 ip6 daddr {plan.prefix} ct state new drop", *isolation(plan))
    return (*isolation(plan), *declared_ports_only(plan))


def docker_filter_rules(plan: HostPlan, engine: int) -> tuple[str, ...]:
    """Everything with `open: all`, for which Docker has no setting (moby issue 48596).

    Else the declared ports of containers on several networks: before Engine 29 dockerd opens a published port
    on the network of the default route alone (release notes of 29.0; measured on 28.5). Before Engine 28 also
    ping, and the declared ports of all, which the host's other networks do not reach there.
    """
    if engine < FIRST_WITH_GATEWAY_MODES:
        return ()
    if plan.open == "all":
        return tuple(f"-d {network.subnet} -j ACCEPT" for network in plan.networks)
    if engine < FIRST_WITH_OPEN_PING:
        pings = tuple(f"-d {network.subnet} -p ipv6-icmp -j ACCEPT" for network in plan.networks)
        return (*pings, *declared_ports(plan.containers))
    return declared_ports(each for each in plan.containers if len(each.addresses) > 1)
