"""Who holds a lab of this computer: one at a time, by a lock that goes with the process that holds it."""

import fcntl
import getpass
import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from lab.paths import MACHINE_LOCK, PROJECT_DIR, lab_state_dir


class LabHeld(Exception):  # noqa: N818 - a state of the world, not a fault
    """Another lab runs on this computer; the message says whose."""


@dataclass(frozen=True)
class Holder:
    """The lab that holds the lock, or held it last when it was killed."""

    pid: int
    user: str
    started: str
    """Local time, ISO 8601, in seconds."""
    directory: str
    """The checkout it was started from."""
    state: str
    """Its run state directory."""

    @property
    def is_ours(self) -> bool:
        """Whether it was started from this checkout, with this state directory."""
        return (self.directory, self.state) == (str(PROJECT_DIR), str(lab_state_dir()))

    @property
    def is_ready(self) -> bool:
        """Whether its endpoint and its namespaces are there."""
        return self.ready_mark.exists()

    @property
    def ready_mark(self) -> Path:
        """A file that is there from when the lab is ready until it ends."""
        return Path(self.state) / "ready"

    def describe(self) -> str:
        """One clause for people: user, process, since when, from where."""
        return f"{self.user}, process {self.pid}, since {self.started}, from {self.directory}"


def myself() -> Holder:
    """The holder that is the calling process."""
    now = datetime.now().isoformat(sep=" ", timespec="seconds")
    return Holder(os.getpid(), getpass.getuser(), now, str(PROJECT_DIR), str(lab_state_dir()))


def acquire() -> int:
    """Takes the lock for as long as this process lives; the open file. Raises LabHeld."""
    for _ in range(100):  # somebody may just be looking, which takes no time
        if (file := _take(fcntl.LOCK_EX)) is not None:
            break
        time.sleep(0.02)
    else:
        raise LabHeld(f"a lab is running already: {_who()}; end it there with `make lab-down`")
    os.truncate(file, 0)
    os.pwrite(file, json.dumps(asdict(myself())).encode(), 0)
    return file


def current() -> Holder | None:
    """The lab that runs now, or None."""
    file = _take(fcntl.LOCK_SH)
    if file is not None:
        os.close(file)
        return None
    for _ in range(20):  # it may have the lock and not yet have written its name
        if holder := last():
            return holder
        time.sleep(0.05)
    return None


def last() -> Holder | None:
    """The lab that held the lock last, running or not; None after a clean end."""
    try:
        return Holder(**json.loads(MACHINE_LOCK.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def forget(file: int) -> None:
    """Gives the lock back after a clean end."""
    os.truncate(file, 0)
    os.close(file)


def wait_until_free(seconds: float) -> bool:
    """Waits for the lock to be free; whether it is."""
    deadline = time.monotonic() + seconds
    while (file := _take(fcntl.LOCK_SH)) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    os.close(file)
    return True


def _take(kind: int) -> int | None:
    file = os.open(MACHINE_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _who() -> str:
    holder = last()
    return holder.describe() if holder else f"see `fuser {MACHINE_LOCK}`"
