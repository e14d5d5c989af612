"""What is recorded of a resource: its outputs, and its inputs as a refresh or an import sees them."""

from __future__ import annotations

from typing import Any, cast

from lab.plugins.aws.rules import canonical, old_value, same
from lab.plugins.aws.table import ResourceType
from lab.plugins.servicer import UNKNOWN, Properties


def outputs(kind: ResourceType, known: Properties, wanted: Properties, region: str) -> Properties:
    """All outputs: what EC2 tells, in the program's own spelling and order where it means the same."""
    complete = with_untold(kind, known, wanted)
    for key, prop in kind.properties.items():
        told, given = complete.get(key), wanted.get(key)
        if (
            given is not None
            and told is not None
            and prop.told
            and not prop.members
            and same(prop, given, told)
        ):
            complete[key] = given
    complete["region"] = region
    return {key: value for key, value in complete.items() if value is not None}


def with_untold(kind: ResourceType, known: Properties, wanted: Properties) -> Properties:
    """What EC2 tells, and of what it does not tell what the program last said."""
    untold = {key: wanted[key] for key, prop in kind.properties.items() if not prop.told and key in wanted}
    return known | untold


def inputs(kind: ResourceType, before: Properties, known: Properties) -> Properties:
    """The inputs that would give what is there now. Without inputs before, it is an import: all that say
    something.

    A computed property that the program left out stays left out; one that EC2 does not tell stays as it was.
    """
    result: Properties = {key: before[key] for key in ("region", "__defaults") if key in before}
    for key, prop in kind.properties.items():
        given, told = before.get(key), known.get(key)
        if not prop.told or (given is not None and same(prop, given, told)):
            value = given if prop.told or before else (told if prop.imported else None)
        elif given is not None or not prop.computed:
            value = _members(prop.members, given, told)
        else:
            value = told if not before and prop.imported else None
        if value is not None and (given is not None or canonical(prop, value) not in (None, "", [], {})):
            result[key] = value
    return result


def _members(members: tuple[str, ...], given: Any, told: Any) -> Any:
    # Of a block, the members the program gave.
    if members and isinstance(given, dict) and isinstance(told, dict):
        values = cast("Properties", told)
        return {name: values.get(name) for name in cast("Properties", given)}
    return told


def predicted(kind: ResourceType, news: Properties, region: str) -> Properties:
    """The outputs that a preview of a create knows already."""
    known = dict(news)
    if kind.tagged:
        known["tags"] = news.get("tags") or {}
        known["tagsAll"] = known["tags"]
    return known | {"region": news.get("region") or region}


def predicted_update(
    kind: ResourceType, old_inputs: Properties, old_outputs: Properties, news: Properties
) -> Properties:
    """The outputs after an update: the old ones, the new inputs, and what follows from them."""
    known = {key: value for key, value in old_outputs.items() if key not in kind.properties}
    for key, prop in kind.properties.items():
        old = old_value(prop, key, old_inputs, old_outputs)
        if key in news:
            value = _block(prop.members, old_outputs.get(key), news[key])
        elif prop.computed:
            value = old if key not in old_inputs or key in old_outputs else UNKNOWN
        else:
            value = None
        if value is not None:
            known[key] = value
    if kind.tagged:
        known["tagsAll"] = known["tags"] = news.get("tags") or {}
    return known | kind.preview(old_inputs, old_outputs, news)


def _block(members: tuple[str, ...], old: Any, new: Any) -> Any:
    if members and isinstance(old, dict) and isinstance(new, dict):
        return cast("Properties", old) | cast("Properties", new)
    return new
