"""OpenSSH's own sshd, run by hand on loopback with keys of its own, never the system's service."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.sshd_program import SshdProgram

START_SECONDS = 60
HOST_KEY_TYPES = ("rsa", "ecdsa", "ed25519")
CONFIG = """
ListenAddress 127.0.0.1:{port}
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
LogLevel VERBOSE
AcceptEnv LANG LC_*
# Else bash reads the start-up files of whoever runs the tests, at each command, and these may print.
SetEnv HOME={folder}
MaxStartups 100
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class Sshd:
    """A running server. `folder` is also where tests may write."""

    folder: Path
    port: int

    def key(self, name: str) -> str:
        """The text of a key file: `user`, `other`, `host_ed25519`, ... and the same with `.pub`."""
        return (self.folder / name).read_text()

    def connections(self) -> int:
        """How many connections it has seen."""
        return (self.folder / "log").read_text().count("Connection from ")

    def connection(self, **changes: Any) -> dict[str, Any]:
        """Arguments of `ConnectionArgs` that log in here and check the host key; None takes one away."""
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "private_key": self.key("user"),
            "host_key": self.key("host_ed25519.pub"),
            "dial_error_limit": 2,
            "per_dial_timeout": 60,
        }
        return {name: value for name, value in {**given, **changes}.items() if value is not None}


@contextmanager
def running_sshd(program: SshdProgram, folder: Path) -> Iterator[Sshd]:
    """A server that lets the current user in with the key `user`, and has a host key of each type."""
    _make_keys(folder)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    hosts = "".join(f"HostKey {folder}/host_{kind}\n" for kind in HOST_KEY_TYPES)
    (folder / "config").write_text(hosts + program.settings + CONFIG.format(port=port, folder=folder))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*program.command, "-D", "-e", "-f", str(folder / "config")], env=program.environ, stderr=log
        )
    try:
        _wait(port, process, folder / "log")
        yield Sshd(folder, port)
    finally:
        process.terminate()
        process.wait(60)


def _make_keys(folder: Path) -> None:
    for kind in HOST_KEY_TYPES:
        _make_key(folder / f"host_{kind}", kind)
    for name in ("user", "other"):
        _make_key(folder / name, "ed25519")
    shutil.copyfile(folder / "user.pub", folder / "authorized_keys")


def _make_key(path: Path, kind: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "a comment", "-f", str(path)], check=True)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"sshd does not listen on port {port}:\n{log.read_text()}")
