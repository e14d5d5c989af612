"""Prints who holds one of apt's or dpkg's locks: `apt-get (process 812) holds /var/lib/dpkg/lock-frontend`.

Nothing is printed where nobody does. They are locks of fcntl(2) (apt, apt-pkg/contrib/fileutl.cc, GetLock),
which flock(1) does not see. Asking takes none of them.
"""

import fcntl
import struct
from pathlib import Path

LOCKS = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
)
FLOCK = "hhqqi4x"
"""struct flock of Linux on 64 bits: type, whence, start, length, process."""


def holder(path: str) -> int | None:
    """The id of the process that holds the lock; None where nobody does, or the file is not there."""
    try:
        with Path(path).open("rb") as file:
            asked = struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0)
            kind, _, _, _, process = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
    except FileNotFoundError:
        return None
    return None if kind == fcntl.F_UNLCK else process


def program(process: int) -> str:
    """What the process is called."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return "another program"


def held() -> str:
    """The first lock that is held, with its holder; empty without one."""
    for path in LOCKS:
        if process := holder(path):
            return f"{program(process)} (process {process}) holds {path}"
    return ""


if __name__ == "__main__":
    if said := held():
        print(said)
