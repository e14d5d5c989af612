"""The Compose projects of a host in the config."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

from ..compose.app import App
from ..compose.checks import Taken, app_errors, clashes, on_loopback_over_ipv6, without_restart
from ..compose.plan import places_in_order
from ..compose.ports import Protocol, PublishedPort
from ..compose.project import ComposeFileError, ComposeProject, parse_project
from ..container_networks.plan import DEFAULT_NETWORK
from ..container_networks.registry import WAYS
from ..containers import Container, ContainerNetwork, Port
from ..ipaddress_tools import NETWORK_PREFIX, container_capacity, highest_network
from ..wording import shown
from . import values
from .reader import Reader

APP_KEYS: Final = ("name", "file", "compose", "networks", "places", "variables")


def read_apps(
    host: Reader,
    network: str,
    networks: tuple[ContainerNetwork, ...],
    containers: tuple[Container, ...],
    prefix_length: int,
    ssh_port: int,
) -> tuple[App, ...]:
    """The projects of a host whose containers' prefix has this length. What is wrong is noted."""
    if not host.list("apps"):
        return ()
    if not WAYS[network].HAS_USER_NETWORKS:
        ways = [name for name, way in WAYS.items() if way.HAS_USER_NETWORKS]
        host.error(f"apps: network {network} has docker0 alone; take network {' or '.join(ways)}")
        return ()
    if highest_network(prefix_length) == 1:
        host.error(f"apps: a /{prefix_length} holds one network, the host's own; take addresses prefix")
        return ()
    apps = [
        app
        for index, entry in host.entries("apps")
        if (app := _app(host, index, entry, prefix_length)) is not None
    ]
    own = networks or (DEFAULT_NETWORK,)
    taken = Taken(
        numbers={each.number: f"the host's network {each.name}" for each in own},
        ipv4_subnets={each.name: IPv4Network(each.ipv4_subnet) for each in own if each.ipv4_subnet},
        containers=[container.name for container in containers],
        ports=[("ssh", _on_host(ssh_port)), *_published(containers)],
    )
    for message in clashes(apps, taken):
        host.error(message)
    return tuple(apps)


def app_warnings(host: str, network: str, apps: tuple[App, ...]) -> list[str]:
    """A line for what a reboot leaves out, and for what is open where its line does not say so.

    `network`: the way of the host's networks. Where it translates, nobody reaches a service's own address.
    """
    warnings: list[str] = []
    for app in apps:
        where = f"host {host}: app {app.name}: "
        if ended := without_restart(app):
            warnings.append(
                f"{where}without a restart policy {', '.join(ended)} will not be back after a reboot; give "
                "each `restart: unless-stopped`"
            )
        warnings += [
            f"{where}service {service}: a port on [::1] is open on the service's own IPv6 address, too; for "
            "the host alone do not publish it: the host reaches the service's own address"
            for service in on_loopback_over_ipv6(app)
            if not WAYS[network].TRANSLATED
        ]
    return warnings


def _published(containers: tuple[Container, ...]) -> Iterator[tuple[str, PublishedPort]]:
    for container in containers:
        for port in container.ports:
            if port.published is not None:
                yield f"container {container.name}", _on_host(port.published, port.protocol)


def _on_host(number: int, protocol: Protocol = "tcp") -> PublishedPort:
    """A port of the host on all of its addresses."""
    return PublishedPort(Port(number, protocol), published=number)


def _app(host: Reader, index: int, entry: Mapping[str, Any], prefix_length: int) -> App | None:
    name = entry.get("name")
    where = f"app {name}: " if isinstance(name, str) and name else f"apps[{index}]: "
    app = Reader(entry, host.where + where, host.errors)
    app.refuse_unknown(APP_KEYS)
    checked_name = app.needed_text("name", values.app_name, "each app has a name; it is the project's")
    numbers = _numbers(app, "networks", highest_network(prefix_length))
    places = _numbers(app, "places", container_capacity(max(prefix_length, NETWORK_PREFIX)))
    variables = _variables(app)
    project = _project(app, tuple(variables))
    if project is None:
        return None
    wrong = dict.fromkeys(app.mapping("networks"), 0)
    for message in app_errors(project, {**wrong, **numbers}, places):
        app.error(message)
    return App(
        checked_name or str(name),
        project,
        tuple((name, numbers.get(name, 0)) for name in project.network_names),
        places_in_order(project, places),
        tuple(variables.items()),
    )


def _project(app: Reader, variables: tuple[str, ...]) -> ComposeProject | None:
    path, text = app.text("file"), app.text("compose")
    if (path is None) == (text is None):
        app.error(
            "give the compose file once: as file, its path from the folder of Pulumi.yaml, or its text, as "
            "compose"
        )
        return None
    try:
        return parse_project(Path(path).read_text() if path else text or "", variables)
    except (OSError, UnicodeError) as error:
        app.error(f"file: {shown(path)} cannot be read: {getattr(error, 'strerror', None) or error}")
    except ComposeFileError as error:
        for message in error.messages:
            app.error(f"{path}: {message}" if path else f"compose: {message}")
    return None


def _numbers(app: Reader, key: str, highest: int) -> dict[str, int]:
    given = Reader(app.mapping(key), f"{app.where}{key}: ", app.errors)
    read = {str(name): given.number(name, 1, highest, None) for name in given.values}
    return {name: number for name, number in read.items() if number is not None}


def _variables(app: Reader) -> dict[str, str]:
    given = Reader(app.mapping("variables"), f"{app.where}variables: ", app.errors)
    return {str(name): given.text(name, values.app_variable, "") or "" for name in given.values}
