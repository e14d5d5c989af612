"""What changes: old and new inputs compared by a type's table."""

from __future__ import annotations

from typing import Any, cast

from lab.plugins.aws.table import Property, ResourceType
from lab.plugins.servicer import UNKNOWN, Diff, Properties, compare, contains_unknown, paths_to_diff
from lab.plugins.servicer.comparison import top_level
from lab.plugins.servicer.provider import Change


def canonical(prop: Property, value: Any) -> Any:
    """A value in the form in which it is compared: one spelling, sets sorted, nothing for what is empty."""
    if contains_unknown(value):
        return UNKNOWN
    if isinstance(value, list):
        items = [prop.canonical(item) for item in cast("list[Any]", value)]
        value = sorted(items, key=repr) if prop.unordered else items
    elif value is not None:
        value = prop.canonical(value)
    return None if not prop.computed and value in (None, False, "", [], {}) else value


def same(prop: Property, old: Any, new: Any) -> bool:
    """Whether two known values mean the same."""
    before, after = canonical(prop, old), canonical(prop, new)
    if UNKNOWN in (before, after):
        return False
    return before == after


def old_value(prop: Property, key: str, old_inputs: Properties, old_outputs: Properties) -> Any:
    """What the resource had: the program's value, else what EC2 chose."""
    given = old_inputs.get(key)
    return old_outputs.get(key) if given is None and prop.computed else given


def changes(
    kind: ResourceType, inputs: Properties, outputs: Properties, news: Properties
) -> dict[str, Change]:
    """The changed paths of all modelled properties, without regard to what they do."""
    found: dict[str, Change] = {}
    for key, prop in kind.properties.items():
        before, after = old_value(prop, key, inputs, outputs), news.get(key)
        if after is None and (prop.computed or prop.default is not None):
            continue
        if not same(prop, before, after):
            found |= _paths(prop, key, before, after)
    return found


def _paths(prop: Property, key: str, before: Any, after: Any) -> dict[str, Change]:
    if prop.unordered and isinstance(before, list) and isinstance(after, list):
        return _set_paths(prop, key, cast("list[Any]", before), cast("list[Any]", after))
    if prop.members and isinstance(before, dict) and isinstance(after, dict):
        # A block's members are computed each: only those given are compared.
        known = cast("dict[str, Any]", before)
        before = {name: known.get(name) for name in cast("dict[str, Any]", after)}
    return compare(before, after, key)


def _set_paths(prop: Property, key: str, before: list[Any], after: list[Any]) -> dict[str, Change]:
    old = [canonical(prop, item) for item in before]
    new = [canonical(prop, item) for item in after]
    paths: dict[str, Change] = {f"{key}[{i}]": "DELETE" for i, item in enumerate(old) if item not in new}
    for index, item in enumerate(new):
        path = f"{key}[{index}]"
        if item is UNKNOWN or item not in old:
            paths[path] = "UPDATE" if path in paths else "ADD"
    return paths


def diff(
    kind: ResourceType,
    inputs: Properties,
    outputs: Properties,
    news: Properties,
    ignored: list[str],
    region: str = "",
) -> Diff:
    """What an update does: which paths change, which of them replace, and whether the old goes first.

    `region` is where the resource would be made now; another than that of `outputs` replaces.
    """
    changed = changes(kind, inputs, outputs, news)
    if region and outputs.get("region") not in (None, region):
        changed["region"] = "UPDATE" if "region" in inputs else "ADD"

    def replaces(path: str) -> bool:
        return path == "region" or _replaces(kind, path, outputs | inputs, news)

    return paths_to_diff(changed, replaces, ignored, delete_before_replace=_named_by_hand(kind, news))


def _replaces(kind: ResourceType, path: str, old: Properties, news: Properties) -> bool:
    prop = kind.properties[top_level(path)]
    member = path.partition(".")[2]
    if prop.members and member:
        return prop.change == "replace" or member in prop.replacing_members
    return prop.change == "replace" or kind.replaces(path, old, news)


def _named_by_hand(kind: ResourceType, news: Properties) -> bool:
    # Two things cannot have one name: a name given by hand is free only when the old one is gone.
    name = kind.name_property
    return name is not None and name in news and name not in news.get("__defaults", [])
