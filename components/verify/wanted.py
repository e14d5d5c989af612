"""What a host should have, from what its steps were given. Pure."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Any, Final, cast

import yaml

from ..host.facts import HostError, parse_facts
from ..host.files import HostFile, parse_wanted
from ..host.steps import INSTALL_DIRECTORY
from .state import HostInState, Step

DAEMON_JSON: Final = "/etc/docker/daemon.json"
NETWORKS: Final = "/etc/dualstack/networks/"
DOCKER_FILTER: Final = "/etc/dualstack/docker-filter"
APPS: Final = "/etc/dualstack/apps/"
DEVICE_OPTION: Final = "com.docker.network.bridge.name"


@dataclass(frozen=True)
class WantedNetwork:
    """A user-defined Docker network. Addresses are text; `ipv4`: a subnet, `none`, or empty where Docker
    chooses. `options`: (name, value) pairs.
    """

    name: str
    ipv6: str
    ipv6_gateway: str
    ipv6_range: str
    ipv4: str
    ipv4_gateway: str
    options: tuple[tuple[str, str], ...]

    @property
    def device(self) -> str | None:
        """Its bridge on the host, where that has a name of its own."""
        return dict(self.options).get(DEVICE_OPTION)


@dataclass(frozen=True)
class WantedContainer:
    """A declared container. `addresses`: (network, IPv6 address) pairs."""

    name: str
    image: str
    addresses: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class WantedApp:
    """A Compose project. `addresses`: (service, network in the file, IPv6 address)."""

    name: str
    services: tuple[str, ...]
    addresses: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class WantedTable:
    """An nft table of the family ip6, and the file that makes it."""

    name: str
    text: str


@dataclass(frozen=True)
class Wanted:
    """All that a host should have.

    `hidden`: files that may hold secrets, whose content is never shown. `engine_files`: those that are there
    only where Docker was installed by this program. `nic`: the interface that leads out.
    `address`, `gateway`: None where the host's network is its own. `routes`: (to, `via HOP` or
    `unreachable`). `bridge`: docker0's IPv6 address with its length; empty for none of ours, None without
    Docker. `units`: (name, whether it should also be active). `keeps_cloud_init_away`: from the network.
    `accepts_firewall`: whether somebody said that a foreign filter is meant.
    """

    files: tuple[HostFile, ...]
    hidden: frozenset[str]
    engine_files: frozenset[str]
    sysctls: tuple[tuple[str, str], ...]
    nic: str
    address: str | None
    gateway: str | None
    routes: tuple[tuple[str, str], ...]
    bridge: str | None
    networks: tuple[WantedNetwork, ...]
    containers: tuple[WantedContainer, ...]
    apps: tuple[WantedApp, ...]
    tables: tuple[WantedTable, ...]
    docker_filter: str
    units: tuple[tuple[str, bool], ...]
    keeps_cloud_init_away: bool
    accepts_firewall: bool

    def file(self, path: str) -> HostFile | None:
        """The wanted file at a path."""
        return next((one for one in self.files if one.path == path), None)

    @property
    def size(self) -> str:
        """How much there is to look at, in words."""
        numbers = {
            "file": len(self.files),
            "network": len(self.networks),
            "container": len(self.containers),
            "app": len(self.apps),
        }
        return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in numbers.items() if n)


def wanted_on(host: HostInState) -> Wanted:
    """What a host should have. Raises HostError when the state has no facts of it."""
    facts = host.step("facts")
    if facts is None:
        raise HostError("the state has no facts of it: its first step never ended well; run `pulumi up`")
    files = tuple(file for step in host.steps for file in parse_wanted(step.text))
    found = parse_facts(facts.output)
    network = values_of(_content(files, "/etc/dualstack/network"))
    is_ours = bool(network) and found.cloud_init is not None
    return Wanted(
        files=files,
        hidden=frozenset(_hidden(host.steps)),
        engine_files=frozenset(_paths(host.step("engine"))),
        sysctls=tuple(_sysctls(_content(files, "/etc/sysctl.d/99-dualstack.conf"))),
        nic=_first(network, "interface") or found.nic.name,
        address=_first(network, "address") or None,
        gateway=_first(network, "gateway") or None,
        routes=tuple(_routes(_content(files, "/etc/dualstack/routes"))),
        bridge=_first(values_of(_content(files, "/etc/dualstack/docker")), "bridge")
        if host.step("docker")
        else None,
        networks=tuple(_network(file) for file in _below(files, NETWORKS)),
        containers=tuple(
            _container(step.subject or "", step.text) for step in host.steps if step.concern == "container"
        ),
        apps=tuple(_app(step.subject or "", files) for step in host.steps if step.concern == "compose"),
        tables=tuple(_tables(files)),
        docker_filter=_content(files, DOCKER_FILTER),
        units=tuple(_units(host, files)),
        keeps_cloud_init_away=is_ours,
        accepts_firewall="firewall" in _accepted(facts.text),
    )


def values_of(text: str) -> dict[str, tuple[str, ...]]:
    """The values by key of a text of `key=value` lines; a key may come again."""
    values: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            values[key] = (*values.get(key, ()), value)
    return values


def _first(values: Mapping[str, tuple[str, ...]], key: str) -> str:
    return values.get(key, ("",))[0]


def _content(files: Iterable[HostFile], path: str) -> str:
    return next((file.content or "" for file in files if file.path == path), "")


def _below(files: Iterable[HostFile], folder: str) -> list[HostFile]:
    return [file for file in files if file.path.startswith(folder) and file.content is not None]


def _paths(step: Step | None) -> Iterable[str]:
    return (file.path for file in parse_wanted(step.text if step else ""))


def _hidden(steps: Iterable[Step]) -> Iterable[str]:
    """The values of a Compose project's variables are secrets; what else a step is given is not."""
    for step in steps:
        if step.secret:
            yield from (file.path for file in parse_wanted(step.text) if file.path.endswith("/.env"))


