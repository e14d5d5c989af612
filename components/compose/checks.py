"""What must hold for Compose projects on one host, beyond what each file says for itself."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import Final

from ..wording import did_you_mean
from .app import App
from .plan import places_in_order
from .ports import PublishedPort
from .project import ComposeProject

BOTH_FAMILIES: Final = ""


@dataclass(frozen=True)
class Taken:
    """What a host has beside its projects. `numbers`: of its networks, with what has each.

    `ipv4_subnets`: of its networks, with their names. `containers`: the declared ones. `ports`: of the host,
    each with what has it.
    """

    numbers: Mapping[int, str]
    ipv4_subnets: Mapping[str, IPv4Network]
    containers: Sequence[str] = ()
    ports: Sequence[tuple[str, PublishedPort]] = ()


def app_errors(project: ComposeProject, numbers: Mapping[str, int], places: Mapping[str, int]) -> list[str]:
    """What is wrong with the numbers of a project's networks and the places of its services."""
    names = project.network_names
    services = {service.name: service for service in project.services}
    errors: list[str] = []
    if not names:
        errors.append(
            "no service is on a bridge network that gets IPv6 addresses, so there is nothing to do here; put "
            "one on such a network, or bring the project up with docker compose on the host"
        )
    errors += [
        f"networks: {name!r} is no network of the project that gets IPv6 addresses; those are "
        f"{', '.join(names) or 'none'}{did_you_mean(name, names)}"
        for name in numbers
        if name not in names
    ]
    errors += [
        f"networks: network {name} has no number; give each a number of its own in the host's prefix, for "
        f"good: networks: {{{name}: {max(numbers.values(), default=1) + 1}}}"
        for name in names
        if name not in numbers
    ]
    errors += [
        f"places: {name!r} is no service of the project{did_you_mean(name, list(services))}"
        for name in places
        if name not in services
    ]
    errors += [
        f"places: service {name} has {services[name].replicas} containers, and a place is one container's"
        for name in places
        if name in services and services[name].replicas != 1
    ]
    users: dict[int, list[str]] = {}
    for name, place in places_in_order(project, places):
        users.setdefault(place, []).append(name)
    errors += [
        f"places: place {place} is that of {' and '.join(shared)}; give each its own (the number of the "
        "service in the file where none is given)"
        for place, shared in users.items()
        if len(shared) > 1
    ]
    return errors


def clashes(apps: Sequence[App], taken: Taken) -> list[str]:
    """What two projects of a host, or a project and the host itself, cannot both have."""
    return [
        *(
            f"apps: name {name} is given {count} times; give each its own"
            for name, count in Counter(app.name for app in apps).items()
            if count > 1
        ),
        *_number_clashes(apps, taken.numbers),
        *_subnet_clashes(apps, taken.ipv4_subnets),
        *_name_clashes(apps, taken.containers),
        *_port_clashes(apps, taken.ports),
    ]


def without_restart(app: App) -> tuple[str, ...]:
    """The services that a reboot ends."""
    return tuple(service.name for service in app.project.services if not service.restarts)


def on_loopback_over_ipv6(app: App) -> tuple[str, ...]:
    """The services with a port on [::1], which dockerd opens on a container's own address all the same."""
    return tuple(
        service.name
        for service in app.project.services
        if any(
            port.host_address and ip_address(port.host_address).is_loopback and port.is_open_over_ipv6
            for port in service.ports
        )
    )


def _number_clashes(apps: Sequence[App], taken: Mapping[int, str]) -> Iterator[str]:
    users: dict[int, list[str]] = {number: [name] for number, name in taken.items()}
    for app in apps:
        for name, number in (pair for pair in app.numbers if pair[1]):
            users.setdefault(number, []).append(f"network {name} of app {app.name}")
    free = next(number for number in range(1, 1 << 16) if number not in users)
    for number, names in sorted(users.items()):
        if len(names) > 1:
            yield (
                f"apps: {' and '.join(names)} have number {number}, and would share an IPv6 subnet; give "
                f"each its own, {free} is free"
            )


def _subnet_clashes(apps: Sequence[App], taken: Mapping[str, IPv4Network]) -> Iterator[str]:
    given = [(f"network {name}", subnet) for name, subnet in taken.items()]
    for app in apps:
        for network in app.project.networks:
            for entry in network.ipam:
                name, subnet = f"network {network.name} of app {app.name}", _ipv4(entry.get("subnet"))
                if subnet is None:
                    continue
                yield from (
                    f"apps: {other} ({its}) and {name} ({subnet}) overlap; give each a range of its own"
                    for other, its in given
                    if subnet.overlaps(its)
                )
                given.append((name, subnet))


def _ipv4(text: object) -> IPv4Network | None:
    try:
        return IPv4Network(str(text), strict=False)
    except ValueError:
        return None


def _name_clashes(apps: Sequence[App], containers: Sequence[str]) -> Iterator[str]:
    users: dict[str, list[str]] = {name: ["the host's containers"] for name in containers}
    for app in apps:
        for service in app.project.services:
            if service.container_name:
                user = f"service {service.name} of app {app.name}"
                users.setdefault(service.container_name, []).append(user)
    for name, names in users.items():
        if len(names) > 1:
            yield f"apps: container_name {name} is that of {' and '.join(names)}; rename one"


def _port_clashes(apps: Sequence[App], taken: Sequence[tuple[str, PublishedPort]]) -> Iterator[str]:
    seen = [*taken]
    for app in apps:
        for service in app.project.services:
            mine = [port for port in service.ports if port.published]
            name = f"service {service.name} of app {app.name}"
            for port in mine:
                yield from (
                    f"apps: {other} and {name} have port {port.published}/{port.target.protocol} of the "
                    "host; give each its own"
                    for other, its in seen
                    if _is_same(port, its)
                )
            seen += [(name, port) for port in mine]


def _is_same(one: PublishedPort, other: PublishedPort) -> bool:
    return (
        one.published == other.published
        and one.target.protocol == other.target.protocol
        and _addresses_meet(one.host_address, other.host_address)
    )


def _addresses_meet(one: str, other: str) -> bool:
    if BOTH_FAMILIES in (one, other):
        return True
    first, second = ip_address(one), ip_address(other)
    if first.version != second.version:
        return False
    return first == second or first.is_unspecified or second.is_unspecified
