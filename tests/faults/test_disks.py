"""A disk of a host is full."""

import re
from pathlib import Path

import pytest

from components.host.steps import scripts_bundle
from lab.machines import Host
from tests.faults import guarded_change
from tests.faults.guarded_change import (
    GUARD,
    SSH_ENDS,
    WINDOW,
    as_before,
    at_once,
    change_after_all,
    change_under_way,
    reverted,
    what_it_said,
)
from tests.faults.recovery import converges_again
from tests.faults.step_session import Login, Step
from tests.lab.deployment import Deployment
from tests.lab.hosts import in_container

FULL = "No space left on device"
NETWORK = (
    "ip -6 address show dev ens5 scope global; ip -6 route; nft list table ip6 dualstack | grep -v counter"
)
FILES = "cd /; sha256sum etc/netplan/* etc/dualstack/filter.nft; find etc -name '*.dualstack'"
ARMED = (
    "systemctl list-timers --all --no-legend 'dualstack-*'; "
    "find /etc/systemd/system -name 'dualstack-*restore*'; "
    "find /var/lib/dualstack -name '*pending' -o -name '*reverting' -o -name '*.saved'"
)
"""Prints nothing when no change is armed."""
SAID = {
    "/etc": "/etc/systemd/system/dualstack-network-restore.service",
    "/var/lib/dualstack": (
        r"what is there now could not be saved: /var/lib/dualstack/guarded-network\.saved/files/\S+"
    ),
}
"""What cannot be written, by the directory that is full."""


@pytest.mark.fault("disk-full")
def test_what_does_not_fit_is_said_and_the_host_goes_on_as_it_was(
    deployment: Deployment, host_1: Host
) -> None:
    files, network = host_1.succeed(FILES), host_1.succeed(NETWORK)
    in_container(host_1, "web-1", "httpd -p [::]:81 -h /www || httpd -p [::]:81 -h /")
    with deployment.changed(gateway="fe80:ec2::1"):
        deployment.change_host(
            "host-1", lambda host: host["containers"][0].update(ports=["80/tcp", "81/tcp"])
        )
        for directory, said in SAID.items():
            host_1.fill_disk(directory)
            failed = deployment.pulumi("up", "--yes", "--skip-preview", "--continue-on-error", check=False)
            assert (host_1.succeed(FILES), host_1.succeed(NETWORK)) == (files, network)
            assert host_1.succeed(ARMED) == ""
            host_1.free_disk(directory)
            assert failed.exit_code != 0
            assert re.search(
                f"host-1: network: {said} cannot be written: {FULL}; nothing was changed; mend that "
                r"\(on a full disk: make room\), then run `pulumi up` again",
                " ".join(failed.text.split()),
            ), failed.text
            assert "Traceback" not in failed.text
        converges_again(deployment)
        assert "tcp dport 81 accept" in host_1.succeed(NETWORK)
    deployment.bring_up()


@pytest.mark.fault("disk-full")
def test_disks_that_fill_while_a_change_waits_do_not_keep_it_from_being_reverted(
    deployment: Deployment, host_1: Host
) -> None:
    before = host_1.succeed(guarded_change.NETWORK)
    for directory in SAID:
        host_1.fill_disk(directory)
        host_1.succeed(f"rm {directory}/.filler")
    fill = "; ".join(f"dd if=/dev/zero of={directory}/.filler bs=4k 2>/dev/null" for directory in SAID)
    with change_under_way(deployment, host_1, SSH_ENDS) as process:
        at_once(host_1, f"test -e {GUARD}/applied", f"{fill}; true")
        reverted(host_1)
        host_1.succeed("systemctl start ssh.service")
        said = what_it_said(process)
    as_before(host_1, before)
    assert host_1.succeed(ARMED) == ""
    assert (
        f"host-1: network: no new ssh session within {WINDOW} s of the change, reverted; the network" in said
    )
    for directory in SAID:
        host_1.free_disk(directory)
    change_after_all(deployment, host_1, before)


@pytest.mark.fault("disk-full")
def test_scripts_that_do_not_fit_are_not_there(deployment: Deployment, host_1: Host, tmp_path: Path) -> None:
    step = Step.of(deployment, "host-1-facts")
    name, before = scripts_bundle()[1], host_1.succeed("ls -A /usr/local/lib/dualstack")
    host_1.fill_disk("/usr/local")
    try:
        login = Login(deployment, "host-1", tmp_path)
        newer = step.text.replace(f"/dualstack/{name}", "/dualstack/000000000000")
        said, code = login.end(step.line, newer)
        assert (code, FULL in said) == (1, True), said
        assert host_1.succeed("ls -A /usr/local/lib/dualstack") == before
    finally:
        host_1.free_disk("/usr/local")
