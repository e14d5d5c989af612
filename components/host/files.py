"""The files a host shall have, as one plain text that a preview shows line by line.

Each file starts with a line `=== path mode owner`; its content follows, up to the next such line. A file that
shall be out of the way has `absent -` for mode and owner and no content: the host keeps it aside, and gets it
back when the step is removed. A content line that itself starts with `===` gets a backslash in front, and so
does one that starts with such a backslash form: every text can be carried. The last line is `=== end`; a text
without it did not arrive whole, as when the connection broke, and the host refuses it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ROOT = "root:root"
END = "=== end\n"
MARKED = re.compile(r"^(\\*===)", re.MULTILINE)
PATH = re.compile(r"/[A-Za-z0-9._/@-]+")
HEADER = re.compile(r"^=== (/\S+) (\S+) (\S+)\n", re.MULTILINE)
UNMARKED = re.compile(r"^\\(\\*===)", re.MULTILINE)


@dataclass(frozen=True)
class HostFile:
    """A file on a host. `content` ends with a newline; None means that the file shall not be there."""

    path: str
    content: str | None
    mode: int = 0o644
    owner: str = ROOT


def absent(path: str) -> HostFile:
    """A file that shall be out of the way. The host keeps it, byte for byte."""
    return HostFile(path, None)


def wanted_text(files: Iterable[HostFile]) -> str:
    """The files as one text, in the order given, and its end.

    Raises ValueError for a path that is not absolute and plain, and for a content without a final newline.
    """
    return "".join(_text(file) for file in files) + END


def _text(file: HostFile) -> str:
    if not PATH.fullmatch(file.path):
        raise ValueError(f"path {file.path!r} is not absolute, or has others than A-Z a-z 0-9 . _ / @ -")
    if file.content is None:
        return f"=== {file.path} absent -\n"
    if not file.content.endswith("\n"):
        raise ValueError(f"the content of {file.path} does not end with a newline")
    return f"=== {file.path} {file.mode:04o} {file.owner}\n" + MARKED.sub(r"\\\1", file.content)


def parse_wanted(text: str) -> tuple[HostFile, ...]:
    """The files of a `wanted_text`, in its order. What stands before the first of them is passed over."""
    text = text.removesuffix(END)
    headers = list(HEADER.finditer(text))
    ends = [header.start() for header in headers] + [len(text)]
    return tuple(
        _parsed(header, text[header.end() : end]) for header, end in zip(headers, ends[1:], strict=True)
    )


def _parsed(header: re.Match[str], content: str) -> HostFile:
    path, mode, owner = header.groups()
    if mode == "absent":
        return absent(path)
    return HostFile(path, UNMARKED.sub(r"\1", content), int(mode, 8), owner)
