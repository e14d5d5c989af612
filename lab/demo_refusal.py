"""What the program says to a way of giving containers IPv6, asked before hosts make room for it."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lab import operator_side
from lab.engine.environment import environment
from lab.errors import LabError
from lab.names import STACK
from lab.paths import PROJECT_DIR

_PROGRAM: Final = ("Pulumi.yaml", "__main__.py", "components", ".venv")


def refusal_of(config: str) -> str:
    """What a preview of the program with this config prints when it fails; empty where it succeeds.

    It is of a stack without hosts, in a folder and a backend that are gone afterwards. Raises LabError,
    EngineError.
    """
    with TemporaryDirectory() as folder:
        program = Path(folder) / "program"
        program.mkdir()
        for name in _PROGRAM:
            (program / name).symlink_to(PROJECT_DIR / name)
        (program / f"Pulumi.{STACK}.yaml").write_text(config)
        variables = environment(backend=Path(folder) / "backend")
        made = _pulumi(["stack", "select", "--create", STACK], program, variables)
        if made.returncode:
            raise LabError(f"cannot make a stack to try this on: {made.stdout.strip()}")
        previewed = _pulumi(["preview"], program, variables)
        return previewed.stdout if previewed.returncode else ""


def _pulumi(
    arguments: list[str], folder: Path, variables: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        operator_side.inside(["pulumi", *arguments, "--non-interactive"]),
        cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
