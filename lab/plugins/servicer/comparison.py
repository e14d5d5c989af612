"""Differences between old and new inputs, as the engine's property paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from lab.plugins.servicer.provider import Change, Diff
from lab.plugins.servicer.values import contains_unknown

_REPLACING: Final[dict[Change, Change]] = {
    "ADD": "ADD_REPLACE",
    "DELETE": "DELETE_REPLACE",
    "UPDATE": "UPDATE_REPLACE",
}
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]*")


def member(path: str, name: str) -> str:
    """The path of a member of an object: `a.b`, or `a["b.c"]` for a name that needs quotes."""
    if not _PLAIN_NAME.fullmatch(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{name}" if path else name


def compare(old: Any, new: Any, path: str = "") -> dict[str, Change]:
    """The paths at which two values differ, leaf by leaf, each with `ADD`, `DELETE` or `UPDATE`.

    A missing member and None are the same. `UNKNOWN` differs from everything, also from itself.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return _compare_objects(cast("dict[str, Any]", old), cast("dict[str, Any]", new), path)
    if isinstance(old, list) and isinstance(new, list):
        return _compare_lists(cast("list[Any]", old), cast("list[Any]", new), path)
    if _same(old, new):
        return {}
    if old is None:
        return {path: "ADD"}
    return {path: "DELETE" if new is None else "UPDATE"}


def _same(old: Any, new: Any) -> bool:
    if contains_unknown(old) or contains_unknown(new):
        return False
    # True == 1 in Python, but not in a Pulumi program.
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _compare_objects(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for name in [*old, *(name for name in new if name not in old)]:
        found |= compare(old.get(name), new.get(name), member(path, name))
    return found


def _compare_lists(old: list[Any], new: list[Any], path: str) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        found |= compare(before, after, f"{path}[{index}]")
    return found


def top_level(path: str) -> str:
    """The property a path begins with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def is_ignored(path: str, ignored: Iterable[str]) -> bool:
    """Whether a path lies at or below one of the paths named in `ignoreChanges` (`*` matches one step)."""
    steps = _steps(path)
    return any(_begins(steps, _steps(pattern)) for pattern in ignored)


def _steps(path: str) -> list[str]:
    return [step.strip('"') for step in re.findall(r'"(?:[^"\\]|\\.)*"|[^.\[\]]+', path)]


def _begins(steps: list[str], pattern: list[str]) -> bool:
    pairs = zip(steps, pattern, strict=False)
    return len(pattern) <= len(steps) and all(wanted in ("*", step) for step, wanted in pairs)


def paths_to_diff(
    changed: Mapping[str, Change],
    replaces: Callable[[str], bool],
    ignored: Iterable[str] = (),
    delete_before_replace: bool = False,
) -> Diff:
    """A `Diff` from changed paths; `replaces(path)` says which of them need a new resource."""
    patterns = list(ignored)
    kept: dict[str, Change] = {path: kind for path, kind in changed.items() if not is_ignored(path, patterns)}
    replacing = [path for path in kept if replaces(path)]
    detailed: dict[str, Change] = {}
    for path, kind in kept.items():
        detailed[path] = _REPLACING[kind] if path in replacing else kind
    return Diff(
        changes=bool(kept),
        replaces=tuple(dict.fromkeys(top_level(path) for path in replacing)),
        delete_before_replace=delete_before_replace and bool(replacing),
        detailed=detailed,
    )
