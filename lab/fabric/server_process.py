"""A server of somebody else's that runs in a namespace of the lab: dnsmasq, tayga, the registry."""

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from lab.fabric import namespaces

_STOP_SECONDS: Final = 2.0


def start(
    what: str,
    namespace: str,
    command: Sequence[str],
    log: Path,
    is_ready: Callable[[], bool],
    seconds: float = 60.0,
) -> subprocess.Popen[bytes]:
    """Starts it and waits until it is ready. `log` gets what it says.

    Raises RuntimeError, with `what` and the server's own words, when it ends or is not ready in time.
    """

    def run() -> subprocess.Popen[bytes]:
        with log.open("wb") as sink:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )

    process = namespaces.inside(namespace, run)
    deadline = time.monotonic() + seconds
    try:
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not start: {log.read_text().strip()}")
            time.sleep(0.01)
    except BaseException:
        stop(process)
        raise
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends it, by force if it does not go."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
