"""Reboots a host that needs it, and waits until it is back: another boot, a login that works, and its units
started, so that what follows finds its containers up.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncssh

from .attempt import Setback, reach
from .messages import explain
from .waiting import GIVE_UP, NoContactError
from .wanted import Wanted

BACK_SECONDS = 600
"""At the most; as long as ansible's reboot module waits (`reboot_timeout`)."""
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"
"""Another one with every boot (random(4)); a container of systemd-nspawn has one of its own."""
STATE = f"{BOOT_ID}; systemctl is-system-running || true"
"""Prints the boot id, and in the next line how far the boot is (systemctl(1), is-system-running)."""
BOOTED = ("running", "degraded", "maintenance")
"""What it says once the first queue of jobs is empty; before that `initializing`, `starting` or `unknown`."""
FIRST_TRIES = 3
"""To ask whether it needs one: the steps before this one have just been on the host."""
REBOOT = "sudo systemctl --no-block reboot"


@dataclass(frozen=True)
class Pace:
    """In seconds. `back`: until it must be back. `each`: the longest that a try takes. `pause`: between two.
    `report`: between two reports.
    """

    back: float = BACK_SECONDS
    each: float = 15
    pause: float = 2
    report: float = 20


async def reboot_when_needed(
    wanted: Wanted,
    key: asyncssh.SSHKey,
    command: str,
    report: Callable[[str], None],
    pace: Pace | None = None,
) -> str:
    """What was done, in a line. `command`: prints on the host why it needs a reboot, one reason on a line.

    Raises NoContactError when the host cannot be asked, or is not back in time.
    """
    pace = pace or Pace(back=back_within(wanted))
    answer = await _first_answer(wanted, key, command, pace)
    *reasons, before = answer.splitlines()
    if not reasons:
        return "no reboot needed"
    why = "; ".join(reasons)
    report(f"reboot needed: {why}; rebooting")
    await _ask(wanted, key, REBOOT, pace.each)
    back = await _back(wanted, key, before, why, report, pace)
    return f"rebooted, {back}: {why}"


async def _first_answer(wanted: Wanted, key: asyncssh.SSHKey, command: str, pace: Pace) -> str:
    """What the command printed, and the boot id in the last line. Raises NoContactError."""
    started, tries = time.monotonic(), 1
    while isinstance(answer := await _ask(wanted, key, f"{command} && {BOOT_ID}", pace.each), Setback):
        if tries == FIRST_TRIES or answer.kind in GIVE_UP:
            raise NoContactError(explain(wanted, answer, tries, time.monotonic() - started))
        tries += 1
        await asyncio.sleep(pace.pause)
    return answer


def back_within(wanted: Wanted) -> float:
    """Seconds for a reboot: twice those for a first contact, as a machine that boots has to go down first."""
    return min(BACK_SECONDS, 2 * wanted.seconds)


async def _back(
    wanted: Wanted, key: asyncssh.SSHKey, before: str, why: str, report: Callable[[str], None], pace: Pace
) -> str:
    """That the host is back, in words: also where units still start when the time is over."""
    started = told = time.monotonic()
    while True:
        await asyncio.sleep(pace.pause)
        left = max(started + pace.back - time.monotonic(), pace.pause)
        answer = await _ask(wanted, key, STATE, min(pace.each, left))
        now = time.monotonic()
        if isinstance(answer, Setback) and answer.kind == "other key":
            raise NoContactError(explain(wanted, answer, 1, now - started))
        back, seen = _seen(answer, before)
        if back and not seen:
            return f"back after {now - started:.0f} s"
        if now - started >= pace.back and back:
            return f"back, but after {now - started:.0f} s {seen} (see `systemctl list-jobs`)"
        if now - started >= pace.back:
            look = f"the console output of {wanted.instance}" if wanted.instance else "the host's console"
            raise NoContactError(
                f"{wanted.host}: not back within {pace.back:g} s of its reboot ({why}): {seen}; look at "
                f"{look}, then run `pulumi up` again"
            )
        if now - told >= pace.report:
            told = now
            report(f"waiting for the reboot, {now - started:.0f} s: {seen}")


def _seen(answer: str | Setback, before: str) -> tuple[bool, str]:
    """Whether another boot answers, and what is still missing."""
    if isinstance(answer, Setback):
        return False, answer.seen
    boot, _, state = answer.strip().partition("\n")
    if boot == before:
        return False, "it is still up, and has not rebooted yet"
    return True, "" if state in BOOTED else f"it still starts its units: {state or 'unknown'}"


async def _ask(wanted: Wanted, key: asyncssh.SSHKey, command: str, seconds: float) -> str | Setback:
    """What a command printed, over a connection of its own."""
    async with AsyncExitStack() as stack:
        reached = await reach(stack, wanted, key, seconds)
        if isinstance(reached, Setback):
            return reached
        stack.callback(reached.abort)
        try:
            async with asyncio.timeout(seconds):
                done = await reached.run(command, encoding="utf-8", errors="replace")
        except (OSError, asyncssh.Error):
            return Setback("closed", "it ends the session")
        if done.exit_status != 0:
            words = str(done.stderr or "").strip().splitlines()
            return Setback("closed", words[-1] if words else "it ends the session")
        return str(done.stdout or "")
