"""A program of a Debian package that is unpacked in the cache and never installed.

Installed, the package would start a service of its own on this computer, and again with every boot.
"""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.engine.lock import exclusive
from lab.paths import cache_dir


class ProgramMissingError(RuntimeError):
    """The program is not here and cannot be had; the message says why."""


def unpacked_program(package: str, path: str, progress: Callable[[str], None]) -> Path:
    """The program at `path` of the package: this computer's own, else unpacked in the cache, from apt's
    sources the first time. Raises ProgramMissingError.
    """
    if found := shutil.which(Path(path).name):
        return Path(found)
    folder = cache_dir() / f"{package}-{platform.machine()}"
    program = folder / path.lstrip("/")
    with exclusive(cache_dir() / f"{package}.lock"):
        if not program.exists():
            progress(f"{package}: unpacking it in {folder}")
            _unpack(package, folder)
    if not program.exists():
        raise ProgramMissingError(f"package {package} has no {path}: its layout is another one now")
    return program


def _unpack(package: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{package}-") as made:
        work = Path(made)
        # apt's own user may not enter the folders of others, and says so at length.
        download = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package]
        try:
            _run(download, work)
        except ProgramMissingError:
            _run(["apt-get", "-q", "update"], work)
            _run(download, work)
        for file in work.glob("*.deb"):
            _run(["dpkg", "-x", file.name, "root"], work)
        shutil.rmtree(folder, ignore_errors=True)
        (work / "root").rename(folder)


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "silently").splitlines()
        raise ProgramMissingError(f"`{' '.join(command)}` failed: {said[-1]}")
