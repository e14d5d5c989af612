"""The host-side scripts as text: clean, and small enough to be one step's standard input."""

import subprocess
from pathlib import Path

from components.host.steps import EXECUTABLES, scripts_bundle

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"


def test_shellcheck_finds_nothing() -> None:
    names = [*EXECUTABLES, *sorted(path.name for path in SCRIPTS.glob("*.sh"))]
    result = subprocess.run(
        ["shellcheck", "--external-sources", *names], cwd=SCRIPTS, capture_output=True, text=True, check=False
    )
    assert result.stdout == ""


def test_the_bundle_stays_small() -> None:
    assert len(scripts_bundle()[0]) < 64 * 1024
