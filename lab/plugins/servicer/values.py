"""Values on the wire (protobuf `Struct`) and in Python.

The signatures are those of `pulumi.runtime.rpc` (Pulumi SDK 3.250.0). Assets and archives stay
dictionaries that hold the signature key `SIGNATURE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """A value that a preview does not have yet. There is one, `UNKNOWN`; compare it with `is`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in state and never prints."""

    value: Any

    def __repr__(self) -> str:
        return "Secret([secret])"


def from_value(value: struct_pb2.Value) -> Any:
    """One wire value as plain Python: integral floats as int, `UNKNOWN`, `Secret` at any depth."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _from_object(from_struct(value.struct_value))
    if kind == "list_value":
        return [from_value(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
    if kind == "number_value":
        return int(value.number_value) if value.number_value.is_integer() else value.number_value
    return value.bool_value if kind == "bool_value" else None


def _from_object(fields: dict[str, Any]) -> Any:
    return Secret(fields.get("value")) if fields.get(SIGNATURE) == SECRET_SIGNATURE else fields


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A wire struct as a dictionary; see `from_value`."""
    return {name: from_value(value) for name, value in struct.fields.items()}


def to_value(value: Any) -> struct_pb2.Value:
    """Plain Python as one wire value. Raises TypeError for what the wire cannot carry."""
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if isinstance(value, Secret):
        wrapped = {SIGNATURE: SECRET_SIGNATURE, "value": value.value}
        return struct_pb2.Value(struct_value=to_struct(wrapped))
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(cast("Mapping[str, Any]", value)))
    if isinstance(value, Sequence | set | frozenset):
        items = [to_value(item) for item in cast("Sequence[Any]", value)]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    raise TypeError(f"a {type(value).__name__} cannot be sent to the engine")


def to_struct(fields: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dictionary as a wire struct; keys whose value is None are left out."""
    return struct_pb2.Struct(
        fields={name: to_value(item) for name, item in fields.items() if item is not None}
    )


def reveal(value: Any) -> Any:
    """The same value without `Secret` wrappers, at any depth."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {name: reveal(item) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [reveal(item) for item in cast("list[Any]", value)]
    return value


def conceal(value: Any, like: Any) -> Any:
    """`value` with `Secret` wherever `like` has one in the same place."""
    if isinstance(value, Secret):
        return value
    if isinstance(like, Secret):
        return None if value is None else Secret(value)
    if isinstance(value, dict) and isinstance(like, dict):
        fields, pattern = cast("dict[str, Any]", value), cast("dict[str, Any]", like)
        return {name: conceal(item, pattern.get(name)) for name, item in fields.items()}
    if isinstance(value, list) and isinstance(like, list):
        return _conceal_list(cast("list[Any]", value), cast("list[Any]", like))
    return cast("Any", value)


def _conceal_list(items: list[Any], like: list[Any]) -> Any:
    # A set may come back in another order, so one secret item makes the whole list secret.
    if any(isinstance(item, Secret) for item in like):
        return Secret(items)
    if len(items) != len(like):
        return Secret(items) if _contains(like, Secret) else items
    return [conceal(item, pattern) for item, pattern in zip(items, like, strict=True)]


def contains_unknown(value: Any) -> bool:
    """Whether `UNKNOWN` occurs in the value, at any depth."""
    return _contains(value, Unknown)


def _contains(value: Any, kind: type) -> bool:
    if isinstance(value, kind):
        return True
    if isinstance(value, Secret):
        return _contains(value.value, kind)
    if isinstance(value, dict):
        return any(_contains(item, kind) for item in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return any(_contains(item, kind) for item in cast("list[Any]", value))
    return False
