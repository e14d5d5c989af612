"""What the messages about wrong values have in common."""

from collections.abc import Sequence
from difflib import get_close_matches


def did_you_mean(given: str, known: Sequence[str]) -> str:
    """The end of a message: the known word that was perhaps meant, or all of them when they are few."""
    close = get_close_matches(given, known, n=1) or [
        each for each in known if each.lower() == given.lower().replace("-", "").replace("_", "")
    ]
    return f"; did you mean {close[0]!r}" if close else ""


def shown(value: object) -> str:
    """A value for a message, in at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
