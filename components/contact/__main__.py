"""Meets a host: JSON in, what came of it out; exit code 0 when that is well, else 1."""

import asyncio
import os
import sys
from typing import Any

import asyncssh
import boto3

from ..ssh_key_variables import PRIVATE_KEY_VARIABLE
from .console import NoKeyError, read_console_key
from .reboot import reboot_when_needed
from .waiting import NoContactError, wait_for_contact
from .wanted import parse

REBOOT_NEEDED_VARIABLE = "DUALSTACK_REBOOT_NEEDED"
KEPT_VARIABLE = "PULUMI_COMMAND_STDOUT"
"""What the resource's command printed before; pulumi-command sets it."""


def main(verb: str) -> int:
    """Does what `verb` says, with the wanted text from stdin and the private key from the environment.

    `verb`: one of VERBS, and then whatever else shall run it anew.
    """
    try:
        print(VERBS[verb.split()[0]]())
    except (NoContactError, NoKeyError, asyncssh.KeyImportError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def wait_for_ssh() -> str:
    """The key of a host that shows the known one, or any where none is known, and lets us in."""
    return asyncio.run(wait_for_contact(parse(sys.stdin.read()), _private_key(), _report)).host_key


def reboot() -> str:
    """What was done; the command that says whether a reboot is needed comes from the environment."""
    command = os.environ[REBOOT_NEEDED_VARIABLE]
    return asyncio.run(reboot_when_needed(parse(sys.stdin.read()), _private_key(), command, _report))


def _private_key() -> asyncssh.SSHKey:
    return asyncssh.import_private_key(os.environ.get(PRIVATE_KEY_VARIABLE, ""))


def read_console() -> str:
    """The key that an instance shows on its console."""
    sdk: Any = boto3
    return read_console_key(parse(sys.stdin.read()), sdk.client("ec2"), _report)


def keep_host_key() -> str:
    """The key that is known already. Raises NoKeyError when there is none."""
    if not (known := os.environ.get(KEPT_VARIABLE, "")):
        raise NoKeyError("no host key is known yet: replace this resource")
    return known


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


VERBS = {
    "wait-for-ssh": wait_for_ssh,
    "read-console": read_console,
    "keep-host-key": keep_host_key,
    "reboot-when-needed": reboot,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
