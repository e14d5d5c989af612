"""Builds the engine from its source, a Go tool dependency, where the vendor's download cannot be reached."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab.engine.choice import LINKER_FLAGS, TOOLS_DIR
from lab.engine.errors import EngineError
from lab.engine.progress import Say, run_with_progress
from lab.engine.version import at_least
from lab.paths import cache_dir

MINIMUM_GO: Final = "1.25.11"
"""What the `go` line of tools/go.mod asks for."""

PACKAGE: Final = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"

HOW_TO_GET_GO: Final = (
    "get one from https://go.dev/dl (unpack it to /usr/local/go and put /usr/local/go/bin on PATH; "
    "Debian 12's own package is 1.19, too old), or put a pulumi command on PATH (https://www.pulumi.com/docs/install)"
)


def check_go(environ: Mapping[str, str] | None = None) -> None:
    """Raise EngineError, with what to do, unless a Go that can build the engine is on PATH."""
    go = shutil.which("go", path=(environ or os.environ).get("PATH"))
    if go is None:
        raise EngineError(
            f"building the pulumi engine needs go {MINIMUM_GO} or newer, and there is none on PATH: "
            f"{HOW_TO_GET_GO}"
        )
    answer = subprocess.run([go, "version"], capture_output=True, text=True, check=False, cwd="/")
    version = re.search(r"go(\d+\.\d+(?:\.\d+)?)", answer.stdout)
    found = version.group(1) if version else answer.stdout.strip() or answer.stderr.strip()
    if not at_least(found, MINIMUM_GO):
        raise EngineError(
            f"building the pulumi engine needs go {MINIMUM_GO} or newer, and {go} is {found}: {HOW_TO_GET_GO}"
        )


def build_engine(target: Path, say: Say) -> None:
    """Build `pulumi` and put it at `target` in one step. About 3 minutes on two cores the first time.

    Raises EngineError if there is no suitable Go, or the build fails.
    """
    check_go()
    target.parent.mkdir(parents=True, exist_ok=True)
    own_caches, environ = _go_environment()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as folder:
        built = Path(folder) / "pulumi"
        command = ["go", "build", "-v", "-ldflags", LINKER_FLAGS, "-o", str(built), PACKAGE]
        finished = run_with_progress(command, say, describe_build, directory=TOOLS_DIR, environ=environ)
        if finished.exit_code != 0:
            tail = "\n  ".join(finished.tail[-8:])
            raise EngineError(
                f"building the pulumi engine failed (go build, exit code {finished.exit_code}):\n  {tail}"
            )
        built.rename(target)
    if own_caches.exists():
        say("removing Go's caches, used for this build only")
        shutil.rmtree(own_caches, ignore_errors=True)


def describe_build(lines: int, last: str) -> str:
    """What a line of `go build -v` says about the progress of the build.

    >>> describe_build(3, "go: downloading gocloud.dev v0.46.0")
    'downloading gocloud.dev v0.46.0'
    >>> describe_build(812, "google.golang.org/grpc")
    'compiling, 812 steps done, now google.golang.org/grpc'
    """
    if last.startswith("go: downloading "):
        return last.removeprefix("go: ")
    return f"compiling, {lines} steps done, now {last}" if last else "resolving modules"


def _go_environment() -> tuple[Path, dict[str, str]]:
    """The environment of the build, and the folder of the Go caches made for it alone (it may not exist).

    Caches that the user has already are used; else they lie in our own cache and go when the build is done.
    """
    own = cache_dir() / "go"
    environ = {**os.environ, "GOWORK": "off"}
    answer = subprocess.run(
        ["go", "env", "GOCACHE", "GOMODCACHE"], capture_output=True, text=True, check=True, cwd="/"
    )
    for variable, folder in zip(("GOCACHE", "GOMODCACHE"), answer.stdout.splitlines(), strict=True):
        if not Path(folder).is_dir():
            environ[variable] = str(own / variable.lower())
    flags = environ.get("GOFLAGS", "")
    environ["GOFLAGS"] = f"{flags} -modcacherw".strip()
    return own, environ
