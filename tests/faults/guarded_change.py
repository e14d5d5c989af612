"""A change of the first host's network that is under way, and what must be true once it was reverted."""

import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from lab.machines import Host
from lab.names import vpc_namespace
from tests.faults.recovery import converges_again
from tests.lab.deployment import Deployment
from tests.lab.host_steps import in_which_it_differs

OTHER = "fe80:ec2::1"
"""A gateway of the lab's VPCs that is not the one that hosts see live: another is a good change."""
QUIET = "fe80::bad"
"""The gateway of `router_that_forwards_nothing`."""
GUARD = "/var/lib/dualstack/guard"
WINDOW = 8
"""`revertAfter` of the changes that are to revert."""
NETWORK = "ip -6 route show default; ip -6 -oneline address show dev ens5 scope global; cat /etc/netplan/*"
"""What must be as it was."""
TARGET = ("up", "--yes", "--skip-preview", "--target", "**host-1-network")
SSH_ENDS = (
    "systemctl stop ssh.socket ssh.service 2>/dev/null; systemctl is-active ssh.service && exit 1; true"
)
SSH_DIES = f"{SSH_ENDS}; loginctl terminate-user debian"


BEGUN = f"test -e {GUARD}/pending -a -e {GUARD}/log"
"""The timer is armed, and the unit runs that makes the change."""


@contextmanager
def change_under_way(
    deployment: Deployment, host: Host, harm: str = "true", seconds: int = WINDOW
) -> Generator[subprocess.Popen[str]]:
    """An `up` of another gateway on the first host, when it has just begun to change it, and `harm` was done
    to it then. `seconds`: `revertAfter`.
    """
    host.succeed(f"rm -f {GUARD}/reverted {GUARD}/confirmed")
    with deployment.changed(gateway=OTHER, revertAfter=seconds):
        process = deployment.start(*TARGET)
        at_once(host, BEGUN, harm)
        yield process


def at_once(host: Host, condition: str, command: str) -> str:
    """Runs a shell command on a host in the moment in which a condition comes true; what it printed."""
    return host.succeed(f"until {condition}; do sleep 0.05; done; {command}", timeout=180)


def processes_of(process: subprocess.Popen[str]) -> list[int]:
    """Of pulumi, and of all that it started."""
    listed = subprocess.run(
        ["ps", "--sid", str(process.pid), "-o", "pid="], stdout=subprocess.PIPE, text=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def reverted(host: Host) -> None:
    """Waits until the host has put its old network back."""
    host.wait_until_succeeds(f"test -e {GUARD}/reverted", timeout=120)


def seconds_until_reverted(host: Host) -> float:
    """From the moment in which the last change was armed to the end of its revert: when its marker was
    written, and when that got its last name.
    """
    armed, ended = host.succeed(f"stat --format '%.Y %.Z' {GUARD}/reverted").split()
    return float(ended) - float(armed)


def what_it_said(process: subprocess.Popen[str], seconds: float = 400) -> str:
    """The whole output of a failed update, its line breaks as spaces."""
    output, _ = process.communicate(timeout=seconds)
    assert process.returncode != 0, output
    return " ".join(output.split())


@contextmanager
def router_that_forwards_nothing(deployment: Deployment, prefix: str) -> Generator[None]:
    """On the first host's link: it answers for its own address, and takes packets no further."""
    router = vpc_namespace(deployment.interface("host-1")["VpcId"])
    found = subprocess.run(
        ["ip", "-n", router, "-6", "route", "get", f"{prefix}1:1"], capture_output=True, text=True, check=True
    ).stdout.split()
    device, namespace = found[found.index("dev") + 1], "dualstack-quiet"
    commands = (
        f"ip netns add {namespace}",
        f"ip -n {router} link add link {device} name quiet netns {namespace} type macvlan mode bridge",
        f"ip -n {namespace} link set quiet up",
        f"ip -n {namespace} address add {QUIET}/64 dev quiet nodad",
    )
    try:
        for command in commands:
            subprocess.run(command.split(), check=True)
        yield
    finally:
        subprocess.run(["ip", "netns", "delete", namespace], check=False)


def as_before(host: Host, before: str) -> None:
    """The old network to the byte, and nothing left of the change."""
    host.wait_until_succeeds("systemctl is-active ssh.service")
    assert in_which_it_differs(host, NETWORK, before) == []
    host.fail("ls /etc/systemd/system/dualstack-network-restore.service")


def change_after_all(deployment: Deployment, host: Host, before: str) -> None:
    """The change that failed converges, and so does the way back."""
    with deployment.changed(gateway=OTHER):
        deployment.pulumi(*TARGET)
        assert f"via {OTHER}" in host.succeed(NETWORK)
        deployment.pulumi(*TARGET, "--expect-no-changes")
    converges_again(deployment)
    assert in_which_it_differs(host, NETWORK, before) == []


@contextmanager
def suspended(process: subprocess.Popen[str]) -> Generator[None]:
    """While open, pulumi and all that it started stand still, as on a laptop that is closed."""
    pids = processes_of(process)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            os.kill(pid, number)
        if number is signal.SIGSTOP:
            yield
