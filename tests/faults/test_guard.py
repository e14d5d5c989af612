"""A change of a host's network that somebody or something breaks: the host is never lost."""

import os
import re
import signal
import time

import pytest

from components.host.steps import guarded_line, scripts_bundle
from lab.machines import Host
from tests.faults.guarded_change import (
    GUARD,
    NETWORK,
    OTHER,
    QUIET,
    SSH_DIES,
    SSH_ENDS,
    TARGET,
    WINDOW,
    as_before,
    at_once,
    change_after_all,
    change_under_way,
    processes_of,
    reverted,
    router_that_forwards_nothing,
    seconds_until_reverted,
    what_it_said,
)
from tests.faults.recovery import converges_again
from tests.lab.deployment import Deployment
from tests.lab.host_steps import in_which_it_differs
from tests.lab.hosts import journal


@pytest.mark.fault("ssh-dies-while-applying")
def test_ssh_dies_in_the_middle_of_the_change(deployment: Deployment, host_1: Host) -> None:
    before = host_1.succeed(NETWORK)
    with change_under_way(deployment, host_1, SSH_DIES) as process:
        reverted(host_1)
        took = seconds_until_reverted(host_1)
        host_1.succeed("systemctl start ssh.service")
        said = what_it_said(process)
    assert WINDOW <= took < WINDOW + 10
    assert (
        f"host-1: network: no new ssh session within {WINDOW} s of the change, reverted; the network is as "
        "it was"
    ) in said
    as_before(host_1, before)
    change_after_all(deployment, host_1, before)


