"""Runs a long command and says every few seconds how long it has taken and what it is doing."""

import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

INTERVAL_SECONDS: Final = 5.0
TAIL_LINES: Final = 30

Say = Callable[[str], None]


@dataclass(frozen=True)
class Finished:
    """How a command ended: its exit code, how many lines it printed, the last ones, and how long it took."""

    exit_code: int
    lines: int
    tail: tuple[str, ...]
    seconds: float


def run_with_progress(
    command: Sequence[str],
    say: Say,
    describe: Callable[[int, str], str],
    *,
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
    interval: float = INTERVAL_SECONDS,
) -> Finished:
    """Run a command; every `interval` seconds say the elapsed time and `describe(lines so far, last line)`.

    Its stdout and stderr are read as one text. If this is interrupted, the command is ended first.
    Raises OSError if the command cannot be started.
    """
    started = time.monotonic()
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    count = 0
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )

    def read(stream: IO[str]) -> None:
        nonlocal count
        for line in stream:
            tail.append(line.rstrip("\n"))
            count += 1

    assert process.stdout is not None
    reader = threading.Thread(target=read, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        while reader.is_alive():
            reader.join(interval)
            if reader.is_alive():
                say(f"{time.monotonic() - started:4.0f} s  {describe(count, tail[-1] if tail else '')}")
        exit_code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    return Finished(exit_code, count, tuple(tail), time.monotonic() - started)
