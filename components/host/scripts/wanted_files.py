"""The wanted text of a step as files, and whether a host has them."""

import re
from pathlib import Path
from typing import NamedTuple

HEADER = re.compile(r"=== (\S+) (\S+) (\S+)\n")
END = "=== end\n"
MARKED = re.compile(r"^\\(\\*===)", re.MULTILINE)


class Wanted(NamedTuple):
    """A wanted file; content None: it shall not be there."""

    path: str
    content: bytes | None
    mode: int
    user: str
    group: str


def parse(text: str) -> list[Wanted]:
    """The wanted text as files, in its order. A connection that breaks looks like the end of the text."""
    wanted: list[Wanted] = []
    *parts, end = re.split(r"^(?==== )", text, flags=re.MULTILINE)
    if end != END:
        raise SystemExit("the wanted files did not arrive whole, the connection broke; nothing was changed")
    if parts and parts.pop(0):
        raise SystemExit("wanted text does not start with a line `=== path mode owner`")
    for part in parts:
        header = HEADER.match(part)
        if not header:
            raise SystemExit(f"not a line `=== path mode owner`: {part.splitlines()[0]}")
        path, mode, owner = header.groups()
        if mode == "absent":
            wanted.append(Wanted(path, None, 0, "", ""))
            continue
        user, _, group = owner.partition(":")
        content = MARKED.sub(r"\1", part[header.end() :])
        wanted.append(Wanted(path, content.encode(), int(mode, 8), user, group))
    return wanted


def inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def is_as_wanted(target: Path, file: Wanted) -> bool:
    if file.content is None or not target.exists():
        return (file.content is None) == (not target.exists())
    status = target.stat()
    return (
        target.read_bytes() == file.content
        and status.st_mode & 0o7777 == file.mode
        and target.owner() == file.user
        and target.group() == file.group
    )


def stage(root: Path, wanted: list[Wanted]) -> None:
    """Makes the files as wanted below a scratch root, and remembers nothing."""
    for file in wanted:
        target = inside(root, file.path)
        if file.content is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            target.chmod(file.mode)