@pytest.mark.fault("way-to-the-host-cut")
def test_a_good_looking_change_cuts_the_way_to_the_host(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    before = host_1.succeed(NETWORK)
    changed = deployment.changed(gateway=QUIET, revertAfter=WINDOW)
    with router_that_forwards_nothing(deployment, prefix), changed:
        failed = deployment.pulumi(*TARGET, check=False)
    assert failed.exit_code != 0
    assert "applied, confirming, reverts in " in failed.text
    assert (
        f"host-1: network: no new ssh session within {WINDOW} s of the change, reverted; the network is as "
        "it was; see `journalctl -u dualstack-network-revert` on the host, and run `pulumi up` again once "
        "the cause is gone"
    ) in " ".join(failed.text.split())
    assert in_which_it_differs(host_1, NETWORK, before) == []
    converges_again(deployment)


@pytest.mark.fault("power-cut-before-confirmation")
def test_the_power_goes_between_the_change_and_its_confirmation(deployment: Deployment, host_1: Host) -> None:
    before, boot = host_1.succeed(NETWORK), host_1.boot_id()
    with change_under_way(deployment, host_1, SSH_ENDS, seconds=60) as process:
        at_once(host_1, f"test -e {GUARD}/applied", "true")
        host_1.power_cut()
        host_1.wait_for_start(boot)
        said = what_it_said(process)
    assert (
        "host-1: network: the machine went down before the change was confirmed, reverted; the network"
        in said
    )
    host_1.wait_for_boot()
    host_1.wait_until_succeeds("docker exec web-1 hostname", timeout=120)
    as_before(host_1, before)
    change_after_all(deployment, host_1, before)


@pytest.mark.fault("pulumi-killed-before-confirmation")
def test_pulumi_is_killed_before_the_confirmation(deployment: Deployment, host_1: Host) -> None:
    before = host_1.succeed(NETWORK)
    with change_under_way(deployment, host_1) as process:
        for pid in processes_of(process):
            os.kill(pid, signal.SIGKILL)
        process.communicate()
        reverted(host_1)
    deployment.pulumi("cancel", "--yes", check=False)
    as_before(host_1, before)
    change_after_all(deployment, host_1, before)


@pytest.mark.fault("revert-fails")
def test_a_host_that_cannot_revert_reboots_into_its_confirmed_network(
    deployment: Deployment, host_1: Host
) -> None:
    before, boot = host_1.succeed(NETWORK), host_1.boot_id()
    with change_under_way(deployment, host_1, SSH_ENDS) as process:
        # A mask in /run is gone with the next boot.
        units = "systemd-networkd.service systemd-networkd.socket"
        mask = f"systemctl mask --runtime {units} && systemctl stop {units}"
        at_once(host_1, f"test -e {GUARD}/applied", mask)
        host_1.wait_for_start(boot, timeout=300)
        said = what_it_said(process)
    line = (
        "failed, also after a restart of systemd-networkd: rebooting; see `journalctl -u "
        "dualstack-network-revert`"
    )
    assert line in said
    host_1.wait_for_boot()
    host_1.wait_until_succeeds("docker exec web-1 hostname", timeout=120)
    assert "rebooting" in journal(host_1, "-u dualstack-network-revert --boot=all --lines=20")
    with deployment.changed(gateway=OTHER):
        refused = deployment.pulumi(*TARGET, check=False).text
    assert f"{line}; find out why, then `sudo rm {GUARD}/failed` on this host" in " ".join(refused.split())
    host_1.succeed(f"rm {GUARD}/failed")
    as_before(host_1, before)
    converges_again(deployment)


HANGS_ONCE = """\
#!/bin/sh
if [ "$1" = apply ] && rm /run/hang-once 2>/dev/null; then
    seq 1 25 | sed 's/^/line /'
    exec sleep 600
fi
exec /usr/sbin/netplan "$@"
"""


@pytest.mark.fault("command-hangs")
def test_a_command_on_the_host_hangs(deployment: Deployment, host_1: Host) -> None:
    before = host_1.succeed(NETWORK)
    host_1.run(["sh", "-c", "cat >/usr/local/sbin/netplan"], text=HANGS_ONCE)
    host_1.succeed("chmod +x /usr/local/sbin/netplan; touch /run/hang-once")
    try:
        with deployment.changed(gateway=OTHER, revertAfter=WINDOW):
            failed = deployment.pulumi(*TARGET, check=False)
    finally:
        host_1.succeed("rm /usr/local/sbin/netplan")
    said = " ".join(failed.text.split())
    assert failed.exit_code != 0
    assert "host-1: network: line 6 line 7" in said
    assert (
        f"line 25 it was not done within {WINDOW} s; reverted, the network is as it was before; put that "
        "right and run `pulumi up` again"
    ) in said
    assert in_which_it_differs(host_1, NETWORK, before) == []
    converges_again(deployment)


@pytest.mark.fault("change-while-one-is-pending")
def test_a_second_change_is_refused_while_one_is_pending(deployment: Deployment, host_1: Host) -> None:
    before = host_1.succeed(NETWORK)
    (step,) = [one for one in deployment.resources() if one["urn"].endswith("::host-1-network")]
    now = deployment.outputs()["hosts"]["host-1"]["gateway"]
    first = guarded_line("apply", "network", scripts_bundle()[1], "0123abcd", 300)
    assert host_1.run(["sh", "-c", first], text=step["inputs"]["stdin"].replace(now, OTHER)).returncode == 0
    second = first.replace("0123abcd", "abcd0123")
    took: list[float] = []
    for _ in range(3):
        began = time.monotonic()
        refused = host_1.run(["sh", "-c", second], text=step["inputs"]["stdin"])
        took.append(time.monotonic() - began)
        assert re.fullmatch(
            r"network: another network change is pending, reverts in \d+ s; nothing was changed; try again "
            r"then\n",
            refused.stderr,
        )
    assert min(took) < 5
    with deployment.changed(gateway="fe80:ec2::2"):
        said = deployment.pulumi(*TARGET, check=False).text
    assert "host-1: network: another network change is pending, reverts in " in said
    host_1.succeed("systemctl start dualstack-network-revert.service")
    reverted(host_1)
    assert in_which_it_differs(host_1, NETWORK, before) == []
    converges_again(deployment)
