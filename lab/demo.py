"""The demonstration: the program on a fresh lab, the table of who reaches whom, and how to go on."""

import sys
from collections.abc import Callable
from typing import Final

from lab import lifecycle, operator_side
from lab.names import CONTAINER_IMAGE, STACK

_ANNOUNCEMENT: Final = (
    f"now `pulumi up` on the stack {STACK}, about half a minute: it makes a network and two Docker hosts\n"
    "     with a container each, and checks that the containers reach each other over IPv6"
)

_FAILED: Final = (
    "`pulumi up` failed; what it made stays, and the same again goes on from there.\n"
    "     `make lab-shell` to look, `make lab-down` to end the lab"
)

_EXAMPLE: Final = f'- {{name: web-1b, image: "{CONTAINER_IMAGE}", ports: [80/tcp], place: 2}}'

NEXT_STEPS: Final = f"""
What now? For instance a second container on host-1: add this line to Pulumi.{STACK}.yaml, under web-1's and
indented as that one is:
        {_EXAMPLE}

  make lab-shell                         a shell on the operator's side; in it, with no further flags:
    pulumi preview --diff                  which lines of the hosts' files the change touches
    pulumi up                              apply it; the new container is in the table then
    pulumi destroy                         give everything back
  .venv/bin/python -m lab host host-1    a shell on a host; in it: docker ps, ip -6 route
  make lab-status                        what runs
  make check                             the reachability check again
  make lab-down                          end the lab; nothing is left
"""


def run(say: Callable[[str], None]) -> int:
    """Starts the lab if need be, runs the program on it and prints the table; the exit code.

    `say` prints a line of progress. Raises LabError, EngineError.
    """
    lifecycle.up(say)
    say(_ANNOUNCEMENT)
    code = operator_side.run(_up(calm=not sys.stdout.isatty()))
    if code:
        say(_FAILED)
        return code
    print()
    print(operator_side.output(["pulumi", "stack", "output", "reachability", "--stack", STACK]).rstrip())
    print(NEXT_STEPS)
    return 0


def _up(*, calm: bool) -> list[str]:
    """`calm`: without the preview, whose lines would all stay where a terminal draws over them."""
    command = ["pulumi", "up", "--yes", "--suppress-outputs", "--stack", STACK]
    return [*command, "--skip-preview"] if calm else command
