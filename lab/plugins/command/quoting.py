"""Text quoted as Go's `%q` does it (the `strconv` package, function `Quote`)."""

from __future__ import annotations

import unicodedata
from typing import Final

_SHORT: Final = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}
# `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols, and of all spaces only U+0020.
_PRINTABLE_CATEGORIES: Final = "LMNPS"


def go_quote(text: str) -> str:
    """The text in double quotes, with Go's escapes for what does not print."""
    return '"' + "".join(_quoted(character) for character in text) + '"'


def _quoted(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character == " " or unicodedata.category(character)[0] in _PRINTABLE_CATEGORIES:
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
