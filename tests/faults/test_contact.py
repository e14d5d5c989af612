"""The first contact with a host: silent, out of reach, another one than it should be, or not yet known."""

import json
import re
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from components.host_keys import fingerprint
from lab.machines import Host
from tests.engine.pulumi_project import Answer
from tests.faults.recovery import converges_again
from tests.lab.deployment import Deployment
from tests.lab.hosts import journal, logins

KEY = "/etc/ssh/ssh_host_ed25519_key"
PULUMI_SECONDS = 200
"""What an update needs beside its steps, at most, on a busy machine."""


def changed_up(deployment: Deployment, wait: int) -> tuple[Answer, float]:
    """An update that meets every host again and has nothing else to do; it waits so many seconds."""
    with deployment.changed(sshWait=wait):
        started = time.monotonic()
        up = ("up", "--yes", "--skip-preview", "--continue-on-error")
        answer = deployment.pulumi(*up, check=False, timeout=wait + 400)
        return answer, time.monotonic() - started


def host_key(host: Host) -> str:
    return " ".join(host.succeed(f"cat {KEY}.pub").split()[:2])


@contextmanager
def another_key(host: Host) -> Generator[str]:
    """While open, the host shows another host key; that key."""
    host.succeed(
        f"mv {KEY} /root/kept && mv {KEY}.pub /root/kept.pub && ssh-keygen -q -t ed25519 -N '' -f {KEY}"
    )
    host.succeed("systemctl restart ssh")
    try:
        yield host_key(host)
    finally:
        host.succeed(f"mv /root/kept {KEY} && mv /root/kept.pub {KEY}.pub && systemctl restart ssh")


@pytest.mark.fault("ssh-silent")
def test_a_host_that_takes_connections_and_says_nothing_fails_within_its_bound(
    deployment: Deployment, host_1: Host, host_2: Host
) -> None:
    before = logins(host_2)
    # The kernel goes on taking connections for a process that is stopped.
    host_1.succeed("systemctl kill --kill-who=main --signal=STOP ssh")
    try:
        answer, seconds = changed_up(deployment, 15)
    finally:
        host_1.succeed("systemctl kill --kill-who=main --signal=CONT ssh")
    assert answer.exit_code != 0
    assert seconds < 15 + PULUMI_SECONDS
    address = deployment.outputs()["hosts"]["host-1"]["address"]
    tried = re.search(
        rf"host-1: no ssh login at {re.escape(address)} port 22 \(\d+ tr\w+, (\d+) s\)", answer.text
    )
    assert tried is not None, answer.text
    assert int(tried[1]) <= 15
    assert "it takes the connection and says nothing; its sshd hangs" in answer.text
    assert logins(host_2) == before + 1
    converges_again(deployment)


@pytest.mark.fault("host-unreachable")
def test_a_host_out_of_reach_is_waited_for_and_named_and_the_others_go_on(
    deployment: Deployment, host_1: Host, host_2: Host
) -> None:
    before = logins(host_2)
    host_1.cut()
    try:
        answer, seconds = changed_up(deployment, 25)
    finally:
        host_1.mend()
    assert answer.exit_code != 0
    assert seconds < 25 + PULUMI_SECONDS
    address = re.escape(deployment.outputs()["hosts"]["host-1"]["address"])
    assert re.search(r"waiting for ssh, try 1, \d+ s: no (answer|route to host)", answer.text), answer.text
    assert re.search(rf"host-1: no ssh at {address} port 22 \(\d+ tr(y|ies), \d+ s\): no ", answer.text)
    assert logins(host_2) == before + 1
    converges_again(deployment)


@pytest.mark.fault("host-key-changed")
def test_another_host_key_stops_everything_before_the_login(deployment: Deployment, host_1: Host) -> None:
    known, before = host_key(host_1), logins(host_1)
    with another_key(host_1) as shown:
        answer, seconds = changed_up(deployment, 400)
        said = journal(host_1, "-o cat -u ssh -n 5")
    assert answer.exit_code != 0
    assert seconds < PULUMI_SECONDS
    assert f"shows the host key {fingerprint(shown)}, and {fingerprint(known)} is known" in answer.text
    assert "waiting for ssh" not in answer.text
    assert logins(host_1) == before
    assert "Failed" not in said
    converges_again(deployment)


@pytest.mark.fault("endless-output")
def test_binary_output_without_end_leaves_the_log_readable_and_the_state_small(
    deployment: Deployment, host_1: Host
) -> None:
    before = len(json.dumps(deployment.state()))
    noise = "#!/bin/sh\\nhead -c 3000000 /dev/urandom\\nseq 100000 >&2\\nexit 1\\n"
    host_1.succeed(f"printf '{noise}' >/usr/local/sbin/sysctl && chmod 755 /usr/local/sbin/sysctl")
    try:
        with deployment.changed(repair="noise"):
            answer = deployment.pulumi("up", "--yes", "--skip-preview", check=False)
    finally:
        host_1.succeed("rm /usr/local/sbin/sysctl")
    assert answer.exit_code != 0
    assert "kernel: sysctl failed" in answer.text
    assert len(answer.text) < 100_000
    assert re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", answer.text) is None
    assert len(json.dumps(deployment.state())) < before + 50_000
    converges_again(deployment)
