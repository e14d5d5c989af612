"""What a first contact is asked for, from the JSON text on its standard input."""

import json
from dataclasses import dataclass
from typing import Any

from ..ssh_sessions import Login


@dataclass(frozen=True)
class Wanted:
    """A host to meet. `bastion`: the machine that SSH goes through, if any.

    `known_from`: where its key is known from: `user-data`, `console`, `accept-new` or `given`. `seconds`: how
    long to wait for it in all. `instance`: the EC2 instance's id; empty for a host that was there before.
    """

    host: str
    login: Login
    bastion: Login | None
    known_from: str
    seconds: float
    instance: str = ""


def parse(text: str) -> Wanted:
    """Reads the JSON that `first_contact` writes. Raises ValueError or KeyError when it is not that."""
    given = json.loads(text)
    return Wanted(
        host=given["host"],
        login=_login(given),
        bastion=_login(given["bastion"]) if given.get("bastion") else None,
        known_from=given["known_from"],
        seconds=float(given["seconds"]),
        instance=given.get("instance", ""),
    )


def _login(given: dict[str, Any]) -> Login:
    return Login(given["address"], int(given["port"]), given["user"], given.get("host_key"))
