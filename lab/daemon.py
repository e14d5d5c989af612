"""The lab's one process: endpoint, fabric and machines, from `up` until `down`.

`python -m lab.daemon --report FD` is started by `lab up`, writes lines of progress to that file descriptor,
then `ready` or `failed: why`, and closes it. SIGTERM ends it and everything it made.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from lab import cleanup, holder
from lab.endpoint import Endpoint
from lab.fabric import FabricRuntime, namespaces, plan
from lab.image import Image, ImageError, ensure
from lab.limits import room_for_many_machines
from lab.link import Links
from lab.link.control import link_routes
from lab.machines import Host
from lab.names import (
    DEFAULT_AMI,
    ENDPOINT_HOST,
    ENDPOINT_PORT,
    LAB_IMAGES,
    OPERATOR_NAMESPACE,
    REGION,
)
from lab.paths import lab_state_dir
from lab.reactor import Reactor
from lab.region import Region
from lab.services import internet_services
from lab.services.registry import registry_program

Say = Callable[[str], None]


class Report:
    """The line to whoever typed `lab up`, for as long as he listens."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", buffering=1)

    def progress(self, line: str) -> None:
        """One line of progress, in the log as well. Exits when nobody listens: the lab is not wanted."""
        log(line)
        try:
            print(line, file=self._file)
        except BrokenPipeError:
            sys.exit("whoever started the lab is gone")

    def end(self, line: str) -> None:
        """The last line: `ready`, or `failed: why`."""
        with suppress(BrokenPipeError):
            print(line, file=self._file)
            self._file.close()


def main() -> int:
    """Runs the daemon to its end; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.daemon", description=__doc__)
    parser.add_argument("--report", type=int, required=True, metavar="FD")
    report = Report(parser.parse_args().report)
    killed = holder.last()
    try:
        lock = holder.acquire()
    except holder.LabHeld as held:
        report.end(f"failed: {held}")
        return 1
    os.ftruncate(sys.stdout.fileno(), 0)  # the log of the lab before; only now is it surely not needed
    _on_signals(_exit)
    try:
        with ExitStack() as lab:
            _clean_after(killed, report.progress)
            start(lab, report.progress)
            lab.callback(_announce_end)
            holder.myself().ready_mark.touch()
            report.end("ready")
            signal.pause()
    except (ImageError, OSError, RuntimeError, subprocess.SubprocessError) as problem:
        log(traceback.format_exc())
        report.end(f"failed: {problem}")
        return 1
    finally:
        _on_signals(signal.SIG_IGN)
        for line in cleanup.clean(lab_state_dir()):
            log(line)
        holder.forget(lock)
    return 0


def _on_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, handler)


def _exit(number: int, _frame: FrameType | None) -> None:
    """Unwinds the main thread, so that everything that was entered is left."""
    log(f"asked to stop ({signal.Signals(number).name})")
    sys.exit(0)


def start(lab: ExitStack, progress: Say) -> None:
    """Brings everything up; `lab` takes it down again."""
    default = ensure(LAB_IMAGES[DEFAULT_AMI], progress)
    registry = registry_program(progress)
    lab.enter_context(room_for_many_machines())
    progress("namespaces: the internet, the operator")
    fabric = lab.enter_context(FabricRuntime())
    fabric.apply(plan(_empty_region()))
    progress("internet: the mirror of packages, the registry of container images")
    lab.enter_context(internet_services(default, registry))
    reactor_of: list[Reactor] = []
    links = Links(_image, log)
    endpoint = Endpoint(lambda: reactor_of[0].nudge(), _console, LAB_IMAGES, more=link_routes(links))
    reactor = Reactor(endpoint, fabric, lambda ami: _image(LAB_IMAGES[ami]), log)
    reactor_of.append(reactor)
    lab.callback(reactor.close)
    lab.callback(links.close)
    threading.Thread(target=reactor.run, name="reactor", daemon=True).start()
    listener = namespaces.inside(OPERATOR_NAMESPACE, _listen)
    threading.Thread(target=endpoint.serve, args=(listener,), name="endpoint", daemon=True).start()
    progress(f"endpoint: {ENDPOINT_HOST}:{ENDPOINT_PORT} in {OPERATOR_NAMESPACE}, region {REGION}")


def _image(name: str) -> Image:
    """Built when the first machine asks for it."""
    return ensure(name, log)


def _announce_end() -> None:
    log(cleanup.END_MARK)
    for thing in cleanup.leftovers():
        log(f"took away {thing}")


def _clean_after(killed: holder.Holder | None, progress: Say) -> None:
    states = {lab_state_dir(), *([Path(killed.state)] if killed else [])}
    for state in sorted(states):
        for line in cleanup.clean(state):
            progress(f"left by a lab that was killed: {line}")


def log(line: str) -> None:
    """Writes a line with the time to the log, which is stdout."""
    print(f"{datetime.now():%H:%M:%S.%f} {line}", flush=True)


def _empty_region() -> Region:
    return Region(REGION, (), (), (), (), (), (), ())


def _listen() -> socket.socket:
    listener = socket.create_server((ENDPOINT_HOST, ENDPOINT_PORT), backlog=128)
    listener.set_inheritable(False)
    return listener


def _console(instance_id: str) -> str:
    return Host(instance_id).console()


if __name__ == "__main__":
    sys.exit(main())
