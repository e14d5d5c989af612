"""The plan of a Compose project on a host: the subnet of each network, and each service's addresses."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv6Network

from ..container_networks.plan import PROJECT_DEVICE_PREFIX, HostPlan, PlannedContainer, PlannedNetwork
from ..containers import Open, Port
from ..ipaddress_tools import automatic_range, bridge_address, container_address, network_subnet
from .app import App
from .project import ComposeNetwork, ComposeProject, ComposeService


def places_in_order(project: ComposeProject, given: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The place of each service with one container: the one given, else its number in the file, from 1."""
    return tuple(
        (service.name, given.get(service.name, index))
        for index, service in enumerate(project.services, start=1)
        if service.replicas == 1
    )


def plan_app(app: App, prefix: IPv6Network, way: str, open_: Open = "declared") -> HostPlan:
    """The networks, and the services with the ports that are open on their own addresses.

    `prefix`: the host's. Raises AddressPlanError for a number or a place that the prefix does not hold.
    """
    numbers = dict(app.numbers)
    networks = {
        network.name: _network(network, numbers[network.name], prefix) for network in app.project.networks
    }
    containers = tuple(_containers(app, networks))
    return HostPlan(way, prefix, open_, tuple(networks.values()), containers, is_project=True)


def _network(network: ComposeNetwork, number: int, prefix: IPv6Network) -> PlannedNetwork:
    subnet = network_subnet(prefix, number)
    return PlannedNetwork(
        name=network.name,
        device=f"{PROJECT_DEVICE_PREFIX}{number}",
        subnet=subnet,
        gateway=bridge_address(subnet),
        automatic=automatic_range(subnet),
    )


def _containers(app: App, networks: dict[str, PlannedNetwork]) -> Iterator[PlannedContainer]:
    places = dict(app.places)
    # As Docker sorts them for its default route: internal ones last, then by the names that they have there.
    order = sorted(
        app.project.networks,
        key=lambda network: (
            network.is_internal,
            str(network.definition.get("name") or f"{app.name}_{network.name}"),
        ),
    )
    for service in app.project.services:
        names = [network.name for network in order if network.name in service.networks]
        if names and service.name in places:
            place = places[service.name]
            yield PlannedContainer(
                name=service.name,
                image="",
                place=place,
                ports=open_ports(service),
                addresses=tuple((name, container_address(networks[name].subnet, place)) for name in names),
            )


def open_ports(service: ComposeService) -> tuple[Port, ...]:
    """The ports that are open on the service's own IPv6 addresses, sorted."""
    ports = {port.target for port in service.ports if port.is_open_over_ipv6}
    return tuple(sorted(ports, key=lambda port: (port.protocol, port.number)))
