"""Who takes part in a check: hosts, their containers and services, and a place outside. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..container_networks.plan import PlannedContainer
from ..containers import Port
from .observations import FoundContainer, FoundHost
from .wanted import Wanted, WantedHost


@dataclass(frozen=True)
class Party:
    """One end of a pair. `host`: whose it is, or None for a place outside the fleet. `container`: None for a
    host itself. `addresses`: (name of the network, empty for none of Docker's; address). `planned`: the same
    as it should be, where it is planned. `ports`: those declared.
    `route`: what the router before its host needs for it, as `PREFIX via ADDRESS`. `internal`: on networks
    alone that nobody outside of them reaches, and that reach nobody.
    """

    name: str
    addresses: tuple[tuple[str, str], ...] = ()
    host: str | None = None
    container: str | None = None
    ports: tuple[Port, ...] = ()
    planned: tuple[tuple[str, str], ...] | None = None
    runs: bool = True
    route: str = ""
    internal: bool = False

    @property
    def address(self) -> str:
        """The first address; empty where there is none."""
        return self.addresses[0][1] if self.addresses else ""

    @property
    def tcp_ports(self) -> tuple[Port, ...]:
        """The declared ports that a connection can be made to."""
        return tuple(port for port in self.ports if port.protocol == "tcp")

    @property
    def all_addresses(self) -> str:
        """For people."""
        return ", ".join(address for _, address in self.addresses)

    def on(self, network: str) -> str:
        """Its address on a network that it is on."""
        return dict(self.addresses)[network]


OUTSIDE = Party("outside")


def parties(wanted: Wanted, found: Mapping[str, FoundHost]) -> list[Party]:
    """Hosts and their containers in the order of the config; after the declared come the services of Compose
    projects that run (whether they all do is their step's to say), and then what is run by hand.
    """
    return [party for host in wanted.hosts for party in _of_host(host, found[host.name])]


def _of_host(host: WantedHost, found: FoundHost) -> Iterator[Party]:
    yield Party(host.name, (("", str(host.address)),), host.name, runs=found.problem is None)
    for declared in host.plan.containers:
        running = found.container(declared.name)
        planned = tuple((name, str(address)) for name, address in declared.addresses)
        has = dict(running.addresses if running else ())
        yield Party(
            f"{host.name}/{declared.name}",
            tuple((name, has.get(name) or address) for name, address in planned),
            host.name,
            declared.name,
            declared.ports,
            planned,
            running is not None,
            host.upstream_route,
        )
    services = {one.name: one for app in host.apps for one in app.services}
    for service in services.values():
        if (running := found.container(service.name)) is not None:
            yield _running(host, running, service)
    names = {*services, *(declared.name for declared in host.plan.containers)}
    for by_hand in found.containers:
        if by_hand.name not in names and any(address for _, address in by_hand.addresses):
            yield _running(host, by_hand)


def _running(host: WantedHost, found: FoundContainer, service: PlannedContainer | None = None) -> Party:
    """A container that nobody declared by itself."""
    has = tuple((name, address) for name, address in found.addresses if address)
    planned = tuple((name, str(address)) for name, address in service.addresses) if service else None
    return Party(
        f"{host.name}/{found.name}",
        tuple((name, dict(has).get(name, address)) for name, address in planned) if planned else has,
        host.name,
        found.name,
        service.ports if service else (),
        planned,
        route=host.upstream_route,
        internal=host.internal.issuperset(name for name, _ in planned or has),
    )
