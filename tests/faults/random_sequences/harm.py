"""What a sequence does to hosts and to AWS, beside Pulumi."""

import json
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from lab.machines import CommandFailed, Host, MachineDown
from lab.names import ENDPOINT_URL
from tests.faults.random_sequences.actions import Action
from tests.lab.ec2_network import ec2, state_of
from tests.lab.lab_session import on_operator_side, wait_for

MARK: Final = "# edited by hand"
EDITS: Final[Mapping[str, str]] = {
    "netplan": f"test -f /etc/netplan/60-dualstack.yaml && echo '{MARK}' >> /etc/netplan/60-dualstack.yaml",
    "filter": f"test -f /etc/dualstack/filter.nft && echo '{MARK}' >> /etc/dualstack/filter.nft",
    "sysctl": f"test -f /etc/sysctl.d/99-dualstack.conf && echo '{MARK}' >> /etc/sysctl.d/99-dualstack.conf",
    "filter-gone": "nft delete table ip6 dualstack",
    "forwarding-off": "sysctl -qw net.ipv6.conf.all.forwarding=0",
    "address-added": "ip -6 address add 2001:db8:bad::1/64 dev ens5",
    "container-gone": "docker rm --force $(docker ps --quiet)",
    "netplan-back": f"echo '{MARK}' > /etc/netplan/50-cloud-init.yaml",
}
"""Shell lines; one that fails found nothing to change."""


def harm(hosts: Sequence[Host], kind: str, action: Action) -> bool:
    """What happens to a host; nothing where it is not there, just down or just taken away. Whether it was."""
    try:
        for host in hosts:
            _harm_one(host, kind, action)
    except (MachineDown, CommandFailed, subprocess.CalledProcessError) as problem:
        print(f"       {kind} came to nothing: {str(problem).splitlines()[0]}")
        return False
    return bool(hosts)


def _harm_one(host: Host, kind: str, action: Action) -> None:
    if kind == "reboot":
        ec2("reboot_instances", InstanceIds=[host.instance_id])
    elif kind == "terminate":
        ec2("terminate_instances", InstanceIds=[host.instance_id])
        wait_for(lambda: state_of(host.instance_id) == "terminated", "the state terminated")
    elif kind == "power-cut":
        host.power_cut()
    elif kind == "restart-docker":
        host.succeed("systemctl restart docker", timeout=90)
    elif kind == "kill-sshd":
        host.succeed(
            "systemctl kill --signal=KILL ssh.service; loginctl kill-user --signal=KILL debian || true"
        )
    elif kind == "edit":
        host.succeed(EDITS[str(action.what)])
    else:
        assert kind == "cut-cable", kind
        host.cut()
        time.sleep(action.seconds or 0)
        host.mend()


@contextmanager
def failing(call: str | None) -> Generator[None]:
    """While open, the next call of this name is refused, in a way that is not tried again; None: none is."""
    if call is not None:
        fault = {"operation": call, "code": "UnauthorizedOperation", "status": 403, "times": 1}
        _faults("-d", json.dumps(fault))
    try:
        yield
    finally:
        if call is not None:
            _faults("-X", "DELETE")


def _faults(*arguments: str) -> None:
    answer = on_operator_side(["curl", "-sf", f"{ENDPOINT_URL}/lab/faults", *arguments])
    assert answer.returncode == 0, answer.stderr
