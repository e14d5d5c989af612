"""A Compose file as this program needs it: services with networks and published ports, and what is refused.

The file stays a plain Compose file, and Compose itself reads it on the host; what is read here is only what
the addresses follow from (Compose Specification: services, networks, `ports`, interpolation).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from ..wording import did_you_mean, shown
from .ports import PublishedPort, published_ports
from .refusals import refused_outside_files, undefined_variables

DEFAULT_NETWORK: Final = "default"
"""The network of services that name none (Compose Specification, "Networks")."""
BRIDGE: Final = "bridge"

_INT: Final = re.compile(r"(?:[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+)$")

Values = Mapping[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML as Compose reads it: `22:22` is a text, and no number in base 60 (YAML 1.2, 10.3.2)."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, _INT if tag.endswith(":int") else pattern) for tag, pattern in resolvers]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class ComposeFileError(ValueError):
    """A file that is no Compose project, or one that cannot run on a host. `messages`: all of it."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("; ".join(messages))


@dataclass(frozen=True)
class ComposeService:
    """A service. `networks`: the project's own names of them. `replicas`: how many containers it has.

    `restarts`: whether it has a restart policy, and so is back after a reboot.
    """

    name: str
    networks: tuple[str, ...]
    ports: tuple[PublishedPort, ...] = ()
    container_name: str | None = None
    replicas: int = 1
    restarts: bool = False


@dataclass(frozen=True)
class ComposeNetwork:
    """A bridge network of the project that gets IPv6 here. `definition`: what the file says about it.

    `ipam`: the entries of its `ipam.config`, all of IPv4.
    """

    name: str
    definition: Values
    ipam: tuple[Values, ...] = ()

    @property
    def is_internal(self) -> bool:
        """Whether nothing outside of it is to be reached from it, and it from nothing outside."""
        return bool(self.definition.get("internal"))


@dataclass(frozen=True)
class ComposeProject:
    """A Compose file. `text`: the file as it is; `networks`: those that get IPv6 addresses."""

    text: str
    services: tuple[ComposeService, ...]
    networks: tuple[ComposeNetwork, ...]

    @property
    def network_names(self) -> tuple[str, ...]:
        """The names of the networks that get IPv6 addresses."""
        return tuple(network.name for network in self.networks)


def parse_project(text: str, variables: Sequence[str] = ()) -> ComposeProject:
    """The project in a Compose file's text. `variables`: names that `${...}` in it may use without a default.

    Raises ComposeFileError with everything that is wrong.
    """
    document = _document(text)
    errors = [*refused_outside_files(document), *undefined_variables(document, variables)]
    declared = _mapping(document, "networks")
    services = tuple(
        _service(name, cast("Values", values), declared, errors)
        for name, values in _mapping(document, "services").items()
        if isinstance(values, Mapping)
    )
    networks = tuple(_networks(declared, services, errors))
    if errors:
        raise ComposeFileError(errors)
    return ComposeProject(text, services, networks)


def _document(text: str) -> Values:
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ComposeFileError([f"not yaml: {' '.join(str(error).split())}"]) from None
    if not isinstance(document, Mapping):
        raise ComposeFileError([f"no compose project: {shown(document)} is not a mapping with `services`"])
    values = cast("Values", document)
    services = values.get("services")
    if not isinstance(services, Mapping) or not services:
        hint = (
            "; a file of compose v1 has its services at the top: put them below `services:`"
            if any(isinstance(each, Mapping) and "image" in each for each in values.values())
            else ""
        )
        raise ComposeFileError([f"no compose project: it has no `services`{hint}"])
    wrong = [
        f"service {name}: not a mapping"
        for name, each in cast("Values", services).items()
        if not isinstance(each, Mapping)
    ]
    if wrong:
        raise ComposeFileError(wrong)
    return values


def _service(name: str, values: Values, declared: Values, errors: list[str]) -> ComposeService:
    try:
        ports = published_ports(values.get("ports") or ())
    except ValueError as error:
        errors.append(f"service {name}: ports: {error}")
        ports = ()
    if not values.get("image") and "build" not in values:
        errors.append(f"service {name}: no image; give one such as docker.io/library/nginx:stable")
    networks = _networks_of(values)
    known = (*declared, DEFAULT_NETWORK)
    errors += [
        f"service {name}: network {each!r} is not among the file's networks "
        f"({', '.join(known)}){did_you_mean(each, known)}"
        for each in networks
        if each not in known
    ]
    return ComposeService(
        name=name,
        networks=networks,
        ports=ports,
        container_name=values.get("container_name"),
        replicas=_replicas(values),
        restarts=_restarts(values),
    )


def _networks_of(service: Values) -> tuple[str, ...]:
    if service.get("network_mode"):
        return ()
    return tuple(str(each) for each in service.get("networks") or (DEFAULT_NETWORK,))


def _replicas(service: Values) -> int:
    count = _mapping(service, "deploy").get("replicas", service.get("scale", 1))
    return count if isinstance(count, int) else 1


def _restarts(service: Values) -> bool:
    policy = _mapping(_mapping(service, "deploy"), "restart_policy").get("condition", "no")
    return service.get("restart", "no") not in ("no", False, None) or policy not in ("no", "none")


def _networks(
    declared: Values, services: Sequence[ComposeService], errors: list[str]
) -> list[ComposeNetwork]:
    used = {each for service in services for each in service.networks}
    found: list[ComposeNetwork] = []
    names: list[str] = [*declared, *({DEFAULT_NETWORK} & used - set(declared))]
    for name in names:
        values = _mapping(declared, name)
        if not _gets_ipv6(values):
            continue
        ipam = _ipam(values)
        given = [str(each["subnet"]) for each in ipam if ":" in str(each.get("subnet", ""))]
        if given:
            errors.append(
                f"network {name}: it has an IPv6 subnet of its own, {', '.join(given)}; take that out: its "
                "subnet comes from the host's prefix"
            )
        found.append(ComposeNetwork(name, values, tuple(ipam)))
    return found


def _gets_ipv6(network: Values) -> bool:
    """Whether it is a bridge of the project's own that the file does not keep to IPv4."""
    return (
        not network.get("external")
        and network.get("driver", BRIDGE) == BRIDGE
        and network.get("enable_ipv6") is not False
    )


def _ipam(network: Values) -> list[Values]:
    entries = cast("list[Any]", _mapping(network, "ipam").get("config") or [])
    return [cast("Values", each) for each in entries if isinstance(each, Mapping)]


def _mapping(values: Values, key: str) -> Values:
    found = values.get(key)
    return cast("Values", found) if isinstance(found, Mapping) else {}
