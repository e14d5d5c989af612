"""Which Python runs a program: decided by `runtime.options` of its Pulumi.yaml (or PulumiPlugin.yaml)."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class NoInterpreterError(Exception):
    """The Python that the project asks for is not there; the message says what to do."""


@dataclass(frozen=True)
class Options:
    """The runtime options that decide on the interpreter."""

    root: Path
    virtualenv: Path | None


def read_options(root_directory: str, options: Mapping[str, Any]) -> Options:
    """Read `toolchain` and `virtualenv`. A relative virtualenv counts from the project's folder.

    With `toolchain: uv` and no virtualenv it is `.venv`, as with Pulumi's own language host.
    """
    root = Path(root_directory or ".").resolve()
    name = options.get("virtualenv") or (".venv" if options.get("toolchain") == "uv" else "")
    return Options(root, root / str(name) if name else None)


def interpreter(options: Options, environ: Mapping[str, str] | None = None) -> Path:
    """The Python to run: the virtualenv's, else the first of `python3` and `python` on PATH.

    Raises NoInterpreterError if there is none.
    """
    if options.virtualenv is not None:
        python = options.virtualenv / "bin" / "python"
        if not os.access(python, os.X_OK):
            raise NoInterpreterError(
                f"the virtualenv {options.virtualenv} named in {options.root}/Pulumi.yaml does not exist: "
                "run `pulumi install` there, or take `virtualenv` out of its runtime options"
            )
        return python
    path = (os.environ if environ is None else environ).get("PATH")
    for name in ("python3", "python"):
        found = shutil.which(name, path=path)
        if found:
            return Path(found)
    raise NoInterpreterError(
        "no python3 on PATH: install Python 3.11 or newer, or name a virtualenv in Pulumi.yaml"
    )
