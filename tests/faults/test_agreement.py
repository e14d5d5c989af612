"""cloud-init, apt and reboots, which come by themselves."""

import re
import subprocess
from collections.abc import Callable

import pytest

from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.lab import second_interface
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ec2, state_of
from tests.lab.hosts import addresses, container_address, ping
from tests.lab.lab_session import wait_for
from tests.lab.verifying import finds_nothing

PER_BOOT = "/var/lib/cloud/scripts/per-boot/busy.sh"
MAY_END = "/run/may-end"
BUSY = f"#!/bin/sh\\nuntil test -e {MAY_END}; do sleep 1; done\\nexit 1\\n"
AWAY = "/etc/netplan/50-cloud-init.yaml"
QUERY = "cloud-init devel hotplug-hook --subsystem=net query"


@pytest.mark.fault("interface-attached")
def test_a_second_interface_and_a_reboot_leave_the_host_s_network_as_it_is(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    group = deployment.interface("host-1")["Groups"][0]["GroupId"]
    subnet = deployment.interface("host-1")["SubnetId"]
    second = ec2("create_network_interface", SubnetId=subnet, Groups=[group])["NetworkInterface"]
    second_interface.attach(host_1, second["NetworkInterfaceId"])
    try:
        second_interface.write_file(host_1)
        host_1.succeed("cloud-init devel hotplug-hook -s net handle -d /sys/devices/virtual/net/ens6 -u add")
        boot = host_1.boot_id()
        host_1.reboot()
        host_1.wait_for_reboot(boot)
        host_1.wait_until_succeeds("docker exec web-1 hostname", timeout=120)
        host_1.fail(f"test -e {AWAY}")
        assert addresses(host_1, "ens5") == [f"{prefix}1:1/64"]
        assert second_interface.is_as_the_file_says(host_1)
        assert host_1.succeed(QUERY) == "disabled\n"
        assert ping(host_2, "web-2", f"{prefix}a") == 61
        assert finds_nothing(deployment)
        converges_again(deployment)
    finally:
        second_interface.detach(host_1)
        second_interface.remove_file(host_1)
    ec2("delete_network_interface", NetworkInterfaceId=second["NetworkInterfaceId"])


def printed(process: subprocess.Popen[str], text: str, then: Callable[[], object]) -> str:
    """All that a command prints; at the first line with this text something else is done."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if text in line and text not in "".join(lines[:-1]):
            then()
    return "".join(lines)


@pytest.mark.fault("cloud-init-busy")
@pytest.mark.fault("cloud-init-failed")
def test_an_update_waits_for_cloud_init_and_ends_where_it_failed(
    deployment: Deployment, host_1: Host
) -> None:
    host_1.succeed(f"printf '{BUSY}' >{PER_BOOT} && chmod 755 {PER_BOOT}")
    boot = host_1.boot_id()
    host_1.reboot()
    host_1.wait_for_start(boot)
    deployment.change(repair="while cloud-init is busy")
    with deployment.start("up", "--yes", "--skip-preview") as process:
        still = "facts: cloud-init is busy, still after "
        said = printed(process, still, lambda: host_1.succeed(f"touch {MAY_END}"))
    assert process.returncode != 0
    assert re.search(r"facts: cloud-init is busy; waiting for it, 5\d\d s at the most", said), said
    assert re.search(r"facts: cloud-init is busy, still after \d+ s", said), said
    assert (
        "facts: cloud-init failed; see `cloud-init status --long`; the first error: ('scripts-per-boot', "
    ) in said

    host_1.succeed(f"rm {PER_BOOT}")
    boot = host_1.boot_id()
    host_1.reboot()
    host_1.wait_for_reboot(boot)
    converges_again(deployment)


NEEDS_REBOOT = "touch /run/reboot-required && echo linux-base >/run/reboot-required.pkgs"
REBOOT_TARGET = "/etc/systemd/system/reboot.target"


def stays_off(host: Host) -> None:
    """The next reboot powers the machine off instead."""
    host.succeed(f"ln -s /usr/lib/systemd/system/poweroff.target {REBOOT_TARGET} && systemctl daemon-reload")


def start_again(host: Host) -> None:
    """Starts a machine that stayed off; its reboots are reboots again."""
    wait_for(lambda: state_of(host.instance_id) == "stopped", "the state stopped")
    ec2("start_instances", InstanceIds=[host.instance_id])
    host.wait_until_succeeds(f"rm -f {REBOOT_TARGET} && systemctl daemon-reload")
    host.wait_for_boot()


@pytest.mark.fault("reboot-needed")
def test_a_reboot_that_is_needed_is_told_and_done_where_it_is_wished(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    host_1.succeed(NEEDS_REBOOT)
    boots = host_1.boot_id(), host_2.boot_id()
    deployment.change(repair="a reboot is needed")
    told = deployment.bring_up()
    assert "engine: warning: this host needs a reboot: packages ask for it: linux-base" in told
    assert host_1.boot_id() == boots[0]

    stays_off(host_1)
    deployment.change(rebootWhenNeeded=True, sshWait=20)
    failed = deployment.pulumi("up", "--yes", "--skip-preview", check=False)
    assert failed.exit_code != 0
    assert len(re.findall(r"^ +host-1: not back within ", failed.text, re.MULTILINE)) == 1, failed.text
    assert re.search(
        r"host-1: not back within 40 s of its reboot \(packages ask for it: linux-base\): "
        rf"no (answer|route to host); look at the console output of {host_1.instance_id}, then run `pulumi",
        failed.text,
    ), failed.text
    assert [one for one in deployment.resources() if one["urn"].endswith("::host-1-reboot")] == []
    start_again(host_1)

    host_1.succeed(NEEDS_REBOOT)
    boots = host_1.boot_id(), host_2.boot_id()
    deployment.change(sshWait=None)
    done = deployment.bring_up()
    assert "reboot needed: packages ask for it: linux-base; rebooting" in done
    assert host_1.boot_id() != boots[0]
    assert host_2.boot_id() == boots[1]
    assert container_address(host_1, "web-1") == f"{prefix}a"
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")

    deployment.change(rebootWhenNeeded=None)
    deployment.bring_up()
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
