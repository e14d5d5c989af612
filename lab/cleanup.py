"""Takes away whatever a lab left on this computer, found by name, however it ended."""

import os
import shutil
import signal
import time
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Final

from lab import fabric
from lab.fabric import namespaces
from lab.machines import cgroups
from lab.names import NAMESPACE_PREFIX

END_MARK: Final = "the end:"
"""In the daemon's log, the lines behind it say what it cleaned up."""

_PATIENCE_SECONDS: Final = 2.0
_LAST_SIGNALS: Final = ((signal.SIGTERM, signal.SIGHUP), (signal.SIGKILL,))
"""Servers end at the first one, shells at the second, the rest at the last."""


def leftovers() -> list[str]:
    """What of a lab there is on this computer, one phrase each; empty after `clean`."""
    found = [f"machine {name}" for name in cgroups.names()]
    found += [f"namespace {name}" for name in _namespaces()]
    of_machines = {pid for name in cgroups.names() for pid in cgroups.processes(name)}
    found += [what for pid, what in _inhabitants().items() if pid not in of_machines]
    return found


def clean(state: Path) -> list[str]:
    """Ends every machine and process of the lab, removes its namespaces and its state; what was done.

    The stacks' state is of use to nobody once their region is gone, but it is kept, as `previous/`, until
    the next lab is gone.
    """
    done = [f"ended machine {name}" for name in _end_machines()]
    done += [f"ended {what}" for what in _end_inhabitants().values()]
    names = _namespaces()
    fabric.teardown()
    done += [f"removed namespace {name}" for name in names]
    shutil.rmtree(state / "machines", ignore_errors=True)
    for name in ("ready", "dnsmasq", "services"):
        _remove(state / name)
    return done + _archive(state)


def inhabited_by_us() -> str | None:
    """The lab's namespace that this process is in, or None."""
    return _by_identity().get(_identity(Path("/proc/self/ns/net")))


def _end_machines() -> list[str]:
    names = cgroups.names()
    for name in names:
        cgroups.end(name)
    return names


def _end_inhabitants() -> dict[int, str]:
    inhabitants = _inhabitants()
    for numbers in _LAST_SIGNALS:
        left = [pid for pid in _inhabitants() if pid in inhabitants]
        for pid, number in product(left, numbers):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while any(Path(f"/proc/{pid}").exists() for pid in left) and time.monotonic() < deadline:
            time.sleep(0.05)
    return inhabitants


def _inhabitants() -> dict[int, str]:
    """Processes in the lab's namespaces: id, and a phrase with their name."""
    by_identity = _by_identity()
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if name := by_identity.get(_identity(entry / "ns/net")):
                    command = (entry / "comm").read_text().strip()
                    found[int(entry.name)] = f"process {entry.name} ({command}) in {name}"
    return found


def _by_identity() -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for name in _namespaces():
        with suppress(OSError):
            found[_identity(namespaces.FOLDER / name)] = name
    return found


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _namespaces() -> list[str]:
    return namespaces.names(NAMESPACE_PREFIX)


def _archive(state: Path) -> list[str]:
    backend, previous = state / "backend", state / "previous"
    if not (backend / ".pulumi").is_dir():
        shutil.rmtree(backend, ignore_errors=True)
        return []
    shutil.rmtree(previous, ignore_errors=True)
    backend.rename(previous)
    return [f"kept the stacks' state of the gone region in {previous}"]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
