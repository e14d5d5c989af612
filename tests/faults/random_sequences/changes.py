"""What a sequence changes in the stack's config. Each change undoes itself at the second time."""

from collections.abc import Mapping
from typing import Any, Final

HOSTS: Final = ("host-1", "host-2")
GATEWAY: Final = "fe80:ec2::1"
OTHER_IMAGE: Final = "registry.example/lab/web:1"
TAGS: Final = {"purpose": "anything"}

CHANGES: Final[Mapping[str, float]] = {
    "port": 2,
    "container": 3,
    "rename": 2,
    "place": 2,
    "image": 1,
    "open": 2,
    "network": 3,
    "gateway": 2,
    "instance-type": 1,
    "tags": 1,
    "third-host": 2,
    "leave": 1,
}
"""How often each comes. `leave`: the second host leaves the program, or comes back."""
OF_THE_STACK: Final = ("gateway", "tags", "third-host", "leave")
"""Those that are not about one host."""


def changed(config: Mapping[str, Any], kind: str, host: str | None) -> dict[str, Any]:
    """The config keys that a change sets, from the config before it; a value of None takes a key away."""
    if kind == "gateway":
        return {"gateway": None if "gateway" in config else GATEWAY}
    if kind == "tags":
        return {"tags": None if "tags" in config else TAGS}
    hosts: list[dict[str, Any]] = config["hosts"]
    if kind in ("third-host", "leave"):
        return {"hosts": _with_or_without(hosts, 3 if kind == "third-host" else 2)}
    return {"hosts": [_CHANGE_HOST[kind](one) if one["name"] == host else one for one in hosts]}


def _with_or_without(hosts: list[dict[str, Any]], slot: int) -> list[dict[str, Any]]:
    others = [host for host in hosts if host["slot"] != slot]
    if len(others) < len(hosts):
        return others
    container = {"name": f"web-{slot}", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}
    host = {"name": f"host-{slot}", "slot": slot, "containers": [container]}
    return sorted([*others, host], key=lambda one: one["slot"])


def _toggled(key: str, value: str) -> Any:
    def change(host: Mapping[str, Any]) -> dict[str, Any]:
        rest = {name: given for name, given in host.items() if name != key}
        return rest if key in host else {**rest, key: value}

    return change


def _of_the_first_container(key: str, one: Any, other: Any) -> Any:
    """A change of a key of a host's first container. `{slot}` in a text is the host's."""

    def change(host: Mapping[str, Any]) -> dict[str, Any]:
        def of(value: Any) -> Any:
            return value.format(slot=host["slot"]) if isinstance(value, str) else value

        first, *more = host["containers"]
        value = of(one) if first[key] == of(other) else of(other)
        return {**host, "containers": [{**first, key: value}, *more]}

    return change


def _place(host: Mapping[str, Any]) -> dict[str, Any]:
    """Where there are two containers, they change places."""
    containers = [{**one, "place": 3 - one["place"]} for one in host["containers"]]
    return {**host, "containers": containers}


def _container(host: Mapping[str, Any]) -> dict[str, Any]:
    first, *more = host["containers"]
    second = {"name": f"second-{host['slot']}", "image": "lab/web:1", "place": 3 - first["place"]}
    return {**host, "containers": [first] if more else [first, second]}


_CHANGE_HOST: Final[Mapping[str, Any]] = {
    # The check tries every TCP port, and nothing listens on a second one.
    "port": _of_the_first_container("ports", ["80/tcp"], ["80/tcp", "5353/udp"]),
    "rename": _of_the_first_container("name", "web-{slot}", "site-{slot}"),
    "image": _of_the_first_container("image", "lab/web:1", OTHER_IMAGE),
    "place": _place,
    "container": _container,
    "open": _toggled("open", "all"),
    "network": _toggled("network", "routed"),
    "instance-type": _toggled("instanceType", "t3.large"),
}
