"""The child processes of the language host: started, watched, and ended with it."""

import os
import subprocess
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Literal

Chunk = tuple[Literal["stdout", "stderr"], bytes]
GRACE_SECONDS = 5.0


class Children:
    """Knows every running child, so that they can all be ended. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    @contextmanager
    def start(
        self, command: Sequence[str | Path], directory: Path, environ: Mapping[str, str], *, piped: bool
    ) -> Generator[subprocess.Popen[bytes]]:
        """Start a child, with its output piped to us or going where our own goes. It is ended on leaving."""
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else None,
            stderr=subprocess.PIPE if piped else None,
        )
        with self._lock:
            self._running.add(process)
        try:
            yield process
        finally:
            end(process)
            with self._lock:
                self._running.discard(process)

    def terminate(self) -> None:
        """Ask every running child to end. Does not wait."""
        with self._lock:
            running = list(self._running)
        for process in running:
            process.terminate()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process: first ask, then insist."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def chunks(process: subprocess.Popen[bytes]) -> Iterator[Chunk]:
    """What a piped process prints, as it comes, until both its streams are closed."""
    queue: SimpleQueue[Chunk | None] = SimpleQueue()

    def read(name: Literal["stdout", "stderr"], stream: IO[bytes]) -> None:
        # A read on a stream that was closed under us, when the child is ended, is the end as well.
        try:
            while data := os.read(stream.fileno(), 65536):
                queue.put((name, data))
        except (OSError, ValueError):
            pass
        queue.put(None)

    assert process.stdout is not None
    assert process.stderr is not None
    readers = [
        threading.Thread(target=read, args=("stdout", process.stdout), daemon=True),
        threading.Thread(target=read, args=("stderr", process.stderr), daemon=True),
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        while (chunk := queue.get()) is not None:
            yield chunk
