"""Reads values from a mapping of any content, and collects what is wrong with them instead of stopping."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ..wording import did_you_mean, shown

T = TypeVar("T")
Check = Callable[[str], str]
"""Takes a text, returns its canonical spelling, raises ValueError with what is wrong and what is allowed."""


@dataclass(frozen=True)
class Reader:
    """A mapping under reading. `where` stands before every message; `errors` grows.

    An empty text, list or mapping is the same as none: Pulumi.yaml gives those as defaults.
    """

    values: Mapping[str, Any]
    where: str
    errors: list[str]

    def error(self, message: str) -> None:
        """Notes one error."""
        self.errors.append(f"{self.where}{message}")

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Notes every key that is not known, with the known one that it resembles."""
        for key in self.values:
            if key not in known:
                self.error(f"unknown key {key!r}{did_you_mean(str(key), known)}")

    def text(self, key: str, check: Check | None = None, default: str | None = None) -> str | None:
        """A text, in the spelling that `check` gives it."""
        value = self.values.get(key)
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            # The kind alone: the value may be a secret.
            self.error(f"{key}: a {type(value).__name__} is not a text")
            return default
        return self._checked(key, str(value), check, default)

    def needed_text(self, key: str, check: Check, hint: str) -> str:
        """A text that must be there. Empty when it is not, or is wrong; that is noted."""
        if self.values.get(key) in (None, ""):
            self.error(f"{key}: missing; {hint}")
            return ""
        return self.text(key, check) or ""

    def number(self, key: str, lowest: int, highest: int, default: int | None) -> int | None:
        """A whole number in a range, also when it comes as text."""
        value = self.values.get(key)
        if value is None or value == "":
            return default
        number = _whole(value)
        if number is None or not lowest <= number <= highest:
            self.error(f"{key}: {shown(value)} is not a whole number from {lowest} to {highest}")
            return default
        return number

    def boolean(self, key: str, default: bool) -> bool:
        """True or false, also when it comes as text."""
        value = self.values.get(key)
        if value is None or value == "":
            return default
        if value in (True, False, "true", "false"):
            return value in (True, "true")
        self.error(f"{key}: {shown(value)} is not true or false")
        return default

    def choice(self, key: str, choices: Mapping[str, T], default: str) -> T:
        """One of a few words."""
        value = self.values.get(key) or default
        if isinstance(value, str) and value in choices:
            return choices[value]
        names = list(choices)
        self.error(f"{key}: {shown(value)} is none of: {', '.join(names)}{did_you_mean(str(value), names)}")
        return choices[default]

    def list(self, key: str) -> Sequence[Any]:
        """A list; empty when there is none."""
        value = self.values.get(key)
        if value is None or value in ("", {}):
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.error(f"{key}: {shown(value)} is not a list")
            return ()
        return cast("Sequence[Any]", value)

    def texts(self, key: str, check: Check) -> tuple[str, ...]:
        """A list of texts, each in the spelling that `check` gives it; wrong ones are noted and left out."""
        found: list[str] = []
        for index, value in enumerate(self.list(key)):
            where = f"{key}[{index}]"
            if not isinstance(value, str):
                self.error(f"{where}: {shown(value)} is not a text")
            elif (text := self._checked(where, value, check, None)) is not None:
                found.append(text)
        return tuple(found)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A mapping; empty when there is none."""
        value = self.values.get(key)
        if value is None or value in ("", []):
            return {}
        if not isinstance(value, Mapping):
            self.error(f"{key}: {shown(value)} is not an object")
            return {}
        return cast("Mapping[str, Any]", value)

    def entries(self, key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The objects of a list, with their index; what is no object is noted and left out."""
        for index, value in enumerate(self.list(key)):
            if isinstance(value, Mapping):
                yield index, cast("Mapping[str, Any]", value)
            else:
                self.error(f"{key}[{index}]: {shown(value)} is not an object")

    def _checked(self, key: str, value: str, check: Check | None, default: str | None) -> str | None:
        try:
            return check(value) if check else value
        except ValueError as error:
            self.error(f"{key}: {error}")
            return default


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return None
