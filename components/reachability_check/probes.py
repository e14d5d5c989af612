"""What to try: every probe of a check, planned from what is wanted and what runs on the hosts. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .observations import FoundHost
from .wanted import Wanted, WantedHost

Kind = Literal["ping", "tcp", "closed", "http"]
CLOSED_PORTS = (9, 11, 13)
"""Assigned and long out of use (discard, systat, daytime: RFC 863, 866, 867). The first that a container did
not declare must not answer."""


@dataclass(frozen=True)
class Party:
    """One end of a pair. `host`: whose it is, or None for a place outside the fleet. `container`: None for a
    host itself. `ports`: the declared TCP ports. `planned`: the address it should have, where one is planned.
    """

    name: str
    address: str
    host: str | None = None
    container: str | None = None
    ports: tuple[int, ...] = ()
    planned: str | None = None
    runs: bool = True


OUTSIDE = Party("outside", "")


@dataclass(frozen=True)
class Probe:
    """One thing to try. `key` stands for it in packets and results."""

    key: str
    kind: Kind
    origin: Party
    target: Party
    port: int | None = None

    @property
    def crosses_hosts(self) -> bool:
        """Whether both ends are in the fleet, on different hosts: then the far host is a witness."""
        return (
            self.origin.host is not None
            and self.target.host is not None
            and self.origin.host != self.target.host
        )


def parties(wanted: Wanted, found: Mapping[str, FoundHost]) -> list[Party]:
    """Hosts and their containers in the order of the config; those run by hand come after the declared."""
    return [party for host in wanted.hosts for party in _of_host(host, found[host.name])]


def _of_host(host: WantedHost, found: FoundHost) -> Iterator[Party]:
    yield Party(host.name, str(host.address), host.name, runs=found.problem is None)
    for declared in host.containers:
        running = found.container(declared.name)
        planned = str(declared.address)
        yield Party(
            f"{host.name}/{declared.name}",
            running.address if running and running.address else planned,
            host.name,
            declared.name,
            declared.tcp_ports,
            planned,
            running is not None,
        )
    names = {declared.name for declared in host.containers}
    for by_hand in found.containers:
        if by_hand.name not in names and by_hand.address:
            yield Party(f"{host.name}/{by_hand.name}", by_hand.address, host.name, by_hand.name)


def plan(wanted: Wanted, everybody: list[Party], run: str) -> list[Probe]:
    """All probes. `run`: makes the keys of this run differ from any other's.

    Every container tries every other, every host and the internet; hosts try containers; the outside tries
    the declared ports of each container and one that is not declared.
    """
    tries: list[tuple[Kind, Party, Party, int | None]] = [
        *(
            (kind, origin, target, port)
            for origin in everybody
            for target in everybody
            for kind, port in _between(origin, target)
        ),
        *(
            ("http" if "://" in target else "ping", origin, Party(target, target), None)
            for origin in everybody
            for target in wanted.internet_targets
            if origin.container
        ),
        *(
            (kind, OUTSIDE, target, port)
            for target in everybody
            for kind, port in _from_outside(target, wanted)
        ),
    ]
    return [
        Probe(f"{run}-{number}", kind, origin, target, port)
        for number, (kind, origin, target, port) in enumerate(tries)
    ]


def _between(origin: Party, target: Party) -> Iterator[tuple[Kind, int | None]]:
    if origin == target or not (origin.container or target.container):
        return
    yield "ping", None
    if origin.container:
        for port in target.ports:
            yield "tcp", port


def _from_outside(target: Party, wanted: Wanted) -> Iterator[tuple[Kind, int | None]]:
    if not target.container:
        return
    for port in target.ports:
        yield "tcp", port
    host = next(one for one in wanted.hosts if one.name == target.host)
    if not host.open_to_all and target.planned:
        yield "closed", next(port for port in CLOSED_PORTS if port not in target.ports)
