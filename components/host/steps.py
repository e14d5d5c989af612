"""The steps on a host: what is run, as one short line, and the scripts that the first step uploads.

The order is fixed: `facts`, `kernel`, `network`, `routes` and `ndp-proxy` on the ways that need them,
`filter`, `engine`, `docker`, then `container <name>` for each declared container in the order of its place,
and `compose <name>` for each Compose project. Each is run with the wanted files on its standard input.
"""

import hashlib
import re
import shlex
from functools import cache
from importlib.resources import files as package_files
from typing import Final, Literal

from .files import HostFile, wanted_text

Concern = Literal[
    "facts",
    "kernel",
    "network",
    "routes",
    "ndp-proxy",
    "filter",
    "engine",
    "docker",
    "container",
    "compose",
]

INSTALL_DIRECTORY: Final = "/usr/local/lib/dualstack"
EXECUTABLES: Final = (
    *("apply", "remove", "within", "confirm", "places", "reboot-needed"),
    *("network-change", "network-revert"),
)
NAMED: Final = ("container", "compose")
"""The concerns of which a host has several, each with a name."""
GUARDED: Final = ("network", "routes")
"""The concerns that change the network under SSH: `guarded_line` and `confirm_line` are theirs."""
STEP_SECONDS: Final = 600
"""How long a guarded step may wait for another step on its host, as in scripts/lib.sh."""
BOUNDS: Final[dict[Concern, int]] = {
    "facts": 1800,
    "engine": 3600,
    "docker": 1800,
    "container": 1800,
    "compose": 3600,
}
"""Seconds after which a step is ended: more than all that it waits for within bounds of its own, such as
another step, or packages. `OTHER_BOUND` for those that do little.
"""
OTHER_BOUND: Final = 900
CONFIRM_SECONDS: Final = 20
CONTAINER_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")


@cache
def scripts_bundle(preflight: str = "") -> tuple[str, str]:
    """The first step's standard input, and the 12 hex digits that stand for the scripts in it.

    The text is a shell program, followed by the scripts in the form of `files.wanted_text`. Run by
    `command_line("facts", ...)`, it installs them in /usr/local/lib/dualstack/<hash>/ and prints the facts.
    `preflight`: what `preflight.preflight_text` gives, for a host that was there before: that is looked at
    first.
    """
    scripts = _scripts()
    receive = scripts.pop("receive.sh")
    digest = hashlib.sha256()
    for name, content in sorted(scripts.items()):
        digest.update(f"{name} {len(content)}\n{content}".encode())
    hash12 = digest.hexdigest()[:12]
    directory = f"{INSTALL_DIRECTORY}/{hash12}"
    bundle = wanted_text(
        HostFile(f"{directory}/{name}", content, 0o755 if name in EXECUTABLES else 0o644)
        for name, content in sorted(scripts.items())
    )
    wishes = f" {shlex.quote(preflight)}" if preflight else ""
    return f"{receive}receive {directory}{wishes}\n{bundle}", hash12


def facts_text(preflight: str) -> str:
    """The first step's standard input for a host that was there before."""
    return scripts_bundle(preflight)[0]


def command_line(concern: Concern, hash12: str, name: str | None = None) -> str:
    """The line that applies a concern. `name` is the container's or the project's."""
    if concern == "facts":
        return "sudo bash -s"
    return _bounded("apply", concern, hash12, name)


def remove_line(concern: Concern, hash12: str, name: str | None = None) -> str:
    """The line that takes a concern away and gives the host back as it was found. It reads no input."""
    return _bounded("remove", concern, hash12, name)


def guarded_line(verb: str, concern: str, hash12: str, change: str, seconds: int) -> str:
    """The line that begins a guarded change. It reverts by itself `seconds` after it began.

    `verb`: apply, with the wanted files on standard input, or remove. `change`: 8 hex digits that name it.
    Its last line of output is `applied CHANGE reverts in N s`, or ends with `unchanged`.
    """
    bound = STEP_SECONDS + seconds + 180
    directory = f"{INSTALL_DIRECTORY}/{hash12}"
    return f"sudo timeout --kill-after=5 {bound} {directory}/{verb} {concern} {change} {seconds}"


def confirm_line(hash12: str, change: str) -> str:
    """The line that confirms a guarded change, from a new SSH session, and prints what became of it."""
    return f"sudo timeout --kill-after=5 {CONFIRM_SECONDS} {INSTALL_DIRECTORY}/{hash12}/confirm {change}"


def _bounded(verb: str, concern: Concern, hash12: str, name: str | None) -> str:
    seconds = BOUNDS.get(concern, OTHER_BOUND)
    return f"sudo {INSTALL_DIRECTORY}/{hash12}/within {seconds} {verb} {_subject(concern, name)}"


def _subject(concern: Concern, name: str | None) -> str:
    if (concern in NAMED) != (name is not None):
        raise ValueError(f"concern {concern!r} with name {name!r}: exactly {' and '.join(NAMED)} have names")
    if name is None:
        return concern
    if not CONTAINER_NAME.fullmatch(name):
        raise ValueError(f"container name {name!r} is not letters, digits, `_`, `.` and `-`")
    return f"{concern} {name}"


def _scripts() -> dict[str, str]:
    folder = package_files(__package__ or "") / "scripts"
    return {entry.name: entry.read_text() for entry in folder.iterdir() if entry.is_file()}
