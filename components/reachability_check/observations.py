"""What was seen on the hosts, as plain data: the JSON of the scripts in `on_host/`, typed."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class FoundContainer:
    """A running container. By network: its addresses, (name, address), and its MACs, in the order of names.
    `listeners`: (IP version, port, whether on every address).
    """

    name: str
    pid: int
    addresses: tuple[tuple[str, str], ...]
    macs: tuple[str, ...]
    listeners: tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True)
class FoundBridge:
    """A network's bridge: its global addresses, and the state of its neighbours by address."""

    addresses: tuple[str, ...] = ()
    neighbours: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class FoundHost:
    """A host as it is. `problem`: why nothing could be found out, else None. `bridges`: by device."""

    problem: str | None = None
    nic: str | None = None
    gateway: str | None = None
    gateway_state: str = "NONE"
    nic_addresses: tuple[str, ...] = ()
    bridges: dict[str, FoundBridge] = field(default_factory=dict[str, FoundBridge])
    forwarding: bool = False
    containers: tuple[FoundContainer, ...] = ()

    def container(self, name: str) -> FoundContainer | None:
        """The container of that name, if it runs."""
        return next((one for one in self.containers if one.name == name), None)


@dataclass(frozen=True)
class Result:
    """What came of a probe. `error`: None when it went well. `source`, `port`: of a TCP client."""

    key: str
    ok: bool
    error: str | None = None
    source: str | None = None
    port: int | None = None
    body: str | None = None


@dataclass(frozen=True)
class Sighting:
    """One of the check's packets, seen passing a host's NIC or bridge. `way`: as that device sees it."""

    what: Literal["request", "reply", "connect", "accept", "reset"]
    key: str
    source: str
    where: Literal["nic", "bridge"]
    way: Literal["in", "out"]
    mac: str


@dataclass(frozen=True)
class Observations:
    """All that was seen. By name of host: what it is like, and the sightings; by key: the results."""

    hosts: dict[str, FoundHost]
    results: dict[str, Result] = field(default_factory=dict[str, Result])
    sightings: dict[str, tuple[Sighting, ...]] = field(default_factory=dict[str, tuple[Sighting, ...]])


def found_host(given: dict[str, Any]) -> FoundHost:
    """Reads what `inspect_host.py` printed."""
    fields: dict[str, Any] = {
        **given,
        "nic_addresses": tuple(given["nic_addresses"]),
        "bridges": {
            device: FoundBridge(tuple(one["addresses"]), one["neighbours"])
            for device, one in given["bridges"].items()
        },
        "containers": tuple(_container(one) for one in given["containers"]),
    }
    return FoundHost(**fields)


def result(given: dict[str, Any]) -> Result:
    """Reads one entry of what `probe.py` printed."""
    return Result(**given)


def sighting(given: dict[str, Any]) -> Sighting:
    """Reads one entry of what `observe.py` printed."""
    return Sighting(**given)


def _container(given: dict[str, Any]) -> FoundContainer:
    listeners = tuple((one["family"], one["port"], one["any"]) for one in given["listeners"])
    addresses = tuple(sorted(given["addresses"].items()))
    return FoundContainer(given["name"], given["pid"], addresses, tuple(given["macs"]), listeners)
