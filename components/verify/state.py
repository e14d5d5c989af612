"""The hosts of a stack, from the answer of `pulumi stack export --show-secrets`. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ..ssh_sessions import Login

HOST_TYPE: Final = "dualstack:index:DockerHost"
NAMED_TYPES: Final = {
    "dualstack:index:DockerContainer": "container",
    "dualstack:index:ComposeApp": "compose",
}
CONCERNS: Final = ("facts", "kernel", "network", "routes", "ndp-proxy", "engine", "filter", "docker")
"""Those of which a host has one, by the ends of the resources' names."""
SECRET: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a value of the state that is more than plain JSON (pulumi/sdk, resource.SigKey)."""


class StateError(Exception):
    """A state from which the hosts cannot be told; the message says why, and what to do."""


@dataclass(frozen=True)
class Step:
    """A step that was run. `concern`: such as `docker`; `subject`: the container or project it is about.

    `text`: what it was given; `secret`: whether that is a secret as a whole. `output`: what it printed.
    """

    concern: str
    subject: str | None
    text: str = field(repr=False)
    secret: bool
    output: str = field(repr=False)


@dataclass(frozen=True)
class HostInState:
    """A host of the stack. `key`: the private key that logs in, also on the `bastion`, if there is one.

    `repair`: the text that its steps were last run for; empty for none.
    """

    name: str
    login: Login
    key: str = field(repr=False)
    bastion: Login | None
    steps: tuple[Step, ...]
    repair: str

    def step(self, concern: str) -> Step | None:
        """The step for a concern of which there is one; None where it was not run."""
        return next((one for one in self.steps if one.concern == concern), None)


def hosts_in(export: Mapping[str, Any]) -> tuple[HostInState, ...]:
    """The stack's hosts, in the order of their names. Raises StateError for a state that is not readable."""
    deployment: Mapping[str, Any] = export.get("deployment") or {}
    resources: list[Mapping[str, Any]] = deployment.get("resources") or []
    by_parent: dict[str, list[Mapping[str, Any]]] = {}
    for one in resources:
        by_parent.setdefault(one.get("parent") or "", []).append(one)
    hosts = [one for one in resources if one["type"] == HOST_TYPE]
    made = [_host(one, by_parent) for one in hosts]
    return tuple(sorted((one for one in made if one is not None), key=lambda one: one.name))


def _host(host: Mapping[str, Any], by_parent: Mapping[str, list[Mapping[str, Any]]]) -> HostInState | None:
    name = name_of(host)
    children = by_parent.get(host["urn"], [])
    commands = [(one, concern, None) for one in children if (concern := _concern(one, name))]
    commands += [
        (grandchild, NAMED_TYPES[one["type"]], name_of(one).removeprefix(f"{name}-"))
        for one in children
        if one["type"] in NAMED_TYPES
        for grandchild in by_parent.get(one["urn"], [])
        if grandchild["type"].startswith("command:")
    ]
    connection = next((found for one, _, _ in commands if (found := _inputs(one).get("connection"))), None)
    if connection is None:
        return None  # nothing was done on it yet
    return HostInState(
        name=name,
        login=_login(connection),
        key=str(connection["privateKey"]),
        bastion=_login(connection["proxy"]) if connection.get("proxy") else None,
        steps=tuple(_step(one, concern, subject) for one, concern, subject in commands),
        repair=_repair(_inputs(one).get("create", "") for one, _, _ in commands),
    )


def name_of(resource: Mapping[str, Any]) -> str:
    """A resource's name in the program."""
    return str(resource["urn"]).rsplit("::", 1)[-1]


def _concern(resource: Mapping[str, Any], host: str) -> str | None:
    concern = name_of(resource).removeprefix(f"{host}-")
    return concern if resource["type"].startswith("command:") and concern in CONCERNS else None


def _step(resource: Mapping[str, Any], concern: str, subject: str | None) -> Step:
    inputs: dict[str, Any] = resource.get("inputs") or {}
    outputs: dict[str, Any] = resource.get("outputs") or {}
    given, printed = inputs.get("stdin", ""), outputs.get("stdout", "")
    return Step(concern, subject, str(plain(given)), is_secret(given), str(plain(printed)))


def _inputs(resource: Mapping[str, Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", plain(resource.get("inputs") or {}))


def _login(connection: Mapping[str, Any]) -> Login:
    return Login(
        str(connection["host"]),
        int(connection.get("port", 22)),
        str(connection.get("user", "root")),
        connection.get("hostKey"),
    )


def _repair(lines: Iterable[str]) -> str:
    found = [match.group(1) for line in lines if (match := re.search(r" # on \S+, repair (.*)$", line))]
    return found[0] if found else ""


def chosen(hosts: Sequence[HostInState], names: Sequence[str], stack: str) -> list[HostInState]:
    """The hosts with these names, all without any. Raises StateError for a name that is none's."""
    known = [host.name for host in hosts]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise StateError(f"stack {stack} has no host {', '.join(wrong)}; it has {', '.join(known) or 'none'}")
    if not hosts:
        raise StateError(f"stack {stack} has no hosts; run `pulumi up` first")
    return [host for host in hosts if not names or host.name in names]


def is_secret(value: Any) -> bool:
    """Whether this value of the state is a secret as a whole."""
    return isinstance(value, dict) and SECRET in value


def plain(value: Any) -> Any:
    """The value with all secrets in it opened. Raises StateError where they are still locked."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        if SECRET not in entries:
            return {key: plain(one) for key, one in entries.items()}
        if "plaintext" not in entries:
            raise StateError("the state's secrets are locked; export it with --show-secrets")
        return plain(json.loads(entries["plaintext"]))
    if isinstance(value, list):
        return [plain(one) for one in cast("list[Any]", value)]
    return value
