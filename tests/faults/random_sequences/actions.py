"""Random sequences as plain data: a seed gives a list of actions, and a list can be kept and done again."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

HOSTS: Final = ("host-1", "host-2")
GATEWAY: Final = "fe80:ec2::1"
OURS: Final = (
    "/etc/netplan/60-dualstack.yaml",
    "/etc/dualstack/filter.nft",
    "/etc/sysctl.d/99-dualstack.conf",
)
"""Files that the program writes and a comment harms in no way."""

CHANGES: Final = ("port", "container", "gateway", "open", "third-host")
TO_HOSTS: Final = ("reboot", "power-cut", "cut-cable", "restart-docker")
UPDATES: Final = ("up", "destroy")

WEIGHTS: Final[Mapping[str, float]] = {
    "up": 1,
    "change": 6,
    "preview": 1,
    "refresh": 1,
    "destroy": 0.4,
    "reboot": 1,
    "power-cut": 1,
    "cut-cable": 1,
    "restart-docker": 1,
    "edit": 1,
}
"""How often an action comes. `up` comes far more often where there is something to do."""
MEANWHILE: Final[Mapping[str, float]] = {
    "nothing": 4,
    "kill": 3,
    "power-cut": 1,
    "cut-cable": 1,
    "restart-docker": 1,
}
"""What happens while an update runs. `kill` is `kill -9` of pulumi."""
LONGEST_UPDATE: Final = 15.0
"""Seconds within which it happens; an update that is shorter is over by then."""


@dataclass(frozen=True)
class Action:
    """One action. A field that an action does not need is None."""

    kind: str
    """One of WEIGHTS, or of CHANGES in place of `change`."""
    host: str | None = None
    """The host that it is about."""
    path: str | None = None
    """The file that `edit` adds a comment to."""
    seconds: float | None = None
    """For how long `cut-cable` cuts it."""
    meanwhile: str | None = None
    """What happens while an update runs: `kill`, or one of TO_HOSTS."""
    after: float | None = None
    """After how many seconds of the update."""


def sequence(seed: int, length: int) -> list[Action]:
    """The actions of a seed. A longer sequence of the same seed begins as a shorter one."""
    chance = random.Random(seed)
    actions: list[Action] = []
    for _ in range(length):
        to_do = bool(actions) and actions[-1].kind in (*CHANGES, "destroy")
        actions.append(_action(chance, {**WEIGHTS, "up": 15 if to_do else 1}))
    return actions


def as_toml(actions: Sequence[Action]) -> str:
    """The actions as the lines of an array in TOML."""
    return "".join(f"    {{ {_fields(action)} }},\n" for action in actions)


def kept(text: str) -> dict[str, list[Action]]:
    """The kept sequences of a file, by name."""
    found: list[dict[str, Any]] = tomllib.loads(text).get("sequence", [])
    return {one["name"]: [Action(**fields) for fields in one["actions"]] for one in found}


def as_kept(name: str, why: str, actions: Sequence[Action]) -> str:
    """What is added to that file for one more."""
    plain = why.replace("\\", "/").replace("'", "`")
    return f"\n[[sequence]]\nname = '{name}'\nwhy = '{plain}'\nactions = [\n{as_toml(actions)}]\n"


def changed(config: Mapping[str, Any], action: Action) -> dict[str, Any]:
    """The config keys that a change sets, from the config before it; a value of None takes a key away.

    Each undoes itself at the second time.
    """
    if action.kind == "gateway":
        return {"gateway": None if "gateway" in config else GATEWAY}
    hosts: list[dict[str, Any]] = config["hosts"]
    if action.kind == "third-host":
        others = [host for host in hosts if host["name"] in HOSTS]
        return {"hosts": others if len(others) < len(hosts) else [*others, _third_host()]}
    return {
        "hosts": [_changed_host(host, action.kind) if host["name"] == action.host else host for host in hosts]
    }


def _changed_host(host: Mapping[str, Any], kind: str) -> dict[str, Any]:
    first, *more = host["containers"]
    if kind == "open":
        rest = {key: value for key, value in host.items() if key != "open"}
        return rest if "open" in host else {**rest, "open": "all"}
    if kind == "port":
        # The check tries every TCP port, and nothing listens on a second one.
        ports = ["80/tcp"] if len(first["ports"]) > 1 else ["80/tcp", "5353/udp"]
        return {**host, "containers": [{**first, "ports": ports}, *more]}
    second = {"name": f"second-{host['slot']}", "image": "lab/web:1", "place": 2}
    return {**host, "containers": [first] if more else [first, second]}


def _third_host() -> dict[str, Any]:
    container = {"name": "web-3", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}
    return {"name": "host-3", "slot": 3, "containers": [container]}


def _action(chance: random.Random, weights: Mapping[str, float]) -> Action:
    kind = _pick(chance, weights)
    if kind == "change":
        kind = chance.choices(CHANGES, (3, 3, 2, 2, 1))[0]
        return Action(kind, host=None if kind in ("gateway", "third-host") else chance.choice(HOSTS))
    if kind in UPDATES:
        return _update(chance, kind)
    if kind == "edit":
        return Action(kind, host=chance.choice(HOSTS), path=chance.choice(OURS))
    if kind in TO_HOSTS:
        seconds = round(chance.uniform(1, 8), 1) if kind == "cut-cable" else None
        return Action(kind, host=chance.choice(HOSTS), seconds=seconds)
    return Action(kind)


def _update(chance: random.Random, kind: str) -> Action:
    meanwhile = _pick(chance, MEANWHILE)
    if meanwhile == "nothing":
        return Action(kind)
    after = round(chance.uniform(1, LONGEST_UPDATE), 1)
    if meanwhile == "kill":
        return Action(kind, meanwhile=meanwhile, after=after)
    seconds = round(chance.uniform(1, 8), 1) if meanwhile == "cut-cable" else None
    return Action(kind, host=chance.choice(HOSTS), seconds=seconds, meanwhile=meanwhile, after=after)


def _pick(chance: random.Random, weights: Mapping[str, float]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _fields(action: Action) -> str:
    given = {key: value for key, value in asdict(action).items() if value is not None}
    return ", ".join(
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in given.items()
    )