def _sysctls(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        key, equals, value = line.partition(" = ")
        if equals and not line.startswith("#"):
            yield key, value


def _routes(text: str) -> Iterable[tuple[str, str]]:
    for route in values_of(text).get("route", ()):
        to, _, hop = route.partition(" ")
        yield to, hop


def _network(file: HostFile) -> WantedNetwork:
    values = values_of(file.content or "")
    options = (option.partition("=") for option in values.get("option", ()))
    return WantedNetwork(
        name=file.path.removeprefix(NETWORKS),
        ipv6=_first(values, "ipv6"),
        ipv6_gateway=_first(values, "ipv6_gateway"),
        ipv6_range=_first(values, "ipv6_range"),
        ipv4=_first(values, "ipv4"),
        ipv4_gateway=_first(values, "ipv4_gateway"),
        options=tuple((name, value) for name, _, value in options),
    )


def _container(name: str, text: str) -> WantedContainer:
    (file,) = parse_wanted(text)
    values = values_of(file.content or "")
    networks = (network.split() for network in values.get("network", ()))
    return WantedContainer(name, _first(values, "image"), tuple((words[0], words[1]) for words in networks))


def _app(name: str, files: Iterable[HostFile]) -> WantedApp:
    kept = tuple(files)
    document = cast("dict[str, Any]", yaml.safe_load(_content(kept, f"{APPS}{name}/compose.yaml")))
    services: dict[str, dict[str, Any]] = document.get("services") or {}
    lines = [line.split() for line in _content(kept, f"{APPS}{name}/plan").splitlines()]
    return WantedApp(
        name=name,
        # Those of a profile are started by nobody.
        services=tuple(sorted(key for key, one in services.items() if not (one or {}).get("profiles"))),
        addresses=tuple((words[1], words[2], words[3]) for words in lines if words[0] == "address"),
    )


def _tables(files: Iterable[HostFile]) -> Iterable[WantedTable]:
    for file in files:
        found = re.search(r"^table ip6 (\w+)$", file.content or "", re.MULTILINE)
        if file.path.endswith("/filter.nft") and found:
            yield WantedTable(found.group(1), file.content or "")


def _units(host: HostInState, files: Iterable[HostFile]) -> Iterable[tuple[str, bool]]:
    if host.step("docker"):
        yield "docker.service", True
    for file in files:
        name = file.path.removeprefix("/etc/systemd/system/")
        if name != file.path and "/" not in name and "@" not in name and file.content is not None:
            # The containers' one starts with docker, and is first there when docker runs already.
            yield name, name != "dualstack-containers.service"
    for step in host.steps:
        if step.concern == "container":
            yield f"dualstack-container@{step.subject}.service", True


def _accepted(text: str) -> list[str]:
    """The findings that the facts step was told to accept, from its line `receive DIRECTORY WISHES`."""
    line = re.search(rf"^receive {INSTALL_DIRECTORY}/\S+ (.+)$", text, re.MULTILINE)
    if line is None:
        return []
    wishes: dict[str, Any] = json.loads(shlex.split(line.group(1))[0])
    return list(wishes.get("accept", ()))


def subnet_of(address: str) -> str:
    """The subnet of an address with a length, e.g. 2001:db8::8/126 of 2001:db8::9/126."""
    return str(ip_interface(address).network)
