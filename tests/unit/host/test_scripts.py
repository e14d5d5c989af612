"""The host-side scripts as text: clean, and small enough to be one step's standard input."""

import shutil
import subprocess
from pathlib import Path

import pytest

from components.host.steps import EXECUTABLES, scripts_bundle

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"


@pytest.mark.skipif(
    shutil.which("shellcheck") is None, reason="shellcheck is not on PATH, which the lab brings"
)
def test_shellcheck_finds_nothing() -> None:
    names = [*EXECUTABLES, *sorted(path.name for path in SCRIPTS.glob("*.sh"))]
    result = subprocess.run(
        ["shellcheck", "--external-sources", *names], cwd=SCRIPTS, capture_output=True, text=True, check=False
    )
    assert result.stdout == ""


def test_the_bundle_stays_small() -> None:
    assert len(scripts_bundle()[0]) < 192 * 1024
