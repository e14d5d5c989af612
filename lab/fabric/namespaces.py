"""Network namespaces by name: make, enter, find and remove them. The edge to the kernel.

A thread enters a namespace for good, so whatever must happen inside one happens in a thread of its own.
"""

import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Final, TypeVar

FOLDER: Final = Path("/run/netns")
_CLONE_NEWNET: Final = 0x40000000
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_OWN_NAMES: Final = re.compile(
    r"(internet|operator|vpc-[0-9a-f]{1,8}|i-[0-9a-f]+|link-[a-z][a-z0-9]*|host-[a-z][a-z0-9]*-[0-9]+)(\.new)?"
)
_DEATH_SECONDS: Final = 30.0

Result = TypeVar("Result")


def create(name: str) -> None:
    """Make a namespace with its loopback up; nothing happens when it is there already."""
    if not (FOLDER / name).exists():
        subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)


def remove(name: str) -> None:
    """Take a namespace's name away; the kernel drops it with the last process in it."""
    if (FOLDER / name).exists():
        subprocess.run(["ip", "netns", "delete", name], check=True)


def rename(old: str, new: str) -> None:
    """Give a namespace another name, in place of whatever had it."""
    remove(new)
    target = FOLDER / new
    target.touch()
    subprocess.run(["mount", "--bind", str(FOLDER / old), str(target)], check=True)
    remove(old)


def names(prefix: str) -> list[str]:
    """The names of a fabric's namespaces that exist; a longer prefix's fabric is another one."""
    if not FOLDER.is_dir():
        return []
    found = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.startswith(prefix))
    return [name for name in found if _OWN_NAMES.fullmatch(name.removeprefix(prefix))]


def inside(name: str, action: Callable[[], Result]) -> Result:
    """Run an action in a thread that has entered the namespace; what it raises is raised here.

    Raises FileNotFoundError when there is no such namespace.
    """
    outcome: list[Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            enter(name)
            outcome.append(action())
        except BaseException as error:
            failure.append(error)

    thread = Thread(target=run, name=f"inside {name}")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def enter(name: str) -> None:
    """Move this thread, and only it, into a namespace for good."""
    handle = os.open(FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _LIBC.setns(handle, _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"cannot enter the network namespace {name}: {os.strerror(number)}")
    finally:
        os.close(handle)


def set_values(name: str, settings: tuple[tuple[str, str], ...]) -> None:
    """Write values below /proc/sys/net in a namespace: a thread sees its own namespace's there."""

    def write() -> None:
        for path, value in settings:
            Path("/proc/sys/net", path).write_text(value)

    if settings:
        inside(name, write)


def processes(name: str) -> list[int]:
    """The processes whose main thread lies in a namespace."""
    done = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def kill_processes(name: str) -> list[int]:
    """Kill what runs in a namespace, except this process and those that started it; returns what outlives it.

    Killing a machine's first process ends the whole machine, so waiting for all of them is short.
    """
    spared = _ancestors(os.getpid())
    deadline = time.monotonic() + _DEATH_SECONDS
    while (alive := [pid for pid in processes(name) if pid not in spared]) and time.monotonic() < deadline:
        for pid in alive:
            _kill(pid)
        time.sleep(0.05)
    return alive


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _ancestors(pid: int) -> set[int]:
    found: set[int] = set()
    while pid > 1:
        found.add(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except FileNotFoundError:
            break
    return found
