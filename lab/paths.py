"""Where a lab keeps things: caches, which all labs share, its run state and its lock.

Directories follow the XDG base directory specification, version 0.8: a variable that is unset, empty or
not an absolute path counts as unset.
"""

import os
from pathlib import Path
from typing import Final

from lab.names import LAB

MACHINE_LOCK: Final = Path(f"/run/dualstack-lab-{LAB}.lock" if LAB else "/run/dualstack-lab.lock")
"""Held with flock by the lab that runs; its content is JSON: pid, user, started, project directory."""

PROJECT_DIR: Final = Path(__file__).resolve().parent.parent
"""The checkout this code runs from."""

VENV_DIR: Final = PROJECT_DIR / ".venv"
"""The virtual environment that the bootstrap makes from the lock file."""


def cache_dir() -> Path:
    """The directory of everything slow to make again (images, the engine). Not created here."""
    return _xdg("XDG_CACHE_HOME", ".cache") / "dualstack"


def state_dir() -> Path:
    """The directory of what a running lab knows (stacks, machines, logs). Not created here."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "dualstack"


def lab_state_dir() -> Path:
    """The run state of the lab: daemon.pid, daemon.log, backend/, pulumi-home/, machines/."""
    return state_dir() / (f"lab-{LAB}" if LAB else "lab")


def images_cache_dir() -> Path:
    """Built machine images, one folder `<name>-<key>` each."""
    return cache_dir() / "images"


def engine_cache_dir() -> Path:
    """Built engines, one folder `<key>` each with the executable `pulumi` in it."""
    return cache_dir() / "engine"


def _xdg(variable: str, fallback: str) -> Path:
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / fallback
