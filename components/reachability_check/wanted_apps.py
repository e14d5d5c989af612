"""The Compose projects of a host as the check meets them: under the names that Docker gives them. Pure."""

from dataclasses import dataclass, replace
from ipaddress import IPv6Network

from ..compose.app import App
from ..compose.plan import plan_app
from ..compose.project import ComposeService
from ..container_networks.plan import PlannedContainer, PlannedNetwork
from ..containers import Open, Port


@dataclass(frozen=True)
class WantedApp:
    """A project: its networks, such as `shop_front`, and its services with one container, such as
    `shop-web-1`. `internal`: the networks that nobody outside of them reaches.
    """

    networks: tuple[PlannedNetwork, ...]
    services: tuple[PlannedContainer, ...]
    internal: frozenset[str]


def wanted_app(app: App, prefix: IPv6Network, way: str, open_: Open, *, translated: bool) -> WantedApp:
    """What is planned for it. `translated`: its ports are then those of the host that lead to it."""
    plan = plan_app(app, prefix, way, open_)
    services = {service.name: service for service in app.project.services}
    called = {network.name: f"{app.name}_{network.name}" for network in plan.networks}
    return WantedApp(
        networks=tuple(replace(network, name=called[network.name]) for network in plan.networks),
        services=tuple(
            replace(
                one,
                name=f"{app.name}-{one.name}-1",
                ports=_published(services[one.name]) if translated else one.ports,
                addresses=tuple((called[name], address) for name, address in one.addresses),
            )
            for one in plan.containers
        ),
        internal=frozenset(called[network.name] for network in app.project.networks if network.is_internal),
    )


def _published(service: ComposeService) -> tuple[Port, ...]:
    """The ports of the host's own IPv6 address that lead to a service."""
    return tuple(
        replace(port.target, published=port.published)
        for port in service.ports
        if port.is_for_others and port.is_open_over_ipv6 and port.published is not None
    )
