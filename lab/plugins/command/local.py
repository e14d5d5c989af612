"""`command:local:Command` and `command:local:run`: a command run on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from threading import Event, Thread
from typing import IO, Final

from lab.plugins.command.output import Capture, Log, Outputs, Stream
from lab.plugins.command.remote import previous_outputs
from lab.plugins.servicer import Properties

DEFAULT_INTERPRETER: Final = ("/bin/sh", "-c")
_CHUNK: Final = 1 << 15
_POLL_SECONDS: Final = 0.1
# The names that Go's `syscall` package has for signals on Linux.
_SIGNAL_NAMES: Final = {
    signal.SIGHUP: "hangup",
    signal.SIGINT: "interrupt",
    signal.SIGQUIT: "quit",
    signal.SIGILL: "illegal instruction",
    signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGKILL: "killed",
    signal.SIGUSR1: "user defined signal 1",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGUSR2: "user defined signal 2",
    signal.SIGPIPE: "broken pipe",
    signal.SIGALRM: "alarm clock",
    signal.SIGTERM: "terminated",
}


def run_local(command: str, inputs: Properties, previous: Outputs, log: Log, cancelled: Event) -> Outputs:
    """Runs the command as the inputs say; `cancelled` kills it. Raises ProviderError as the real one."""
    capture = Capture(inputs.get("logging"), log.status)
    arguments = [*(inputs.get("interpreter") or DEFAULT_INTERPRETER), command]
    given: dict[str, str] = inputs.get("environment") or {}
    environment = {**os.environ, **given, **previous_outputs(inputs, previous)}
    folder = inputs.get("dir")
    stdin = (inputs.get("stdin") or "").encode()
    try:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise capture.failure(_not_started(error, arguments[0], folder), command) from error
    status = _finish(process, stdin, capture, cancelled)
    if status != 0:
        reason = f"exit status {status}" if status > 0 else _signalled(-status)
        raise capture.failure(reason, command)
    return capture.outputs()


def _finish(process: subprocess.Popen[bytes], stdin: bytes, capture: Capture, cancelled: Event) -> int:
    assert process.stdout is not None
    assert process.stderr is not None
    threads = [
        Thread(target=_read, args=(process.stdout, "stdout", capture), daemon=True),
        Thread(target=_read, args=(process.stderr, "stderr", capture), daemon=True),
    ]
    if process.stdin is not None:
        threads.append(Thread(target=_feed, args=(process.stdin, stdin), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_POLL_SECONDS)
            if cancelled.is_set() and process.poll() is None:
                process.kill()
    capture.close()
    return process.wait()


def _read(pipe: IO[bytes], stream: Stream, capture: Capture) -> None:
    with pipe:
        while data := os.read(pipe.fileno(), _CHUNK):
            capture.write(stream, data)


def _feed(pipe: IO[bytes], data: bytes) -> None:
    # A command that does not read all of its input is no error.
    with suppress(BrokenPipeError), pipe:
        pipe.write(data)


def _not_started(error: OSError, program: str, folder: str | None) -> str:
    reason = os.strerror(error.errno or 0).lower()
    if folder is not None and error.filename == folder:
        return f"chdir {folder}: {reason}"
    if "/" not in program:
        return f'exec: "{program}": executable file not found in $PATH'
    return f"fork/exec {program}: {reason}"


def _signalled(number: int) -> str:
    return f"signal: {_SIGNAL_NAMES.get(signal.Signals(number), f'signal {number}')}"
