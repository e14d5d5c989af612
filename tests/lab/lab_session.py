"""The lab as tests hold it: the command line from outside, and logins from the operator's side."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import cleanup, holder, lifecycle
from lab.machines import Host
from lab.names import LOGIN_USER, OPERATOR_NAMESPACE
from lab.paths import PROJECT_DIR, lab_state_dir

_WHAT_EXPLAINS_A_FAILURE = (
    "journalctl --boot --no-pager -o short-precise; ip addr; ip route; ip -6 route; nft list ruleset"
)


def lab_command(
    *arguments: str, environment: Mapping[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Runs `python -m lab ...` as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "lab", *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def wait_for(condition: Callable[[], bool], what: str, timeout: float = 120) -> None:
    """Waits until the condition holds; fails, saying what did not come, after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout:g} s: {what}"
        time.sleep(0.2)


def eventually(condition: Callable[[], bool], timeout: float = 60) -> bool:
    """Whether the condition comes true within `timeout` seconds.

    For what must be so, and need not be so at once: a packet may be lost, or a server not be up yet. What
    must not be so is looked at once, where it would be seen.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def on_operator_side(argv: Sequence[str], timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs a command in the operator's namespace, where Pulumi and its SSH connections start."""
    return subprocess.run(
        ["nsenter", f"--net=/run/netns/{OPERATOR_NAMESPACE}", *argv],
        capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


@dataclass(frozen=True)
class Keys:
    """A login key and a host key, made for one test run."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Keys":
        """Makes both."""
        for name in ("login", "host"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
            subprocess.run(command, check=True)
        return cls(folder)

    @property
    def login_public(self) -> str:
        """The login key's public half, an OpenSSH line."""
        return (self.folder / "login.pub").read_text().strip()

    @property
    def host_public(self) -> str:
        """The host key's public half, an OpenSSH line."""
        return (self.folder / "host.pub").read_text().strip()

    def user_data(self, more: str = "") -> str:
        """A cloud-config that gives the host this host key and no other. `more`: further lines of it."""
        private = "".join(f"    {line}\n" for line in (self.folder / "host").read_text().splitlines())
        return (
            "#cloud-config\nssh_deletekeys: true\nssh_keys:\n"
            f"  ed25519_private: |\n{private}  ed25519_public: |\n    {self.host_public}\n{more}"
        )

    def ssh(
        self, address: str, command: str, host_key: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Logs in from the operator's side, with the host key known beforehand and insisted on.

        Where ssh itself fails, with exit code 255 (ssh(1)), it is tried again for a minute: a host that has
        just booted may not have its address yet, or not let users in.
        """
        known_hosts = self.folder / "known_hosts"
        known_hosts.write_text(f"{address} {host_key or self.host_public}\n")
        options = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={known_hosts}", "ConnectTimeout=5"]
        flags = [part for option in options for part in ("-o", option)]
        line = ["ssh", "-i", str(self.folder / "login"), *flags, f"{LOGIN_USER}@{address}", command]
        deadline = time.monotonic() + 60
        while (answer := on_operator_side(line)).returncode == 255 and time.monotonic() < deadline:
            time.sleep(1)
        return answer


class Lab:
    """The lab of a test run: up whenever a test begins. Only one that this run started is ended by it."""

    def __init__(self) -> None:
        self._own: holder.Holder | None = None

    def ensure_up(self) -> None:
        """Starts the lab unless it is up; that of another checkout or user is an error."""
        if lifecycle.up(print):
            self.adopt()

    def adopt(self) -> None:
        """The lab that runs now was started by this test run, by whatever way."""
        self._own = holder.current()

    @property
    def is_own(self) -> bool:
        """Whether the lab that runs now is the very one that this run started."""
        return self._own is not None and holder.current() == self._own

    def take_down(self) -> None:
        """Ends it; fails when something is left."""
        lifecycle.down(print)
        assert cleanup.leftovers() == []

    def leave(self) -> None:
        """Takes this run's own lab down, also a killed one. Any other is left alone."""
        if self._own is not None and holder.current() in (None, self._own):
            self.take_down()

    def collect(self, folder: Path) -> None:
        """Writes what explains a failure to a folder: the daemon's log, consoles, journals, network state."""
        folder.mkdir(parents=True, exist_ok=True)
        if lifecycle.log_path().exists():
            (folder / "daemon.log").write_bytes(lifecycle.log_path().read_bytes())
        for directory in sorted((lab_state_dir() / "machines").glob("*-*")):
            host = Host(directory.name)
            (folder / f"{host.instance_id}-console.txt").write_text(host.console())
            if host.is_running:
                text = host.run(["sh", "-c", _WHAT_EXPLAINS_A_FAILURE]).stdout
                (folder / f"{host.instance_id}-journal.txt").write_text(text)
