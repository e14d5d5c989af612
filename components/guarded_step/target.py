"""Which step on which host, as the resource says it: one line and one JSON text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

import asyncssh

from ..host.steps import GUARDED, confirm_line, guarded_line
from ..ssh_sessions import Login

VERBS = ("apply", "remove")


@dataclass(frozen=True)
class GuardedStep:
    """`verb` of `concern`, by the scripts with the hash `hash12`."""

    verb: str
    concern: str
    hash12: str

    def begin(self, change: str, seconds: int, reaches: Sequence[str] = ()) -> str:
        """The line of the first session."""
        return " ".join([guarded_line(self.verb, self.concern, self.hash12, change, seconds), *reaches])

    def confirm(self, change: str) -> str:
        """The line of the other sessions."""
        return confirm_line(self.hash12, change)


@dataclass(frozen=True)
class Target:
    """The host `name`, the way to it, and after how many seconds it reverts what nobody confirms.

    `reaches`: addresses that must answer the host's pings after a change, if they do before.
    """

    name: str
    login: Login
    bastion: Login | None
    revert_after: int
    reaches: tuple[str, ...] = ()


def parse_step(line: str) -> GuardedStep:
    """`VERB CONCERN HASH`, and what follows `#`, which only makes the step run again. Raises ValueError."""
    words = line.partition("#")[0].split()
    if len(words) != 3 or words[0] not in VERBS or words[1] not in GUARDED:
        raise ValueError(f"{line!r} is not `apply` or `remove`, one of {', '.join(GUARDED)}, and a hash")
    return GuardedStep(*words)


def parse_target(text: str) -> Target:
    """The JSON text that `..steps` writes. Raises ValueError, KeyError."""
    given = json.loads(text)
    bastion = given.get("bastion")
    return Target(
        given["name"],
        _login(given),
        bastion and _login(bastion),
        int(given["revertAfter"]),
        tuple(str(IPv6Address(address)) for address in given.get("reaches", ())),
    )


def _login(given: dict[str, Any]) -> Login:
    port, key = int(given.get("port") or 22), given.get("hostKey")
    if key:
        try:
            asyncssh.import_public_key(key)
        except asyncssh.KeyImportError:
            raise ValueError(
                f"{key!r}, the host key of {given['host']}, is not a public key, such as "
                "`ssh-ed25519 AAAAC3...`; nothing was changed"
            ) from None
    return Login(given["host"], port, given.get("user") or "root", key)
