"""Runs pytest: `run_tests.py fast|allowed|faults [PYTEST ARGUMENTS]`.

`fast` takes the tests without engine and lab, `allowed` all that this machine can run, `faults` the folders
in which tests have the mark `fault`; the last line says what it cannot. Each part with real hosts has a lab
of its own, beside one that is up. Such tests wait for machines most of the time: so parts run side by side in
lanes, one in front, and those of a lane one after the other.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Final

PROJECT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = str(PROJECT / ".venv/bin/python")
NO_TESTS: Final = 5
"""pytest's exit code where its arguments choose none."""
SUMMARY: Final = re.compile(r"^=* short test summary info =*$.*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Part:
    """Tests that run together. `lab`: the name of their lab; None for those that need none."""

    folders: tuple[str, ...]
    lab: str | None = None
    without: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The folders, in words."""
        return ", ".join(self.folders)


Lane = tuple[Part, ...]
# Apart from the rest of tests/lab so that each lane takes about as long.
AFTER_FAULTS: Final = Part(("tests/lab/region", "tests/lab/shared_link"), "faults")
AFTER_NO_LAB: Final = Part(("tests/lab/engines", "tests/lab/routed"), "networks")
LAB: Final = Part(("tests/lab",), "tests", without=AFTER_FAULTS.folders + AFTER_NO_LAB.folders)
FAULTS: Final = Part(("tests/faults",), "faults")
MARKED: Final = Part(("tests/faults", "tests/lab", "tests/engine"), "faults")
QUICK: Final = Part(("tests/unit", "tests/components"))
NO_LAB: Final = Part(("tests/unit", "tests/components", "tests/engine"))
CHOICES: Final[dict[str, tuple[Lane, ...]]] = {
    "fast": ((QUICK,),),
    "allowed": ((LAB,), (FAULTS, AFTER_FAULTS), (NO_LAB, AFTER_NO_LAB)),
    "faults": ((MARKED,),),
}


class Run:
    """Lanes, the first of them, which is one part, in front. `codes`: pytest's, of parts that have ended."""

    def __init__(self, lanes: Sequence[Lane], arguments: Sequence[str], logs: Path) -> None:
        self.codes: dict[Part, int] = {}
        self._lanes = lanes
        self._arguments = arguments
        self._logs = logs
        self._running: dict[Part, subprocess.Popen[bytes]] = {}
        self._stopped = False
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)

    def to_its_end(self) -> None:
        """Runs all parts. Ctrl-C and SIGTERM end them as pytest ends: with their labs taken down."""
        (front,), *others = self._lanes
        if others:
            titles = ", and ".join(", then ".join(part.title for part in lane) for lane in others)
            print(f"beside these run {titles}; what they print comes at the end", flush=True)
        beside = [Thread(target=self._one_after_the_other, args=(lane,)) for lane in others]
        for thread in beside:
            thread.start()
        self._pytest(front, None)
        for thread, lane in zip(beside, others, strict=True):
            thread.join()
            for part in lane:
                self._show(part)

    @property
    def code(self) -> int:
        """0 when every part that has tests passed."""
        codes = [self.codes[part] for lane in self._lanes for part in lane if part in self.codes]
        failed = [code for code in codes if code not in (0, NO_TESTS)]
        return (failed or sorted(codes) or [1])[0]

    def _one_after_the_other(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if not self._stopped:
                with self._log(part).open("wb") as log:
                    self._pytest(part, log)

    def _pytest(self, part: Part, output: IO[bytes] | None) -> None:
        """Without a lab it is behind the machines of those that have one, which then boot as fast as ever."""
        environment = {name: value for name, value in os.environ.items() if name != "DUALSTACK_LAB"}
        if part.lab is not None:
            environment["DUALSTACK_LAB"] = part.lab
        command = [PYTHON, "-m", "pytest", *self._arguments, *part.folders]
        command += [f"--ignore={folder}" for folder in part.without]
        if output is not None and part.lab is None:
            command = ["nice", "-n", "5", *command]
        self._running[part] = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT if output else None
        )
        self.codes[part] = self._running[part].wait()

    def _stop(self, number: int, _: object) -> None:
        self._stopped = True
        # What a terminal sends on Ctrl-C, pytest has got as well.
        if number == signal.SIGTERM:
            for process in list(self._running.values()):
                process.send_signal(signal.SIGINT)

    def _show(self, part: Part) -> None:
        """Of what passed the end only: what failed in front stands just above it."""
        if part not in self.codes:
            return
        text = self._log(part).read_text(errors="replace")
        if self.codes[part] == 0:
            found = SUMMARY.search(text)
            text = found[0] if found else "".join(text.splitlines(keepends=True)[-1:])
        print(f"{part.title}:\n{text.rstrip()}", flush=True)

    def _log(self, part: Part) -> Path:
        return self._logs / part.folders[0].replace("/", "-")


def main() -> int:
    """Runs what is chosen; its exit code."""
    which, *arguments = sys.argv[1:] or [""]
    if which not in CHOICES:
        print(f'error: which tests, "{which}"? Use fast, allowed or faults', file=sys.stderr)
        return 1
    lanes = CHOICES[which]
    not_run = _why_not([part for lane in lanes for part in lane if part.lab is not None])
    if not_run:
        print(not_run, flush=True)
        without = (tuple(part for part in lane if part.lab is None) for lane in lanes)
        lanes = tuple(lane for lane in without if lane)
    if not lanes:
        return 1
    _prepare(sorted({part.lab for lane in lanes for part in lane if part.lab is not None}))
    with tempfile.TemporaryDirectory() as logs:
        run = Run(lanes, arguments, Path(logs))
        run.to_its_end()
    if not_run:
        print(not_run)
    return run.code


def _why_not(parts: Sequence[Part]) -> str:
    """Why the tests with real hosts cannot run here, in a line; empty where they can."""
    asked = subprocess.run([PROJECT / "scripts/lab-possible"], stdout=subprocess.PIPE, text=True, check=False)
    if not parts or asked.returncode == 0:
        return ""
    folders = dict.fromkeys("/".join(folder.split("/")[:2]) for part in parts for folder in part.folders)
    return f"not run, and so not passed: {', '.join(folders)}: {asked.stdout.strip()}"


def _prepare(labs: Sequence[str]) -> None:
    """Ends what a run that was killed left of these, and builds the image that their machines boot."""
    lab = [PYTHON, "-m", "lab"]
    for name in labs:
        environment = {**os.environ, "DUALSTACK_LAB": name}
        found = subprocess.run([*lab, "status"], env=environment, stdout=subprocess.DEVNULL, check=False)
        # Refused, with its holder named, when it is somebody else's.
        if found.returncode == 0 and subprocess.run([*lab, "down"], env=environment, check=False).returncode:
            sys.exit(1)
    # Here, where it shows: no test then waits for it.
    if labs and subprocess.run([*lab, "images"], check=False).returncode:
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
