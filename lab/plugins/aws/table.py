"""The form in which a resource type is described: one row for each input, and four functions that speak to
EC2.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from lab.plugins.aws.operation import Operation
from lab.plugins.servicer import Properties

SCHEMA: Final = Path(__file__).with_name("schema.json")


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Property:
    """How one input behaves.

    `change`: what a changed value does to a living resource. `computed`: when it is not given, EC2's own
    value is taken, and nothing is changed to get rid of it. `default`: filled in at check, as the provider
    does. `unordered`: a set. `told`: EC2 gives the value back, so drift shows. `imported`: part of the inputs
    of an imported resource. `canonical`: two spellings with one canonical value are the same. `members`: the
    modelled members of a block, and those of them that replace.
    """

    change: Literal["replace", "update"] = "update"
    required: bool = False
    computed: bool = False
    default: Any = None
    unordered: bool = False
    told: bool = True
    imported: bool = True
    values: tuple[str, ...] = ()
    canonical: Callable[[Any], Any] = _itself
    members: tuple[str, ...] = ()
    replacing_members: tuple[str, ...] = ()


REQUIRED_REPLACE: Final = Property("replace", required=True)
COMPUTED_REPLACE: Final = Property("replace", computed=True)
COMPUTED: Final = Property(computed=True)
PLAIN: Final = Property()
REPLACE: Final = Property("replace")
TAGS: Final = Property()

Failures = list[tuple[str, str]]


def _nothing_else(_inputs: Properties) -> Failures:
    return []


def _complete_already(_inputs: Properties) -> Properties:
    return {}


def _by_table(_path: str, _old: Properties, _new: Properties) -> bool:
    return False


def _same_outputs(_old: Properties, _outputs: Properties, _new: Properties) -> Properties:
    return {}


@dataclass(frozen=True)
class ResourceType:
    """One resource type.

    `create` makes it and sets `operation.id` as soon as EC2 knows it. `find` gives every modelled property as
    it is now, or None. `update` brings the resource from what `find` gave to the wanted inputs. `delete`
    waits until it is gone. `check` adds rules over several inputs, `complete` defaults that depend on others,
    `replaces` looks at values, `preview` gives the outputs that an update changes besides its inputs.
    """

    token: str
    noun: str
    properties: Mapping[str, Property]
    create: Callable[[Operation, Properties], None]
    find: Callable[[Operation, str, Properties], Properties | None]
    update: Callable[[Operation, str, Properties, Properties], None]
    delete: Callable[[Operation, str, Properties], None]
    check: Callable[[Properties], Failures] = _nothing_else
    complete: Callable[[Properties], Properties] = _complete_already
    replaces: Callable[[str, Properties, Properties], bool] = _by_table
    preview: Callable[[Properties, Properties, Properties], Properties] = _same_outputs
    exclusive: tuple[tuple[str, ...], ...] = ()
    exactly_one: tuple[tuple[str, ...], ...] = ()
    name_property: str | None = None
    delete_seconds: float = 1200
    advice: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def tagged(self) -> bool:
        """Whether the type takes tags."""
        return "tags" in self.properties


@cache
def schema() -> dict[str, Any]:
    """The part of the pulumi-aws package schema that the stand-in knows; see `schema_from_sdk`."""
    return json.loads(SCHEMA.read_text())
