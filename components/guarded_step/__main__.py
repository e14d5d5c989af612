"""Runs a guarded step: `python -m components.guarded_step "apply network HASH"`, wanted files on stdin."""

import asyncio
import os
import sys

import asyncssh

from ..ssh_key_variables import PRIVATE_KEY_VARIABLE
from .answers import StepFailed
from .driver import Driver
from .target import parse_step, parse_target

TARGET_VARIABLE = "DUALSTACK_HOST"


def main(line: str) -> int:
    """Exit code 0 when the host has confirmed; else 1, and one message on stderr."""
    try:
        step, target = parse_step(line), parse_target(os.environ.get(TARGET_VARIABLE, ""))
        key = asyncssh.import_private_key(os.environ.get(PRIVATE_KEY_VARIABLE, ""))
    except (ValueError, KeyError) as problem:
        print(f"the step could not be started: {problem}", file=sys.stderr)
        return 1
    try:
        print(asyncio.run(Driver(step, target, key, _progress).run(sys.stdin.read())))
    except StepFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
