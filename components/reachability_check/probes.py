"""What to try: every probe of a check, planned from what is wanted and what runs on the hosts. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..container_networks.neighbours import ON_THE_LINK_ALONE
from .parties import OUTSIDE, Party
from .wanted import Wanted, WantedHost

Kind = Literal["ping", "silent", "tcp", "closed", "http"]
"""`silent` is a ping that must not be answered, `closed` a TCP port that must not."""
CLOSED_PORTS = (9, 11, 13)
"""Assigned and long out of use (discard, systat, daytime: RFC 863, 866, 867). The first that a container did
not declare must not answer."""


@dataclass(frozen=True)
class Probe:
    """One thing to try. `key` stands for it in packets and results. `address`: where it goes, which is the
    target's host's where that translates, or a URL. `device`: the bridge on the target's host that it passes
    with that address. `origin_device`: that of the origin's first network. `translated`: the origin is seen
    with its host's address.
    """

    key: str
    kind: Kind
    origin: Party
    target: Party
    address: str
    port: int | None = None
    device: str | None = None
    origin_device: str | None = None
    translated: bool = False

    @property
    def crosses_hosts(self) -> bool:
        """Whether both ends are in the fleet, on different hosts: then the far host is a witness."""
        return (
            self.origin.host is not None
            and self.target.host is not None
            and self.origin.host != self.target.host
        )


Try = tuple[Kind, str, int | None]
"""Kind, address, port."""


def plan(wanted: Wanted, everybody: list[Party], run: str) -> list[Probe]:
    """All probes. `run`: makes the keys of this run differ from any other's.

    Every container tries every other, every host and the internet; hosts try containers; the outside tries
    the declared ports of each container and one that is not declared. Containers behind a translation are
    tried on their published ports, and networks that are isolated from each other, or internal, for being
    so. Of an egress-only host none may answer.
    """
    hosts = {host.name: host for host in wanted.hosts}
    tries: list[tuple[Party, Party, Try]] = [
        *(
            (origin, target, one)
            for origin in everybody
            for target in everybody
            for one in _between(origin, target, hosts)
        ),
        *(
            (origin, Party(target), ("http" if "://" in target else "ping", target, None))
            for origin in everybody
            for target in wanted.internet_targets
            if origin.container and not origin.internal
        ),
        *((OUTSIDE, target, one) for target in everybody for one in _from_outside(target, hosts)),
    ]
    return [
        Probe(
            f"{run}-{number}",
            kind,
            origin,
            target,
            address,
            port,
            _device(target, address, hosts),
            _device(origin, origin.address, hosts),
            origin.container is not None and hosts[origin.host or ""].translated,
        )
        for number, (origin, target, (kind, address, port)) in enumerate(tries)
    ]


def _between(origin: Party, target: Party, hosts: Mapping[str, WantedHost]) -> Iterator[Try]:
    if origin == target or not (origin.container or target.container):
        return
    if origin.host != target.host and (origin.internal or target.internal):
        yield from _isolated(target)
    elif target.host != origin.host and target.container and hosts[target.host or ""].translated:
        yield from _published(target, hosts) if origin.container else ()
    elif origin.host == target.host and origin.container and target.container:
        yield from _on_one_host(origin, target, hosts)
    elif not origin.internal:
        yield from _direct(origin, target, target.address)


def _direct(origin: Party, target: Party, address: str) -> Iterator[Try]:
    yield "ping", address, None
    if origin.container:
        for port in target.tcp_ports:
            yield "tcp", address, port.number


def _on_one_host(origin: Party, target: Party, hosts: Mapping[str, WantedHost]) -> Iterator[Try]:
    """By a network that both are on; else by one that says it reaches the other; else they are isolated.

    Between a Compose project and the rest of its host that is promised of internal networks alone: pings and
    published ports of the others pass there (measured on Docker 26.1 and 28.5).
    """
    host = hosts[origin.host or ""]
    reaches = {network.name: {network.name, *network.reaches} for network in host.networks}
    theirs = [name for name, _ in target.addresses]
    for mine in (name for name, _ in origin.addresses):
        for network in theirs:
            if network in reaches.get(mine, ()):
                yield from _direct(origin, target, target.on(network))
                return
    plans = (host.plan.networks, *(app.networks for app in host.apps))
    in_plans = [{network.name for network in networks} for networks in plans]
    ends = ({name for name, _ in one.addresses} for one in (origin, target))
    if origin.internal or target.internal or _is_of_one(in_plans, *ends):
        yield from _isolated(target)


def _is_of_one(plans: Iterable[set[str]], mine: set[str], theirs: set[str]) -> bool:
    return any(mine & names and theirs & names for names in plans)


def _isolated(target: Party) -> Iterator[Try]:
    yield "silent", target.address, None
    for port in target.tcp_ports[:1]:
        yield "closed", target.address, port.number


def _published(target: Party, hosts: Mapping[str, WantedHost]) -> Iterator[Try]:
    address = str(hosts[target.host or ""].address)
    for port in target.tcp_ports:
        yield "tcp", address, port.on_host


def _from_outside(target: Party, hosts: Mapping[str, WantedHost]) -> Iterator[Try]:
    if not target.container:
        return
    host = hosts[target.host or ""]
    if host.plan.way in ON_THE_LINK_ALONE:
        return
    if target.internal:
        yield from (one for one in _isolated(target) if one[0] == "closed")
        return
    if host.translated:
        yield from _seen(host, _published(target, hosts))
        return
    yield from _seen(host, (("tcp", target.address, port.number) for port in target.tcp_ports))
    if not host.open_to_all and target.planned:
        declared = {port.number for port in target.ports}
        yield "closed", target.address, next(port for port in CLOSED_PORTS if port not in declared)


def _seen(host: WantedHost, tries: Iterable[Try]) -> Iterator[Try]:
    """The same tries, of which none may succeed on an egress-only host."""
    for kind, address, port in tries:
        yield "closed" if host.egress_only else kind, address, port


def _device(target: Party, address: str, hosts: Mapping[str, WantedHost]) -> str | None:
    if target.host is None or not target.container:
        return None
    names = [name for name, its in target.addresses if its == address]
    networks = hosts[target.host].networks
    return next((network.device for network in networks if network.name in names), None)
