"""A running machine as tests and people see it: run commands on it, wait, and do it harm.

Everything goes through the machine's namespaces, never through the network under test, and works from any
process on this computer: the machine is found by its instance id.
"""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.machines import cable, cgroups
from lab.names import instance_namespace
from lab.paths import lab_state_dir

_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": os.environ.get("TERM", "dumb"),
}


BOOT_ENDED: Final = "systemctl is-system-running | grep -xE 'running|degraded'"
"""Succeeds on a machine whose first job queue is empty (systemctl(1), is-system-running)."""


class MachineDown(Exception):  # noqa: N818 - a state of the world, not an error of the caller
    """The machine does not run, so nothing can be run on it."""


class CommandFailed(AssertionError):  # noqa: N818
    """A command on a machine ended otherwise than it should; the message has its output."""


@dataclass(frozen=True)
class Host:
    """The machine of one instance. Making one costs nothing and does not need the machine to run."""

    instance_id: str

    @property
    def name(self) -> str:
        """The name of its namespace and control group, `dualstack-i-...`."""
        return instance_namespace(self.instance_id)

    @property
    def state_directory(self) -> Path:
        """Where its disk and its console text are."""
        return machine_directory(self.instance_id)

    @property
    def is_running(self) -> bool:
        """Whether the machine has a process number 1."""
        return cgroups.init_process(self.name) is not None

    def console(self) -> str:
        """All the machine ever wrote to its console; the empty string before its first start."""
        path = self.state_directory / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs argv on the machine as root. Raises MachineDown."""
        init = cgroups.init_process(self.name)
        if init is None:
            raise MachineDown(f"instance {self.instance_id} does not run")
        enter = [
            "nsenter",
            f"--target={init}",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--root",
            "--wd",
        ]
        return [*enter, "env", "-i", *(f"{name}={value}" for name, value in _ENVIRONMENT.items()), *argv]

    def run(
        self, argv: Sequence[str], timeout: float = 60, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs argv on the machine as root with `text` on its stdin; after `timeout` seconds it is killed.

        Raises MachineDown. A killed command has exit code 124 (timeout(1)) or 137.
        """
        bounded = ["timeout", "--kill-after=2", f"{timeout:g}", *argv]
        return subprocess.run(
            self.command(bounded), input=text, capture_output=True, text=True, errors="replace", check=False
        )

    def succeed(self, command: str, timeout: float = 60) -> str:
        """Runs a shell command that must exit with 0; its stdout. Raises CommandFailed, MachineDown."""
        result = self.run(["sh", "-c", command], timeout)
        if result.returncode:
            raise CommandFailed(_report(self.instance_id, command, result))
        return result.stdout

    def fail(self, command: str, timeout: float = 60) -> str:
        """Runs a shell command that must not exit with 0; stdout and stderr. Raises as `succeed` does."""
        result = self.run(["sh", "-c", command], timeout)
        if not result.returncode:
            raise CommandFailed(_report(self.instance_id, command, result))
        return result.stdout + result.stderr

    def wait_until_succeeds(self, command: str, timeout: float = 180) -> str:
        """Tries a shell command twice a second until it exits with 0; its stdout.

        A machine that is down is waited for as well. Raises CommandFailed after `timeout` seconds.
        """
        last = "the machine is down"
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                return self.succeed(command, timeout=min(left + 1, 30))
            except (CommandFailed, MachineDown) as problem:
                last = str(problem)
            time.sleep(0.5)
        raise CommandFailed(f"not within {timeout:g} s: {last}")

    def wait_for_unit(self, unit: str, timeout: float = 180) -> None:
        """Waits until a systemd unit is active. Raises CommandFailed after `timeout` seconds."""
        self.wait_until_succeeds(f"systemctl is-active {shlex.quote(unit)}", timeout)

    def boot_id(self) -> str:
        """Changes with every boot: when number 1 was started, in clock ticks. Raises MachineDown.

        The kernel's own boot_id is no use, machines share the kernel.
        """
        init = cgroups.init_process(self.name)
        if init is None:
            raise MachineDown(f"instance {self.instance_id} does not run")
        return f"{init}-{Path(f'/proc/{init}/stat').read_text().rpartition(')')[2].split()[19]}"

    def wait_for_start(self, previous_boot_id: str, timeout: float = 120) -> None:
        """Waits until the machine runs with another boot id. Raises CommandFailed after `timeout` seconds."""

        def started() -> bool:
            try:
                return self.boot_id() != previous_boot_id
            except (MachineDown, OSError):
                return False

        _wait(started, timeout, f"instance {self.instance_id} has not rebooted")

    def wait_for_boot(self, timeout: float = 240) -> None:
        """Waits until the boot has ended, with every unit that belongs to it started, or failed.

        Raises CommandFailed after `timeout` seconds.
        """
        self.wait_until_succeeds(BOOT_ENDED, timeout)

    def wait_for_reboot(self, previous_boot_id: str, timeout: float = 120) -> None:
        """Waits for another boot id, and then for the end of the boot; `timeout` seconds for each."""
        self.wait_for_start(previous_boot_id, timeout)
        self.wait_for_boot(timeout)

    def power_cut(self) -> None:
        """Takes the power away, without any warning to the machine; the lab starts it again at once.

        Killing systemd-nspawn itself would leave the machine running, so its number 1 is killed.
        """
        self._signal(signal.SIGKILL)

    def power_off(self, timeout: float = 120) -> None:
        """Presses the power button and waits; the instance is `stopped` then. Raises CommandFailed."""
        self._signal(signal.SIGRTMIN + 4)
        _wait(lambda: not self.is_running, timeout, f"instance {self.instance_id} has not powered off")

    def reboot(self) -> None:
        """Asks systemd for an orderly reboot, and does not wait."""
        self._signal(signal.SIGRTMIN + 5)

    def cut(self) -> None:
        """Cuts the cable: no packet passes any more, in either direction. The link stays up."""
        cable.cut(self.name)

    def mend(self) -> None:
        """Undoes `cut`."""
        cable.mend(self.name)

    def fill_disk(self, directory: str, megabytes: int = 8) -> None:
        """Covers a directory by a full file system with the same files; `free_disk` or a reboot undoes it."""
        quoted = shlex.quote(directory)
        self.succeed(
            f"mkdir /run/lab-copy && cp -a {quoted}/. /run/lab-copy"
            f" && mount -t tmpfs -o size={megabytes}m full {quoted}"
            f" && cp -a /run/lab-copy/. {quoted} && rm -r /run/lab-copy"
            f" && ! dd if=/dev/zero of={quoted}/.filler bs=4k 2>/dev/null"
        )

    def free_disk(self, directory: str) -> None:
        """Undoes `fill_disk`; what was written to the directory meanwhile is lost."""
        self.succeed(f"umount {shlex.quote(directory)}")

    def _signal(self, number: int) -> None:
        init = cgroups.init_process(self.name)
        if init is None:
            raise MachineDown(f"instance {self.instance_id} does not run")
        os.kill(init, number)


def machine_directory(instance_id: str) -> Path:
    """The directory of a machine's disk and console."""
    return lab_state_dir() / "machines" / instance_id


def _wait(condition: Callable[[], bool], timeout: float, message: str) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise CommandFailed(f"{message} within {timeout:g} s")
        time.sleep(0.1)


def _report(instance_id: str, command: str, result: subprocess.CompletedProcess[str]) -> str:
    output = (result.stdout + result.stderr).strip() or "(no output)"
    return f"on {instance_id}, exit code {result.returncode}: {command}\n{output}"
