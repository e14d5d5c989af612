"""One difference between what a host has and what it should have. Pure."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Mending = Literal["up", "user", "itself"]
"""Who puts it right: `pulumi up` with another `repair`, somebody by hand, or the host after some time."""


@dataclass(frozen=True)
class Difference:
    """`kind`: such as `file`; `subject`: which one. `lines`: a diff, `-` what the host has, `+` what it
    should have.
    """

    kind: str
    subject: str
    lines: tuple[str, ...]
    mending: Mending = "up"


def of_sets(
    kind: str, subject: str, found: Iterable[str], wanted: Iterable[str], mending: Mending = "up"
) -> list[Difference]:
    """A difference between two sets of lines, of which the order means nothing; none where they are equal."""
    has, should = list(dict.fromkeys(found)), list(dict.fromkeys(wanted))
    lines = [f"- {line}" for line in has if line not in should]
    lines += [f"+ {line}" for line in should if line not in has]
    return [Difference(kind, subject, tuple(lines), mending)] if lines else []


def of_texts(found: str, wanted: str) -> tuple[str, ...]:
    """The unified diff of two texts with two lines around each change; empty where they are equal."""
    if found == wanted:
        return ()
    lines = list(difflib.unified_diff(found.splitlines(), wanted.splitlines(), lineterm="", n=2))[2:]
    return tuple(lines) or ("- the last line ends without a newline, or otherwise than the others",)
