"""Waits until a host lets us in: with bounds, calmly, and with one error at the end."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh

from .attempt import Contact, Kind, Setback, attempt
from .messages import explain
from .wanted import Wanted

GIVE_UP: tuple[Kind, ...] = ("other key", "refused")
"""What no further try changes, or none may follow."""


class NoContactError(Exception):
    """The host could not be met; the message says what was seen and what to do."""


@dataclass(frozen=True)
class Pace:
    """How tries follow each other; all in seconds.

    `each`: the longest that a try takes. `pause`: between two. `report`: between two reports of the same.
    `silence`: the share of the whole time that a host may be silent in: a machine that boots takes
    connections before its sshd runs, where systemd listens in its stead.
    """

    each: float = 10
    pause: float = 2
    report: float = 30
    silence: float = 1 / 3


async def wait_for_contact(
    wanted: Wanted, key: asyncssh.SSHKey, report: Callable[[str], None], pace: Pace | None = None
) -> Contact:
    """Logs in on the host, trying for `wanted.seconds`. Raises NoContactError.

    Another host key than the known one, and a refused login, end it at once.
    """
    pace = pace or Pace()
    progress = _Progress(report, pace.report)
    started, silent_since, tries = time.monotonic(), 0.0, 0
    while True:
        tries += 1
        tried = time.monotonic()
        left = max(started + wanted.seconds - tried, pace.pause)
        outcome = await attempt(wanted, key, min(pace.each, left))
        if isinstance(outcome, Contact):
            progress.end(tries, time.monotonic() - started)
            return outcome
        now = time.monotonic()
        silent_since = (silent_since or tried) if outcome.kind == "silent" else 0.0
        too_silent = silent_since and now - silent_since >= wanted.seconds * pace.silence
        over = now + pace.pause - started >= wanted.seconds
        if outcome.kind in GIVE_UP or too_silent or over:
            raise NoContactError(explain(wanted, outcome, tries, now - started))
        progress.tell(outcome, tries, now - started)
        await asyncio.sleep(pace.pause)


class _Progress:
    """A line when something else is seen than before, else one now and then: a failed step shows them all."""

    def __init__(self, report: Callable[[str], None], seconds: float) -> None:
        self._report, self._seconds = report, seconds
        self._last: tuple[str, float] = ("", 0.0)

    def tell(self, setback: Setback, tries: int, elapsed: float) -> None:
        seen, told = self._last
        if setback.seen == seen and elapsed - told < self._seconds:
            return
        self._last = setback.seen, elapsed
        where = "the bastion's ssh" if setback.at_bastion else "ssh"
        self._report(f"waiting for {where}, try {tries}, {elapsed:.0f} s: {setback.seen}")

    def end(self, tries: int, elapsed: float) -> None:
        """The last line stays where it stands in the display; it shall not be that of a try that failed."""
        if tries > 1:
            self._report(f"logged in at try {tries}, after {elapsed:.0f} s")
