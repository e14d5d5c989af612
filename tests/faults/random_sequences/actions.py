"""Random sequences as plain data: a seed gives a list of actions, and a list can be kept and done again."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from tests.faults.random_sequences.changes import CHANGES, HOSTS, OF_THE_STACK

TO_HOSTS: Final = ("reboot", "power-cut", "cut-cable", "restart-docker", "kill-sshd", "edit")
"""What happens to a host."""
KILLS: Final = ("kill", "kill-all")
"""`kill -9` of pulumi, and of all that it started."""
UPDATES: Final = ("up", "replace", "destroy")
"""`replace` makes the instance of a host anew, as the README says."""
EDITS: Final = (
    "netplan", "filter", "sysctl", "filter-gone", "forwarding-off", "address-added", "container-gone",
    "netplan-back",
)  # fmt: skip
"""What somebody changes on a host by hand: `harm.EDITS`."""
CALLS: Final = (
    "RunInstances", "TerminateInstances", "DescribeInstances", "CreateNetworkInterface",
    "DeleteNetworkInterface", "DescribeNetworkInterfaces", "AuthorizeSecurityGroupIngress",
    "RevokeSecurityGroupIngress", "CreateTags",
)  # fmt: skip
"""The calls of AWS that may fail."""

WEIGHTS: Final[Mapping[str, float]] = {
    "up": 1,
    "change": 6,
    "preview": 0.5,
    "refresh": 1,
    "replace": 0.5,
    "destroy": 0.4,
    "terminate": 0.5,
    "reboot": 0.7,
    "power-cut": 0.7,
    "cut-cable": 0.5,
    "restart-docker": 0.5,
    "kill-sshd": 0.5,
    "edit": 1.5,
}
"""How often an action comes. `terminate` is done to an instance outside Pulumi, and a refresh follows."""
UP_IS_DUE: Final = 30
"""How often `up` comes where there is something to do."""
MEANWHILE: Final[Mapping[str, float]] = {
    "nothing": 5,
    "kill": 2,
    "kill-all": 1,
    "ctrl-c": 1,
    "aws-fails": 1,
    "power-cut": 1,
    "reboot": 0.5,
    "cut-cable": 1,
    "restart-docker": 1,
    "kill-sshd": 1,
}
"""What happens while an update runs."""
LONGEST_UPDATE: Final = 15.0
"""Seconds within which it happens; an update that is shorter is over by then."""


@dataclass(frozen=True)
class Action:
    """One action. A field that an action does not need is None."""

    kind: str
    """One of WEIGHTS, or of CHANGES in place of `change`."""
    host: str | None = None
    """The host that it is about."""
    what: str | None = None
    """One of EDITS for `edit`, one of CALLS for `aws-fails`."""
    seconds: float | None = None
    """For how long `cut-cable` cuts it."""
    meanwhile: str | None = None
    """What happens while an update runs: one of MEANWHILE."""
    after: float | None = None
    """After how many seconds of the update."""


def sequence(seed: int, length: int) -> list[Action]:
    """The actions of a seed. A longer sequence of the same seed begins as a shorter one."""
    chance = random.Random(seed)
    actions: list[Action] = []
    for _ in range(length):
        due = bool(actions) and actions[-1].kind in (*CHANGES, "destroy", "terminate")
        actions.append(_action(chance, {**WEIGHTS, "up": UP_IS_DUE if due else WEIGHTS["up"]}))
    return actions


def as_toml(actions: Sequence[Action]) -> str:
    """The actions as the lines of an array in TOML."""
    return "".join(f"    {one_line(action)},\n" for action in actions)


def one_line(action: Action) -> str:
    """An action as TOML's inline table."""
    given = {key: value for key, value in asdict(action).items() if value is not None}
    fields = (
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in given.items()
    )
    return f"{{ {', '.join(fields)} }}"


def kept(text: str) -> dict[str, list[Action]]:
    """The kept sequences of a file, by name."""
    found: list[dict[str, Any]] = tomllib.loads(text).get("sequence", [])
    return {one["name"]: [Action(**fields) for fields in one["actions"]] for one in found}


def as_kept(name: str, why: str, actions: Sequence[Action]) -> str:
    """What is added to that file for one more."""
    plain = why.replace("\\", "/").replace("'", "`")
    return f"\n[[sequence]]\nname = '{name}'\nwhy = '{plain}'\nactions = [\n{as_toml(actions)}]\n"


def _action(chance: random.Random, weights: Mapping[str, float]) -> Action:
    kind = _pick(chance, weights)
    if kind == "change":
        kind = _pick(chance, CHANGES)
        return Action(kind, host=None if kind in OF_THE_STACK else chance.choice(HOSTS))
    if kind in UPDATES:
        return _update(chance, kind)
    if kind == "edit":
        return Action(kind, host=chance.choice(HOSTS), what=chance.choice(EDITS))
    if kind in (*TO_HOSTS, "terminate"):
        return Action(kind, host=chance.choice(HOSTS), seconds=_seconds(chance, kind))
    return Action(kind)


def _update(chance: random.Random, kind: str) -> Action:
    replaced = chance.choice(HOSTS) if kind == "replace" else None
    meanwhile = _pick(chance, MEANWHILE)
    if meanwhile == "nothing":
        return Action(kind, host=replaced)
    if meanwhile == "aws-fails":
        return Action(kind, host=replaced, what=chance.choice(CALLS), meanwhile=meanwhile)
    after = round(chance.uniform(1, LONGEST_UPDATE), 1)
    if meanwhile not in TO_HOSTS:
        return Action(kind, host=replaced, meanwhile=meanwhile, after=after)
    host, seconds = replaced or chance.choice(HOSTS), _seconds(chance, meanwhile)
    return Action(kind, host=host, seconds=seconds, meanwhile=meanwhile, after=after)


def _seconds(chance: random.Random, kind: str) -> float | None:
    return round(chance.uniform(1, 8), 1) if kind == "cut-cable" else None


def _pick(chance: random.Random, weights: Mapping[str, float]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
