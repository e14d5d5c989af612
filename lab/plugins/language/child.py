"""Runs one Pulumi program, in the program's own interpreter: `python child.py REQUEST` with REQUEST as JSON.

Uses the standard library and the `pulumi` package of that interpreter only. The config comes in the
environment (PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS), for it holds secrets; command lines are not private.
"""

import asyncio
import contextlib
import ctypes
import importlib.util
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

ERROR_SHOWN = 32
"""Exit code that says: the engine has been told what is wrong, no more words are needed."""

UNHANDLED = "Program failed with an unhandled exception:"


def main() -> int:
    """Run the program that the request names; the exit code is 0, ERROR_SHOWN, or the program's own."""
    request: dict[str, Any] = json.loads(sys.argv[1])
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if importlib.util.find_spec("pulumi") is None:
        print(
            f"{sys.executable} has no package `pulumi`: run `pulumi install` in the project's folder",
            file=sys.stderr,
        )
        return 1
    program = _entry_file(Path(request["program"]))
    sys.argv = [str(program)]
    sys.path[0] = str(program.parent)
    os.chdir(request["pwd"])
    _configure(request)
    return _run(program, int(request["parallel"]))


def user_traceback(error: BaseException, program: str) -> str:
    """The traceback as the program's author wants it: from the program's own file on, no frames above it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != program:
        frame = frame.tb_next
    if frame is None and isinstance(error, SyntaxError) and error.filename == program:
        shown = None  # it never ran: the error itself names the line
    else:
        shown = error.__traceback__ if frame is None else frame
    return "".join(traceback.format_exception(type(error), error, shown)).rstrip("\n")


def _entry_file(program: Path) -> Path:
    return program / "__main__.py" if program.is_dir() else program


def _configure(request: dict[str, Any]) -> None:
    from pulumi.runtime import reset_options, set_all_config

    reset_options(
        project=request["project"],
        stack=request["stack"],
        root_directory=request["root_directory"],
        parallel=request["parallel"],
        engine_address=request["engine"],
        monitor_address=request["monitor"],
        preview=request["preview"],
        organization=request["organization"] or "organization",
    )
    set_all_config(
        json.loads(os.environ.get("PULUMI_CONFIG", "{}")),
        json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]")),
    )


def _run(program: Path, parallel: int) -> int:
    from pulumi.runtime import run_in_stack

    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=max(parallel, 1) * 4))
    loop.set_exception_handler(lambda _loop, _context: None)

    def body() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        loop.run_until_complete(run_in_stack(body))
    except SystemExit as leaving:
        return _exit_code(leaving)
    except BaseException as error:  # whatever ended the program is told to the engine
        return _report(error, str(program))
    finally:
        _finish(loop)
    return 0


def _report(error: BaseException, program: str) -> int:
    import grpc
    from pulumi import RunError, log

    if isinstance(error, RunError):
        log.error(str(error))
    elif isinstance(error, grpc.RpcError):
        # The engine goes away when a resource failed or the user interrupted: it has told why.
        code = error.code()  # type: ignore[attr-defined]
        if code not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            log.error(f"{UNHANDLED}\n{user_traceback(error, program)}")
    else:
        with contextlib.suppress(Exception):  # it may be gone
            log.error(f"{UNHANDLED}\n{user_traceback(error, program)}")
    return ERROR_SHOWN


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    with contextlib.suppress(Exception):
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    sys.stdout.flush()
    sys.stderr.flush()


def _exit_code(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    print(leaving.code, file=sys.stderr)
    return 1


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(ERROR_SHOWN)


def _die_with_parent() -> None:
    # PR_SET_PDEATHSIG (prctl(2)): a killed language host leaves no program running.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of the program's libraries must not keep it alive once it has run.
    os._exit(code)
