"""The bound of a step on the host: it ends with all that it has started, and says what to look at."""

import subprocess
import time
from pathlib import Path

import pytest

from components.host.steps import BOUNDS
from tests.unit.host.test_host_files import SCRIPTS

STEP = """\
#!/bin/bash
set -euo pipefail
scripts={scripts} concern=$1
. "$scripts/lib.sh"
trap 'echo ended >>{folder}/log' EXIT
exec 9>{folder}/lock
flock 9
{body}
"""
SEES = "so it was ended with all that it had started; what it printed is above; see"
AGAIN = "on this host, then run `pulumi up` again\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "within").write_text((SCRIPTS / "within").read_text())
    (tmp_path / "within").chmod(0o755)
    return tmp_path


def step(folder: Path, seconds: int, body: str, *what: str) -> tuple[int, str, str]:
    """A step with this body, which holds a lock; its exit code and what it printed."""
    (folder / "apply").write_text(STEP.format(scripts=SCRIPTS, folder=folder, body=body))
    (folder / "apply").chmod(0o755)
    done = subprocess.run(
        [folder / "within", str(seconds), "apply", *what],
        input="wanted\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def is_free(folder: Path) -> bool:
    return subprocess.run(["flock", "-n", folder / "lock", "true"], check=False).returncode == 0


def test_a_step_that_ends_in_time_is_as_it_would_be_alone(folder: Path) -> None:
    begin = time.monotonic()
    assert step(folder, 900, 'echo "$*"; cat; echo warned >&2; exit 3', "container", "web") == (
        3,
        "container web\nwanted\n",
        "warned\n",
    )
    assert time.monotonic() - begin < 300
    assert step(folder, 900, "kill -KILL $$", "docker")[0] == 137


@pytest.mark.parametrize(
    "hangs",
    [
        "sleep 600",
        "found=$(sleep 600 | cat)",
        "bounded 500 sleep 600",
        "(trap '' TERM; sleep 600)",
        "until_true 500 false",
        "(kill -STOP $BASHPID)",
    ],
)
def test_a_step_that_hangs_ends_at_its_bound_with_all_that_it_started(folder: Path, hangs: str) -> None:
    begin = time.monotonic()
    assert step(folder, 1, f"echo begun; {hangs}; echo after", "docker") == (
        124,
        "begun\n",
        f"docker: not done within 1 s, {SEES} `systemctl status docker` {AGAIN}",
    )
    assert time.monotonic() - begin < 300
    assert is_free(folder)
    assert subprocess.run(["pgrep", "-f", str(folder)], check=False, capture_output=True).stdout == b""


def test_what_it_printed_last_is_not_lost(folder: Path) -> None:
    body = "work() { seq 300; echo this is why >&2; sleep 600; }; readably work"
    code, output, error = step(folder, 1, body, "container", "web-1")
    assert (code, output.splitlines()[-1]) == (124, "300")
    said = f"container web-1: not done within 1 s, {SEES} `systemctl status docker` {AGAIN}"
    assert error == f"this is why\n{said}"


def test_what_it_has_to_put_right_in_the_end_it_does(folder: Path) -> None:
    assert step(folder, 1, "sleep 600", "engine") == (
        124,
        "",
        f"engine: not done within 1 s, {SEES} `systemctl list-jobs` and `journalctl --lines=50` {AGAIN}",
    )
    assert (folder / "log").read_text() == "ended\n"


def test_the_first_step_has_its_bound_too() -> None:
    assert f'exec "$directory/within" {BOUNDS["facts"]} apply facts' in (SCRIPTS / "receive.sh").read_text()
