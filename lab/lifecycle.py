"""Starting and stopping the lab's daemon, from any process of this computer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lab import holder
from lab.errors import LabError
from lab.paths import PROJECT_DIR, lab_state_dir

Say = Callable[[str], None]

_STOP_SECONDS = 120.0
"""Longer than the daemon needs to end its machines, which lose their power, and its namespaces."""


def up(say: Say) -> bool:
    """Starts the lab and waits until it is ready; False, at once, when it is up already.

    An interrupt takes down again what was begun. Raises LabError.
    """
    running = holder.current()
    if running is not None and running.is_ours:
        _wait_until_ready(running, say)
        say(f"the lab is up already (process {running.pid}, since {running.started})")
        return False
    if running is not None:
        raise LabError(f"a lab is running already: {running.describe()}; end it there with `make lab-down`")
    started = time.monotonic()
    _start_daemon(say)
    say(f"the lab is up ({time.monotonic() - started:.0f} s)")
    return True


def down(say: Say, *, force: bool = False) -> None:
    """Ends the lab and takes away all it left, also one that was killed. Raises LabError.

    The lab of another checkout or user is only ended with `force`; one that is dead, always.
    """
    from lab import cleanup  # not above: netlink takes a second to load, and most commands need none

    if name := cleanup.inhabited_by_us():
        raise LabError(f"you are inside the lab, in {name}: leave it with `exit`, then run this again")
    running = holder.current()
    if running is not None and not running.is_ours and not force:
        raise LabError(f"this lab is not ours: {running.describe()}; end it there, or add --force")
    if running is not None:
        say(f"stopping the lab (process {running.pid})")
        _stop(running)
    elif not cleanup.leftovers() and holder.last() is None:
        say("no lab is running, and nothing is left of one")
        return
    done = _clean_up(running or holder.last())
    for line in [*_last_words(running), *done]:
        say(line)
    if left := cleanup.leftovers():
        raise LabError(f"still there: {'; '.join(left)}")
    say("the lab is down")


def log_path() -> Path:
    """The daemon's log."""
    return lab_state_dir() / "daemon.log"


def _wait_until_ready(running: holder.Holder, say: Say) -> None:
    if not running.is_ready:
        say(f"the lab is being started by process {running.pid}, waiting for it")
    while not running.is_ready:
        if holder.current() is None:
            raise LabError(f"the lab's daemon ended before it was ready; its log is {log_path()}")
        time.sleep(0.2)


def _start_daemon(say: Say) -> None:
    lab_state_dir().mkdir(parents=True, exist_ok=True)
    read, write = os.pipe()
    with log_path().open("ab") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "lab.daemon", "--report", str(write)],
            cwd=PROJECT_DIR,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(write,),
            start_new_session=True,
        )
    os.close(write)
    try:
        _follow(read, say)
    except BaseException:
        daemon.terminate()
        with suppress(subprocess.TimeoutExpired):
            daemon.wait(_STOP_SECONDS)
        raise


def _follow(read: int, say: Say) -> None:
    with os.fdopen(read) as report:
        for line in report:
            if line == "ready\n":
                return
            if line.startswith("failed: "):
                raise LabError(f"{line.removeprefix('failed: ').strip()} (log: {log_path()})")
            say(line.rstrip())
    raise LabError(f"the lab's daemon ended before it was ready; its log is {log_path()}")


def _stop(running: holder.Holder) -> None:
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    if not holder.wait_until_free(_STOP_SECONDS):
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
        holder.wait_until_free(5)


def _last_words(stopped: holder.Holder | None) -> list[str]:
    """What the daemon itself cleaned up, from its log; the time in front of each line is left out."""
    from lab.cleanup import END_MARK

    if stopped is None:
        return []
    with suppress(OSError):
        _, mark, words = (Path(stopped.state) / "daemon.log").read_text().rpartition(f"{END_MARK}\n")
        said = [line.partition(" ")[2] for line in words.splitlines()] if mark else []
        return [line for line in said if line.startswith(("took away ", "ended ", "kept "))]
    return []


def _clean_up(gone: holder.Holder | None) -> list[str]:
    """Cleans under the lock, so that no other lab starts meanwhile. After a clean end it finds nothing."""
    from lab import cleanup

    lock = holder.acquire()
    try:
        return cleanup.clean(Path(gone.state) if gone else lab_state_dir())
    finally:
        holder.forget(lock)
