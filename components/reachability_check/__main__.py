"""Runs the check: JSON in, the table out; exit code 0 when all is as it should be, else 1."""

import asyncio
import os
import sys

import asyncssh

from .check import check
from .sessions import Keys
from .wanted import parse


def main() -> int:
    """Reads the wanted text from stdin and the private keys from the environment."""
    try:
        text, failed = asyncio.run(check(parse(sys.stdin.read()), Keys.of_environment(os.environ)))
    except (OSError, ValueError, KeyError, asyncssh.Error) as problem:
        print(f"the check could not be made: {problem}", file=sys.stderr)
        return 1
    print(text, end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
