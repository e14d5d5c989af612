"""The bastion in the config: a machine that is there already, or a host of the stack itself."""

from typing import Final

from . import key_values, values
from .reader import Reader
from .types import Bastion, Connect

BASTION_KEYS: Final = ("host", "user", "port", "hostKey", "hostName")
MACHINE_KEYS: Final = ("host", "user", "port", "hostKey")


def read_bastion(config: Reader, connect: Connect) -> tuple[Bastion | None, str | None]:
    """The machine, or the name of the stack's host, that SSH goes through; both None without a bastion."""
    given = config.mapping("bastion")
    if not given:
        if connect == "bastion":
            config.error(
                "bastion: missing, and connect is bastion; give {host, user, port, hostKey} of a machine, or "
                "{hostName} of a host of this stack"
            )
        return None, None
    bastion = Reader(given, "bastion: ", config.errors)
    bastion.refuse_unknown(BASTION_KEYS)
    if given.get("hostName"):
        besides = [key for key in MACHINE_KEYS if given.get(key)]
        if besides:
            bastion.error(
                f"{', '.join(besides)} beside hostName; a host of this stack has its user, port and host key "
                "already: give hostName alone"
            )
        return None, bastion.text("hostName", values.host_name)
    return _machine(bastion), None


def _machine(bastion: Reader) -> Bastion:
    return Bastion(
        host=bastion.needed_text("host", values.dns_or_address, "give its name or address"),
        host_key=bastion.needed_text(
            "hostKey",
            key_values.host_key,
            "give its public ssh host key, one line, as `ssh-keyscan -t ed25519` shows it",
        ),
        user=bastion.text("user", values.user, "ubuntu") or "",
        port=bastion.number("port", 1, 65535, 22) or 0,
    )
