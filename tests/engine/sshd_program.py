"""OpenSSH's server program: the machine's own, else one unpacked from its package without being installed.

Installed, it would be a service that begins with the next boot, which tests must not leave behind.
"""

import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from lab.engine.lock import exclusive
from lab.paths import cache_dir

PACKAGE: Final = "openssh-server"
WAY_VARIABLE: Final = "DUALSTACK_TEST_SSHD"
"""`unpacked` leaves the machine's own sshd aside, as if it were not there."""
HELPERS: Final = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}
"""Settings of the programs that sshd starts, from OpenSSH 9.8 and 10.0 on; older ones know neither."""
PRIVILEGE_SEPARATION: Final = "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin"
"""The user without whom root's sshd does not start; the package's installation makes it."""


class SshdMissingError(Exception):
    """There is no sshd and none can be had; the message says why and what to do."""


@dataclass(frozen=True)
class SshdProgram:
    """How to start it: the command line before its options, its environment, its further settings."""

    command: tuple[str, ...]
    environ: dict[str, str]
    settings: str = ""


def sshd_program(unpack_in: Path | None = None) -> SshdProgram:
    """The machine's sshd, or an unpacked one, by default in the cache. Raises SshdMissingError."""
    found = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is not None and os.environ.get(WAY_VARIABLE) != "unpacked":
        return SshdProgram((found,), {**os.environ})
    return _unpacked_program(_unpacked(unpack_in or cache_dir()))


def required_sshd() -> SshdProgram:
    """The program; a test that cannot have it fails."""
    try:
        return sshd_program()
    except SshdMissingError as error:
        pytest.fail(str(error), pytrace=False)


def _unpacked_program(root: Path) -> SshdProgram:
    libraries = [root / "usr/lib", root / "lib", *root.glob("usr/lib/*-linux-*"), *root.glob("lib/*-linux-*")]
    settings = {name: root / "usr/lib/openssh" / helper for name, helper in HELPERS.items()}
    sshd = str(root / "usr/sbin/sshd")
    return SshdProgram(
        (*_with_its_user(root), sshd) if os.geteuid() == 0 else (sshd,),
        {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))},
        "".join(f"{name} {path}\n" for name, path in settings.items() if path.exists()),
    )


def _with_its_user(root: Path) -> tuple[str, ...]:
    """A command line that runs another where the user `sshd` exists, for that process alone."""
    passwords = Path("/etc/passwd").read_text()
    if any(line.startswith("sshd:") for line in passwords.splitlines()):
        return ()
    (root / "passwd").write_text(f"{passwords.rstrip()}\n{PRIVILEGE_SEPARATION}\n")
    script = 'mount --bind "$1" /etc/passwd && shift && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, "sh", str(root / "passwd"))


def _unpacked(folder: Path) -> Path:
    """The folder the packages are unpacked in, made at the first call. Raises SshdMissingError."""
    version, libraries = _candidate().replace(":", "-"), _missing_libraries()
    root = folder / "+".join([f"{PACKAGE}-{version}-{platform.machine()}", *libraries])
    with exclusive(folder / f"{PACKAGE}.lock"):
        if not root.exists():
            _unpack([PACKAGE, *libraries], root)
    return root


def _unpack(packages: list[str], root: Path) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".unpacking-") as made:
        folder = Path(made)
        # apt's own user may not enter the folders of others, and says so at length.
        _run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages], folder)
        for package in sorted(folder.glob("*.deb")):
            _run(["dpkg", "-x", package.name, "root"], folder)
        (folder / "root").rename(root)


def _candidate() -> str:
    """The version of the package that apt would install; its lists are fetched first where it has none."""
    for attempt in (1, 2):
        lines = _run(["apt-cache", "policy", PACKAGE]).splitlines()
        versions = [line.split()[1] for line in lines if line.strip().startswith("Candidate:")]
        if versions and versions[0] != "(none)":
            return versions[0]
        if attempt == 1 and os.geteuid() == 0:
            _run(["apt-get", "-q", "update"])
    raise SshdMissingError(_sentence(f"apt knows no package {PACKAGE}"))


def _missing_libraries() -> list[str]:
    """The libraries that the package depends on and this machine lacks."""
    lines = _run(["apt-cache", "depends", "--no-recommends", "--no-suggests", PACKAGE]).splitlines()
    names = [line.split()[-1] for line in lines if line.strip().startswith("Depends: lib")]
    answer = _run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"])
    installed = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in installed]


def _run(command: list[str], folder: Path | None = None) -> str:
    try:
        answer = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise SshdMissingError(_sentence(f"{command[0]} does not start: {error.strerror}")) from None
    if answer.returncode != 0:
        said = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
        raise SshdMissingError(_sentence(f"`{' '.join(command)}` failed: {said[-1] if said else 'silently'}"))
    return answer.stdout


def _sentence(reason: str) -> str:
    return (
        f"these tests were not run: they need OpenSSH's sshd, this machine has none, and it could not be "
        f"unpacked from its package: {reason}; put an sshd in /usr/sbin or on PATH, it need not run"
    )
