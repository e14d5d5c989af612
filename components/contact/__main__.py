"""Meets a host: JSON in, its public host key out; exit code 0 when it let us in, else 1."""

import asyncio
import os
import sys

import asyncssh

from .waiting import NoContactError, wait_for_contact
from .wanted import parse

PRIVATE_KEY_VARIABLE = "DUALSTACK_SSH_PRIVATE_KEY"


def main(verb: str) -> int:
    """Does what `verb` says, with the wanted text from stdin and the private key from the environment."""
    try:
        print(VERBS[verb]())
    except (NoContactError, asyncssh.KeyImportError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def wait_for_ssh() -> str:
    """The key of a host that shows the known one, or any where none is known, and lets us in."""
    key = asyncssh.import_private_key(os.environ.get(PRIVATE_KEY_VARIABLE, ""))
    return asyncio.run(wait_for_contact(parse(sys.stdin.read()), key, _report)).host_key


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


VERBS = {"wait-for-ssh": wait_for_ssh}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
