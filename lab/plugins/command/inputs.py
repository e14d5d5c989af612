"""The properties of each resource type, and what is wrong with given ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from lab.plugins.command.output import LOGGING_VALUES
from lab.plugins.servicer import UNKNOWN, Properties

Kind = Literal["string", "integer", "number", "boolean", "strings", "values", "texts", "logging", "target"]
Failures = list[tuple[str, str]]

REMOTE: Final = "command:remote:Command"
LOCAL: Final = "command:local:Command"
RUN: Final = "command:local:run"


@dataclass(frozen=True)
class ResourceType:
    """Property names with their kinds; `refused` are real ones that the stand-in does not model, with why."""

    token: str
    properties: Mapping[str, Kind]
    required: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict[str, str])


_COMMON: Final[dict[str, Kind]] = {
    "create": "string",
    "update": "string",
    "delete": "string",
    "triggers": "values",
    "stdin": "string",
    "logging": "logging",
    "environment": "texts",
    "addPreviousOutputInEnv": "boolean",
}
_TARGET: Final[dict[str, Kind]] = {
    "host": "string",
    "user": "string",
    "port": "number",
    "password": "string",
    "privateKey": "string",
    "privateKeyPassword": "string",
    "agentSocketPath": "string",
    "hostKey": "string",
    "dialErrorLimit": "integer",
    "perDialTimeout": "integer",
}
_NO_ASSETS: Final = "the files would come back as assets; print what is needed instead"
_ASSETS: Final = {"assetPaths": _NO_ASSETS, "archivePaths": _NO_ASSETS}
_LOCAL: Final[dict[str, Kind]] = {**_COMMON, "interpreter": "strings", "dir": "string"}
_RUN_INPUTS: Final = ("stdin", "logging", "environment", "addPreviousOutputInEnv", "interpreter", "dir")

TYPES: Final = {
    REMOTE: ResourceType(REMOTE, {**_COMMON, "connection": "target"}, frozenset(("connection",))),
    LOCAL: ResourceType(LOCAL, _LOCAL, refused=_ASSETS),
}
RUN_TYPE: Final = ResourceType(
    RUN,
    {"command": "string", **{name: _LOCAL[name] for name in _RUN_INPUTS}},
    frozenset(("command",)),
    _ASSETS,
)
_COPIED: Final = "give the content as `stdin` to a command:remote:Command, which can set mode and owner"
NOT_MODELLED: Final = {
    "command:remote:CopyToRemote": _COPIED,
    "command:remote:CopyFile": f"it is deprecated; {_COPIED}",
}


def check(kind: ResourceType, news: Properties) -> Failures:
    """Everything that is wrong with the inputs: (property, reason)."""
    failures: Failures = []
    for name, value in news.items():
        if name in kind.refused:
            failures.append((name, f"{name} is not modelled by this stand-in: {kind.refused[name]}"))
        elif name not in kind.properties:
            failures.append((name, _unexpected(name, kind.properties)))
        else:
            failures += _wrong(name, value, kind.properties[name])
    return failures + [(name, f"missing required property {name}") for name in kind.required - news.keys()]


def _unexpected(name: str, allowed: Mapping[str, Kind]) -> str:
    close = difflib.get_close_matches(name, allowed, n=1)
    guess = f"; did you mean {close[0]}?" if close else ""
    return f"unexpected property {name}; allowed: {', '.join(sorted(allowed))}{guess}"


def _wrong(path: str, value: Any, kind: Kind) -> Failures:
    if value is UNKNOWN or value is None:
        return []
    if kind == "target":
        return _wrong_target(path, value, {**_TARGET, "proxy": "target"})
    if kind in ("strings", "texts"):
        return _wrong_members(path, value, kind)
    if kind == "values":
        return [] if isinstance(value, list) else [_not_a(path, value, "a list")]
    if kind == "logging" and isinstance(value, str) and value not in LOGGING_VALUES:
        return [(path, f'{path} is "{value}"; allowed: {", ".join(LOGGING_VALUES)}')]
    return [] if _is_scalar(value, kind) else [_not_a(path, value, _NAMES[kind])]


_NAMES: Final[dict[Kind, str]] = {
    "string": "a string",
    "logging": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
}


def _is_scalar(value: Any, kind: Kind) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("integer", "number"):
        return isinstance(value, int | float if kind == "number" else int) and not isinstance(value, bool)
    return isinstance(value, str)


def _not_a(path: str, value: Any, wanted: str) -> tuple[str, str]:
    # The value itself is left out: it may be a key in the wrong place.
    return path, f"{path} must be {wanted}, not {_kind_of(value)}"


def _kind_of(value: Any) -> str:
    kinds = {bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "a number")


def _wrong_members(path: str, value: Any, kind: Kind) -> Failures:
    if kind == "strings":
        if not isinstance(value, list):
            return [_not_a(path, value, "a list of strings")]
        members = {f"{path}[{index}]": item for index, item in enumerate(cast("list[Any]", value))}
    else:
        if not isinstance(value, dict):
            return [_not_a(path, value, "an object of strings")]
        members = {f"{path}.{name}": item for name, item in cast("dict[str, Any]", value).items()}
    return [found for inside, item in members.items() for found in _wrong(inside, item, "string")]


def _wrong_target(path: str, value: Any, properties: Mapping[str, Kind]) -> Failures:
    if not isinstance(value, dict):
        return [_not_a(path, value, "an object")]
    failures: Failures = []
    members = cast("dict[str, Any]", value)
    for name, item in members.items():
        inside = f"{path}.{name}"
        if name not in properties:
            hint = "; a proxy cannot have a proxy of its own" if name == "proxy" else ""
            failures.append((inside, _unexpected(name, properties) + hint))
        elif name == "proxy" and item is not None and item is not UNKNOWN:
            failures += _wrong_target(inside, item, _TARGET)
        else:
            failures += _wrong(inside, item, properties[name])
    if members.get("host") is None:
        failures.append((f"{path}.host", f"missing required property {path}.host"))
    return failures
