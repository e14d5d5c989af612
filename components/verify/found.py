"""What was found on a host: the JSON of `on_host/look.py`, typed. Pure."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FoundFile:
    """A file. `content`: None for one that is too large to be ours."""

    content: bytes | None
    mode: int
    owner: str


@dataclass(frozen=True)
class FoundAddress:
    """A global IPv6 address of a device, with its length. `dynamic`: it has a lifetime, as a lease has.
    `failed`: somebody else on the link has it.
    """

    address: str
    dynamic: bool
    temporary: bool
    failed: bool


@dataclass(frozen=True)
class FoundRoute:
    """An IPv6 route of the main table. `kind`: such as `unicast` or `unreachable`."""

    to: str
    via: str
    device: str
    kind: str
    protocol: str


@dataclass(frozen=True)
class FoundNetwork:
    """A Docker network. `ipam`: (subnet, gateway, range), as Docker writes them."""

    ipv6_enabled: bool
    ipam: tuple[tuple[str, str, str], ...]
    options: Mapping[str, str]
    ours: bool


@dataclass(frozen=True)
class FoundInterface:
    """A container's interface, as it is inside. `disable_ipv6`: the kernel's setting for it."""

    interface: str
    disable_ipv6: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class FoundContainer:
    """A container. `status`: Docker's word, and the exit code. `networks`: by name, Docker's address and the
    interface inside, None where there is none.
    """

    runs: bool
    status: str
    image: str
    ours: bool
    service: str
    networks: Mapping[str, tuple[str, FoundInterface | None]]


@dataclass(frozen=True)
class FoundRules:
    """Rules as listed. `wanted`: as the host's own nft lists what is wanted, None where it cannot read it.
    `found`: None where there are none. `counted`: the same with what the counters say.
    """

    wanted: str | None
    found: str | None
    counted: str = ""
    first: bool = True


@dataclass(frozen=True)
class Found:
    """All of it, by names. `files`: None for one that is not there. `pending`: network changes that are not
    confirmed, in words.
    """

    files: Mapping[str, FoundFile | None]
    sysctls: Mapping[str, str]
    addresses: Mapping[str, tuple[FoundAddress, ...]]
    routes: tuple[FoundRoute, ...]
    docker_runs: bool
    networks: Mapping[str, FoundNetwork | None]
    labelled_networks: tuple[str, ...]
    containers: Mapping[str, FoundContainer]
    labelled_containers: tuple[str, ...]
    apps: Mapping[str, Mapping[str, FoundContainer]]
    tables: Mapping[str, FoundRules]
    docker_filter: FoundRules | None
    units: Mapping[str, tuple[str, str]]
    pending: tuple[str, ...]
    engine_is_ours: bool
    hotplug: str
    foreign_filters: tuple[str, ...]


def found_on(given: dict[str, Any]) -> Found:
    """Reads what the script printed. Raises KeyError or TypeError when it is not that."""
    return Found(
        files={path: None if one is None else _file(one) for path, one in given["files"].items()},
        sysctls=given["sysctls"],
        addresses={
            device: tuple(FoundAddress(**one) for one in every)
            for device, every in given["addresses"].items()
        },
        routes=tuple(FoundRoute(**one) for one in given["routes"]),
        docker_runs=given["docker_runs"],
        networks={name: None if one is None else _network(one) for name, one in given["networks"].items()},
        labelled_networks=tuple(given["labelled_networks"]),
        containers=_containers(given["containers"]),
        labelled_containers=tuple(given["labelled_containers"]),
        apps={name: _containers(every) for name, every in given["apps"].items()},
        tables={name: FoundRules(**one) for name, one in given["tables"].items()},
        docker_filter=None if given["docker_filter"] is None else FoundRules(**given["docker_filter"]),
        units={name: (one["active"], one["enabled"]) for name, one in given["units"].items()},
        pending=tuple(given["pending"]),
        engine_is_ours=given["engine_is_ours"],
        hotplug=given["hotplug"],
        foreign_filters=tuple(given["foreign_filters"]),
    )


def _file(one: dict[str, Any]) -> FoundFile:
    content: str | None = one["content"]
    return FoundFile(None if content is None else base64.b64decode(content), one["mode"], one["owner"])


def _network(one: dict[str, Any]) -> FoundNetwork:
    ipam = tuple((each["Subnet"], each["Gateway"], each["IPRange"]) for each in one["ipam"])
    return FoundNetwork(one["ipv6_enabled"], ipam, one["options"], one["ours"])


def _containers(given: dict[str, Any]) -> dict[str, FoundContainer]:
    return {name: _container(one) for name, one in given.items()}


def _container(one: dict[str, Any]) -> FoundContainer:
    networks: dict[str, Any] = one["networks"]
    return FoundContainer(
        one["runs"],
        one["status"],
        one["image"],
        one["ours"],
        one["service"],
        {name: (on["address"], _interface(on["inside"])) for name, on in networks.items()},
    )


def _interface(inside: dict[str, Any] | None) -> FoundInterface | None:
    if inside is None:
        return None
    return FoundInterface(inside["interface"], inside["disable_ipv6"], tuple(inside["addresses"]))
