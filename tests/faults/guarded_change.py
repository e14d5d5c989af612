"""A change of the first host's network that is under way, and what must be true once it was reverted."""

import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.lab.deployment import Deployment
from tests.lab.lab_session import wait_for

OTHER = "fe80:ec2::1"
"""A gateway of the lab's VPCs that is not the one that hosts see live: another is a good change."""
GUARD = "/var/lib/dualstack/guard"
NETWORK = "ip -6 route show default; ip -6 -oneline address show dev ens5 scope global; cat /etc/netplan/*"
"""What must be as it was."""
TARGET = ("up", "--yes", "--skip-preview", "--target", "**host-1-network")
SSH_ENDS = (
    "systemctl stop ssh.socket ssh.service 2>/dev/null; systemctl is-active ssh.service && exit 1; true"
)
SSH_DIES = f"{SSH_ENDS}; loginctl terminate-user debian"


@contextmanager
def change_under_way(deployment: Deployment, host: Host, state: str) -> Generator[subprocess.Popen[str]]:
    """An `up` of another gateway on the first host, in the moment in which the change has this state."""
    host.succeed(f"rm -f {GUARD}/reverted {GUARD}/confirmed")
    with deployment.changed(gateway=OTHER):
        process = deployment.start(*TARGET)
        wait_for(lambda: host.run(["test", "-e", f"{GUARD}/{state}"]).returncode == 0, state, timeout=90)
        yield process


def processes_of(process: subprocess.Popen[str]) -> list[int]:
    """Of pulumi, and of all that it started."""
    listed = subprocess.run(
        ["ps", "--sid", str(process.pid), "-o", "pid="], stdout=subprocess.PIPE, text=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def reverted(host: Host) -> None:
    """Waits until the host has put its old network back."""
    host.wait_until_succeeds(f"test -e {GUARD}/reverted", timeout=60)


def what_it_said(process: subprocess.Popen[str], seconds: float = 240) -> str:
    """The whole output of a failed update, its line breaks as spaces."""
    output, _ = process.communicate(timeout=seconds)
    assert process.returncode != 0, output
    return " ".join(output.split())


def as_before(host: Host, before: str) -> None:
    """The old network to the byte, and nothing left of the change."""
    host.wait_until_succeeds("systemctl is-active ssh.service")
    assert host.succeed(NETWORK) == before
    host.fail("ls /etc/systemd/system/dualstack-network-restore.service")


def change_after_all(deployment: Deployment, host: Host, before: str) -> None:
    """The change that failed converges, and so does the way back."""
    with deployment.changed(gateway=OTHER):
        deployment.pulumi(*TARGET)
        assert f"via {OTHER}" in host.succeed(NETWORK)
        deployment.pulumi(*TARGET, "--expect-no-changes")
    converges_again(deployment)
    assert host.succeed(NETWORK) == before


@contextmanager
def suspended(process: subprocess.Popen[str]) -> Generator[None]:
    """While open, pulumi and all that it started stand still, as on a laptop that is closed."""
    pids = processes_of(process)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            os.kill(pid, number)
        if number is signal.SIGSTOP:
            yield
