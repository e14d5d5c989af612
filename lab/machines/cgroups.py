"""The control groups of the lab's machines: how a machine's processes are found, and ended, by its name.

A machine has a group of its own in the unified hierarchy and, on hosts that still mount it, in
`name=systemd`. Neither carries limits. They outlive a daemon that was killed, so they are the truth about
what still runs.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from lab.names import CONTROL_GROUP

_MOUNT: Final = Path("/sys/fs/cgroup")


def groups(name: str) -> tuple[Path, ...]:
    """The group's directory in each hierarchy, the unified one first. They need not exist."""
    return tuple(root / CONTROL_GROUP / name for root in _roots())


def names() -> list[str]:
    """The names of all groups there are, which are those of machines, running or just ended."""
    found = {path.name for root in _roots() for path in (root / CONTROL_GROUP).glob("*/")}
    return sorted(found)


def processes(name: str) -> list[int]:
    """The ids of all processes in the group and below it."""
    found: set[int] = set()
    for group in groups(name):
        for directory in _directories(group):
            with suppress(OSError):
                found.update(int(line) for line in (directory / "cgroup.procs").read_text().split())
    return sorted(found)


def init_process(name: str) -> int | None:
    """The id, out here, of the process that is number 1 in there. None when the machine does not run."""
    depth = len(_namespace_ids(os.getpid())) + 1
    for process in processes(name):
        ids = _namespace_ids(process)
        if len(ids) == depth and ids[-1] == "1":
            return process
    return None


def end(name: str, timeout: float = 60) -> None:
    """Kills everything in the group and removes it.

    Raises TimeoutError when something is still there after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while remaining := processes(name):
        for process in remaining:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {remaining} of {name} are still there {timeout:g} s after SIGKILL")
        time.sleep(0.05)
    remove(name)


def remove(name: str) -> None:
    """Removes the group's directories. One that still holds a process stays."""
    for group in groups(name):
        for directory in _directories(group):
            _remove_directory(directory)
        _remove_directory(group.parent)


def _directories(group: Path) -> list[Path]:
    """The group and all below it, the deepest first. They come and go meanwhile, which os.walk forgives."""
    return [Path(path) for path, _, _ in os.walk(group, topdown=False)]


def _remove_directory(directory: Path) -> None:
    with suppress(OSError):
        directory.rmdir()


def _roots() -> tuple[Path, ...]:
    unified = _MOUNT / "unified" if (_MOUNT / "unified").is_dir() else _MOUNT
    systemd = _MOUNT / "systemd"
    return (unified, systemd) if systemd.is_dir() else (unified,)


def _namespace_ids(process: int) -> list[str]:
    """The process's ids from the outermost namespace that is seen here to its own (proc(5), NSpid)."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return line.split()[1:]
    return []
