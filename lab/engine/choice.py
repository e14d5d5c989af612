"""Which `pulumi` is used: the user's own one, or the one this project had or built into its cache."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.engine.version import PINNED_VERSION, at_least
from lab.paths import PROJECT_DIR, engine_cache_dir

TOOLS_DIR: Final = PROJECT_DIR / "tools"
"""The Go module that names the engine as a tool dependency."""

LINKER_FLAGS: Final = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PINNED_VERSION}"

OWN_FOLDER_MARK: Final = ".dualstack"
"""A file that marks a folder on PATH as made by this project: the engine in there is only a link."""


@dataclass(frozen=True)
class Engine:
    """A `pulumi` executable that can be used. `origin` says in words where it comes from."""

    executable: Path
    origin: str


def engine_key(tools: Path = TOOLS_DIR) -> str:
    """The cache key of the built engine: 12 hex digits over everything that decides what it does.

    The Go version is left out on purpose: a newer Go on the machine is no reason to build for minutes again.
    """
    digest = hashlib.sha256(LINKER_FLAGS.encode())
    for name in ("go.mod", "go.sum"):
        digest.update((tools / name).read_bytes())
    return digest.hexdigest()[:12]


def cached_engine_path() -> Path:
    """Where the engine that this project had itself lies, or will lie."""
    return engine_cache_dir() / engine_key() / "pulumi"


def find_engine(
    environ: Mapping[str, str] | None = None, version_of: Callable[[Path], str] | None = None
) -> Engine | None:
    """The engine that is there: on PATH at or above the pinned version, else the cached one, else None."""
    ask = version_of or pulumi_version
    for candidate in executables_on_path("pulumi", (environ or os.environ).get("PATH", "")):
        version = ask(candidate)
        if at_least(version, PINNED_VERSION):
            return Engine(candidate.resolve(), f"{version} at {candidate}")
    cached = cached_engine_path()
    if os.access(cached, os.X_OK):
        return Engine(cached, f"v{PINNED_VERSION} in the cache")
    return None


def executables_on_path(name: str, path: str) -> Iterable[Path]:
    """Every executable of this name on PATH, in order, but those in folders that this project made."""
    for folder in path.split(os.pathsep):
        candidate = Path(folder) / name
        if (
            folder
            and candidate.is_file()
            and os.access(candidate, os.X_OK)
            and not (candidate.parent / OWN_FOLDER_MARK).exists()
        ):
            yield candidate


def pulumi_version(executable: Path) -> str:
    """What `pulumi version` prints, without the update check; empty if it cannot be run."""
    try:
        answer = subprocess.run(
            [executable, "version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
