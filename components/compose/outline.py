"""A Compose project without its file: its addresses, and the ports on which an answer is due, as plain data.

Of a range, such as that of passive FTP, servers take ports when they need them: nothing need listen there.
"""

from typing import Any

from ..containers import Port
from .app import App
from .ports import PublishedPort
from .project import ComposeNetwork, ComposeProject, ComposeService


def outline(app: App) -> dict[str, Any]:
    """For JSON; without what services are started with, where secrets are."""
    numbers, places = dict(app.numbers), dict(app.places)
    return {
        "name": app.name,
        "networks": [_network(network, numbers[network.name]) for network in app.project.networks],
        "services": [
            _service(service, places[service.name])
            for service in app.project.services
            if service.name in places
        ],
    }


def from_outline(given: dict[str, Any]) -> App:
    """The app again, without its file's text and without services that have several containers."""
    services, networks = given["services"], given["networks"]
    return App(
        name=given["name"],
        project=ComposeProject(
            text="",
            services=tuple(
                ComposeService(
                    name=one["name"],
                    networks=tuple(one["networks"]),
                    ports=tuple(_port(port) for port in one["ports"]),
                )
                for one in services
            ),
            networks=tuple(ComposeNetwork(one["name"], one["definition"]) for one in networks),
        ),
        numbers=tuple((one["name"], int(one["number"])) for one in networks),
        places=tuple((one["name"], int(one["place"])) for one in services),
    )


def _network(network: ComposeNetwork, number: int) -> dict[str, Any]:
    kept = {key: network.definition[key] for key in ("internal", "name") if key in network.definition}
    return {"name": network.name, "number": number, "definition": kept}


def _service(service: ComposeService, place: int) -> dict[str, Any]:
    ports = [
        {
            "number": port.target.number,
            "protocol": port.target.protocol,
            "host_address": port.host_address,
            "published": port.published,
        }
        for port in service.ports
        if not port.in_range
    ]
    return {"name": service.name, "networks": list(service.networks), "place": place, "ports": ports}


def _port(given: dict[str, Any]) -> PublishedPort:
    target = Port(int(given["number"]), given["protocol"])
    return PublishedPort(target, given["host_address"], given["published"])
