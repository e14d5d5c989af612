"""The kernel's limit that many machines at once run into: inotify instances.

A systemd machine has some nine, and root has 128 in all by default (inotify(7), `max_user_instances`). One
that gets none dies at boot with "Too many open files".
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

INOTIFY_INSTANCES: Final = 1024
"""Enough for a hundred machines, more than two cores ever boot."""
_SETTING: Final = Path("/proc/sys/fs/inotify/max_user_instances")


@contextmanager
def room_for_many_machines(setting: Path = _SETTING) -> Generator[None]:
    """While open, the limit is at least INOTIFY_INSTANCES; then it is again what it was, unless somebody else
    has set it meanwhile.
    """
    found = int(setting.read_text())
    if found >= INOTIFY_INSTANCES:
        yield
        return
    setting.write_text(f"{INOTIFY_INSTANCES}\n")
    try:
        yield
    finally:
        if int(setting.read_text()) == INOTIFY_INSTANCES:
            setting.write_text(f"{found}\n")
