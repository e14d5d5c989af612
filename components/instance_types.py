"""How many IPv6 addresses an instance type's network interface holds: a dated table, no call to AWS.

The data come from EC2's DescribeInstanceTypes (`Ipv6AddressesPerInterface`, `Hypervisor`); the file says of
which day. A type that is newer than the table is not refused: AWS decides when the interface is made.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_SUGGESTIONS: Final = 4
_COMMON_FAMILIES: Final = ("t3", "t4g", "m7g", "m6i", "c7g", "c6i")
"""Suggested when the family of the type that was asked for holds too few itself."""


@dataclass(frozen=True)
class InstanceType:
    """One type. `ipv6_addresses`: on one interface. `architectures`: EC2's names, x86_64, arm64."""

    name: str
    ipv6_addresses: int
    nitro: bool
    architectures: tuple[str, ...]


@cache
def instance_types() -> dict[str, InstanceType]:
    """The whole table, by name."""
    return {
        name: InstanceType(name, entry["ipv6"], entry["nitro"], tuple(entry["architectures"]))
        for name, entry in _data()["types"].items()
    }


def table_date() -> str:
    """The day the table was made, as YYYY-MM-DD."""
    return _data()["date"]


def known_architectures(name: str) -> tuple[str, ...] | None:
    """The architectures of a type, `x86_64` or `arm64` among them; None when the table does not know it."""
    known = instance_types().get(name)
    return known.architectures if known else None


def types_that_hold(addresses: int, like: str) -> tuple[InstanceType, ...]:
    """A few types that hold so many addresses: the smallest of the same family first, then of common ones."""
    enough = [each for each in instance_types().values() if each.nitro and each.ipv6_addresses >= addresses]
    enough.sort(key=lambda each: (each.ipv6_addresses, len(each.name), each.name))
    family = like.partition(".")[0]
    own = [each for each in enough if each.name.startswith(f"{family}.")][:2]
    common = [
        next((each for each in enough if each.name.startswith(f"{name}.")), None)
        for name in _COMMON_FAMILIES
        if name != family
    ]
    chosen = [*own, *(each for each in common if each)]
    return tuple((chosen or enough)[:_SUGGESTIONS])


@cache
def _data() -> dict[str, Any]:
    return json.loads((files(__package__ or "") / "instance_types.json").read_text())
