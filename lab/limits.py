"""The kernel's limit that many machines at once run into: inotify instances.

A systemd machine has some nine, and root has 128 in all by default (inotify(7), `max_user_instances`). One
that gets none dies at boot with "Too many open files".
"""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

INOTIFY_INSTANCES: Final = 1024
"""Enough for a hundred machines, more than two cores ever boot."""
_SETTING: Final = Path("/proc/sys/fs/inotify/max_user_instances")
_HELD: Final = Path("/run/dualstack-inotify.lock")
"""Every lab of this computer has a shared lock on it. It holds what the first of them found."""


@contextmanager
def room_for_many_machines(setting: Path = _SETTING, held: Path = _HELD) -> Generator[None]:
    """While open in any lab, the limit is at least INOTIFY_INSTANCES. The last one that leaves makes it what
    it was, unless somebody else has set it meanwhile.
    """
    with held.open("a+") as file:
        _raise(setting, file)
        try:
            yield
        finally:
            _give_back(setting, file)


def _raise(setting: Path, file: IO[str]) -> None:
    # The last of the others may give it back while the lock changes from one kind to the other.
    while not _shared_and_raised(setting, file):
        fcntl.flock(file, fcntl.LOCK_EX)
        if (found := _limit(setting)) < INOTIFY_INSTANCES:
            _write(file, f"{found}\n")
            setting.write_text(f"{INOTIFY_INSTANCES}\n")


def _shared_and_raised(setting: Path, file: IO[str]) -> bool:
    fcntl.flock(file, fcntl.LOCK_SH)
    return _limit(setting) >= INOTIFY_INSTANCES


def _give_back(setting: Path, file: IO[str]) -> None:
    with suppress(BlockingIOError):  # another lab is still there, and the limit is its own now
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.seek(0)
        found = file.read()
        if found and _limit(setting) == INOTIFY_INSTANCES:
            setting.write_text(found)
        _write(file, "")


def _limit(setting: Path) -> int:
    return int(setting.read_text())


def _write(file: IO[str], text: str) -> None:
    file.truncate(0)
    file.write(text)
    file.flush()
