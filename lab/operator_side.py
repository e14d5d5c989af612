"""Commands on the operator's side of the lab: in its namespace, with the engine's environment."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab import holder
from lab.engine.environment import environment
from lab.errors import LabError
from lab.names import OPERATOR_NAMESPACE, STACK
from lab.paths import PROJECT_DIR


def run(argv: Sequence[str]) -> int:
    """Runs argv and waits; its exit code. Raises LabError when our lab does not run."""
    return subprocess.run(inside(argv), env=prepared_environment(), cwd=PROJECT_DIR, check=False).returncode


def output(argv: Sequence[str]) -> str:
    """Runs argv and returns its stdout. Raises LabError when it fails, with its stderr."""
    result = subprocess.run(
        inside(argv), env=prepared_environment(), cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise LabError(f"`{' '.join(argv)}` failed: {result.stderr.strip()}")
    return result.stdout


def inside(argv: Sequence[str]) -> list[str]:
    """The command line that runs argv in the operator's namespace. Raises LabError."""
    require_lab()
    return ["nsenter", f"--net=/run/netns/{OPERATOR_NAMESPACE}", "--", *argv]


def require_lab() -> None:
    """Raises LabError unless the lab runs and is ours."""
    running = holder.current()
    if running is None:
        raise LabError("the lab is not up; start it with `make lab-up`")
    if not running.is_ours:
        raise LabError(f"the lab that runs is not ours: {running.describe()}")
    if not running.is_ready:
        raise LabError("the lab is still being started; `make lab-up` waits for it")


def prepared_environment() -> dict[str, str]:
    """The engine's environment, with the stack `lab` there and selected. Had before entering the namespace.

    Raises LabError, EngineError.
    """
    variables = environment()
    backend = Path(variables["PULUMI_BACKEND_URL"].removeprefix("file://"))
    if not any((backend / ".pulumi/stacks").glob(f"**/{STACK}.json")):
        command = ["pulumi", "stack", "select", "--create", STACK]
        result = subprocess.run(
            inside(command), env=variables, cwd=PROJECT_DIR, capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise LabError(f"cannot make the stack {STACK}: {result.stderr.strip() or result.stdout.strip()}")
    return variables


def shell_command() -> list[str]:
    """The user's shell."""
    return [os.environ.get("SHELL") or "/bin/sh"]
