"""Inputs before anything is made: names, types, required ones, defaults, names made up."""

from __future__ import annotations

import difflib
import hashlib
from typing import Any, Final, cast

from lab.plugins.aws.table import Failures, Property, ResourceType, schema
from lab.plugins.servicer import UNKNOWN, Properties

# As many digits as Pulumi's own autonaming gives.
NAME_DIGITS: Final = 7
_PYTHON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
_ARTICLES: Final = {"integer": "an", "array": "an", "object": "an"}


def check(
    kind: ResourceType,
    olds: Properties,
    news: Properties,
    default_tags: dict[str, str],
    name: str,
    seed: bytes,
) -> tuple[Properties, Failures]:
    """The inputs with defaults, default tags and a name filled in, and everything that is wrong with them."""
    inputs = {key: value for key, value in news.items() if value is not None and not key.startswith("__")}
    failures = _misnamed(kind, inputs) + _mistyped(kind, inputs)
    if not failures:
        failures = _missing(kind, inputs) + _clashing(kind, inputs) + _not_allowed(kind, inputs)
    if not failures:
        failures = kind.check(inputs)
    return _completed(kind, olds, inputs, default_tags, name, seed), failures


def _misnamed(kind: ResourceType, inputs: Properties) -> Failures:
    known = schema()["resources"][kind.token]["inputProperties"]
    modelled = {*kind.properties, "region"}
    return [
        (key, unexpected(key, modelled, known, kind.advice.get(key, "")))
        for key in inputs
        if key not in modelled
    ]


def unexpected(key: str, modelled: set[str], known: dict[str, Any], advice: str = "") -> str:
    """Why a property is refused: not modelled by the stand-in, or no property at all."""
    allowed = ", ".join(sorted(modelled))
    if key in known:
        hint = f"; {advice}" if advice else ""
        return (
            f"{key} is a property of pulumi-aws that this stand-in does not model{hint}; it models: {allowed}"
        )
    close = difflib.get_close_matches(key, [*modelled, *known], n=1)
    guess = f"; did you mean {close[0]}?" if close else ""
    return f"unexpected property {key}; allowed: {allowed}{guess}"


def _mistyped(kind: ResourceType, inputs: Properties) -> Failures:
    known = schema()["resources"][kind.token]["inputProperties"]
    failures: Failures = []
    for key, value in inputs.items():
        if key in known:
            failures += _type_failures(key, value, known[key], kind.properties.get(key, Property()))
    return failures


def _type_failures(path: str, value: Any, wanted: dict[str, Any], prop: Property) -> Failures:
    if value is UNKNOWN:
        return []
    if "$ref" in wanted:
        return _block_failures(path, value, wanted["$ref"], prop)
    name = wanted["type"]
    if not isinstance(value, _PYTHON_TYPES[name]) or (isinstance(value, bool) and name != "boolean"):
        return [(path, f"must be {_ARTICLES.get(name, 'a')} {name}, got {value!r}")]
    return [
        failure
        for member_path, item, kind in _members(path, value, wanted)
        for failure in _type_failures(member_path, item, kind, prop)
    ]


def _members(path: str, value: Any, wanted: dict[str, Any]) -> list[tuple[str, Any, dict[str, Any]]]:
    """The items of a list or map, with their paths and the type they must have."""
    if wanted["type"] == "array":
        items = cast("list[Any]", value)
        return [(f"{path}[{index}]", item, wanted["items"]) for index, item in enumerate(items)]
    if "additionalProperties" in wanted:
        entries = cast("dict[str, Any]", value)
        return [(f"{path}.{key}", item, wanted["additionalProperties"]) for key, item in entries.items()]
    return []


def _block_failures(path: str, value: Any, reference: str, prop: Property) -> Failures:
    if not reference.startswith("#/types/"):
        return []
    if not isinstance(value, dict):
        return [(path, f"must be an object, got {value!r}")]
    known = schema()["types"][reference.removeprefix("#/types/")]["properties"]
    failures: Failures = []
    for key, item in cast("dict[str, Any]", value).items():
        if key not in prop.members:
            failures.append((f"{path}.{key}", unexpected(key, set(prop.members), known)))
        elif item is not None:
            failures += _type_failures(f"{path}.{key}", item, known[key], Property())
    return failures


def _missing(kind: ResourceType, inputs: Properties) -> Failures:
    failures = [
        (key, f"missing required property {key}")
        for key, prop in kind.properties.items()
        if prop.required and inputs.get(key) in (None, "")
    ]
    for group in kind.exactly_one:
        given = [key for key in group if inputs.get(key) is not None]
        if len(given) != 1:
            named = f"; got {', '.join(given)}" if given else "; got none"
            failures.append((group[0], f"exactly one of {', '.join(group)} must be given{named}"))
    return failures


def _clashing(kind: ResourceType, inputs: Properties) -> Failures:
    failures: Failures = []
    for group in kind.exclusive:
        given = [key for key in group if inputs.get(key) is not None]
        if len(given) > 1:
            failures.append(
                (given[1], f"{given[1]} conflicts with {given[0]}; give one of {', '.join(group)}")
            )
    return failures


def _not_allowed(kind: ResourceType, inputs: Properties) -> Failures:
    return [
        (key, f"must be one of {', '.join(prop.values)}, got {inputs[key]!r}")
        for key, prop in kind.properties.items()
        if prop.values and key in inputs and inputs[key] is not UNKNOWN and inputs[key] not in prop.values
    ]


def _completed(
    kind: ResourceType,
    olds: Properties,
    inputs: Properties,
    default_tags: dict[str, str],
    name: str,
    seed: bytes,
) -> Properties:
    completed = dict(inputs)
    for key, prop in kind.properties.items():
        if prop.default is not None and key not in completed:
            completed[key] = prop.default
    completed |= kind.complete(completed)
    if kind.tagged and default_tags:
        completed["tags"] = _with_defaults(completed.get("tags"), default_tags)
    if kind.name_property and not _named(kind.name_property, completed):
        completed |= _made_up_name(kind.name_property, olds, name, seed)
    return completed


def _with_defaults(tags: Any, default_tags: dict[str, str]) -> Any:
    return UNKNOWN if tags is UNKNOWN else default_tags | cast("dict[str, str]", tags or {})


def _named(name_property: str, inputs: Properties) -> bool:
    return name_property in inputs or f"{name_property}Prefix" in inputs


def _made_up_name(name_property: str, olds: Properties, name: str, seed: bytes) -> Properties:
    # The mark tells a name made up from one given by hand, as the real provider's `__defaults` does.
    if name_property in olds.get("__defaults", []):
        chosen = olds[name_property]
    else:
        chosen = f"{name}-{hashlib.sha256(seed).hexdigest()[:NAME_DIGITS]}"
    return {name_property: chosen, "__defaults": [name_property]}
