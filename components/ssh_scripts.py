"""Scripts of ours that are run on a host as root over SSH, and leave nothing there."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

import asyncssh

SCRIPT_SECONDS: Final = 90
RUNNER: Final = "import sys; exec(sys.stdin.read(int(sys.argv[1])))"
"""Reads a script of a given length from stdin, so that the rest of stdin stays the script's own."""


def script(text: str, wanted: Mapping[str, Any]) -> tuple[str, str]:
    """The command that runs a Python script as root, and what it reads: the script, then one line of JSON."""
    command = f"sudo timeout {SCRIPT_SECONDS * 2} python3 -c '{RUNNER}' {len(text)}"
    return command, f"{text}{json.dumps(wanted)}\n"


async def run_script(
    connection: asyncssh.SSHClientConnection, name: str, text: str, wanted: Mapping[str, Any]
) -> str:
    """What the script printed. Raises OSError when it failed, with its last line, or was not done in time."""
    command, given = script(text, wanted)
    done = await asyncio.wait_for(connection.run(command, input=given, check=False), SCRIPT_SECONDS)
    return printed(name, done)


def printed(what: str, done: asyncssh.SSHCompletedProcess) -> str:
    """What a script printed that has ended. Raises OSError, with its last line, when it failed."""
    if done.exit_status != 0:
        last = (str(done.stderr or "").strip() or "no output").splitlines()[-1]
        raise OSError(f"{what} ended with exit status {done.exit_status}: {last}")
    return str(done.stdout)
