"""Repositories of Debian packages as apt expects them (wiki.debian.org/DebianRepository/Format).

A mirror is a folder with one or more of them; the lab's internet serves it. Each is signed with a key that is
made for it and thrown away, so that nobody adds to it afterwards; the public half lies beside it.
"""

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from lab.names import DISTRIBUTION_PATH, PACKAGES_NAME

KEY_FILE: Final = "key.asc"
"""The public half of the key that signs a repository, in the repository's own folder."""
TRUSTED_KEY: Final = "/usr/share/keyrings/lab-packages.asc"
SOURCES_FILE: Final = "/etc/apt/sources.list.d/lab-packages.sources"
_SIGN: Final = Path(__file__).with_name("sign_repository.sh")

Run = Callable[[Sequence[str]], None]


def write_repository(folder: Path, suite: str, component: str, run: Run) -> None:
    """Makes the packages in `folder`/pool a repository with one suite of one component, and signs it.

    `run` runs a command and raises when that fails; so does a package that dpkg-deb cannot read.
    """
    release = folder / "dists" / suite
    architecture = _output("dpkg", "--print-architecture").strip()
    index = release / component / f"binary-{architecture}" / "Packages"
    index.parent.mkdir(parents=True)
    packages = sorted((folder / "pool").glob("*.deb"))
    index.write_text("\n".join(_entry(package, folder) for package in packages))
    (release / "Release").write_text(_release(release, index, suite, component, architecture))
    run([str(_SIGN), str(release), str(folder / KEY_FILE)])


def trust(mirror: Path, root: Path, suite: str) -> None:
    """Lets a machine whose root directory this is take packages from the mirror, by its name."""
    source = (
        "Types: deb\n"
        f"URIs: http://{PACKAGES_NAME}{DISTRIBUTION_PATH}\n"
        f"Suites: {suite}\n"
        "Components: main\n"
        f"Signed-By: {TRUSTED_KEY}\n"
    )
    for path, text in (
        (SOURCES_FILE, source),
        (TRUSTED_KEY, (mirror / DISTRIBUTION_PATH.lstrip("/") / KEY_FILE).read_text()),
    ):
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _entry(package: Path, folder: Path) -> str:
    content = package.read_bytes()
    return (
        f"{_output('dpkg-deb', '--field', str(package))}"
        f"Filename: {package.relative_to(folder)}\nSize: {len(content)}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
    )


def _release(folder: Path, index: Path, suite: str, component: str, architecture: str) -> str:
    content = index.read_bytes()
    return (
        f"Origin: dualstack lab\nSuite: {suite}\nCodename: {suite}\n"
        f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}\n"
        f"Architectures: {architecture}\nComponents: {component}\n"
        f"SHA256:\n {hashlib.sha256(content).hexdigest()} {len(content)} {index.relative_to(folder)}\n"
    )


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
