"""cloud-init keeps away from the network that the steps made, whatever happens."""

import re
import shlex
import time

import pytest

from components.ipaddress_tools import host_addresses
from lab.machines import Host
from tests.lab import second_interface
from tests.lab.agreement.cloud_init import DONE
from tests.lab.ec2_network import Network, make_interface
from tests.lab.host_steps import SNAPSHOT, HostUnderSteps
from tests.lab.hosts import addresses, boot_again

FILE = "/etc/netplan/50-cloud-init.yaml"
QUERY = "cloud-init devel hotplug-hook --subsystem=net query"
OVERRIDE = "/etc/cloud/cloud.cfg.d/99-dualstack-network.cfg"
BY_A_NEW_INSTANCE_ID = (
    r"etc/(shadow|gshadow|passwd|group|subuid|subgid|ssh/|hostname|hosts|sudoers.d/|"
    r"udev/rules.d/[0-9]+-cloud-init)"
)
"""What cloud-init itself writes for every new instance: users, keys, its rule for interfaces."""
LEFT_UNTIL_A_BOOT = "10.0.0.0/24 dev ens5|table ip raw"
"""The route that cloud-init's file for two interfaces brought, when it was let in, and the table that Docker
28 makes for its first container.
"""
WRITTEN_AT_EVERY_BOOT = FILE.removeprefix("/")
"""By cloud-init, as the user data has it; its content is compared all the same."""
LOOK = f"{SNAPSHOT}; sha256sum {FILE}"


@pytest.fixture(scope="module")
def found(well: HostUnderSteps) -> str:
    """What the host is like before its steps."""
    host = well.host
    # What waiting left there.
    host.succeed("rm -rf /usr/local/lib/dualstack /var/lib/dualstack")
    host.wait_for_boot()
    host.wait_until_succeeds("test $(ip -6 -oneline address show dev ens5 scope global dynamic | wc -l) = 5")
    return host.succeed(LOOK)


@pytest.fixture(scope="module")
def own(steps: HostUnderSteps) -> list[str]:
    """What the host's interface has after the steps, and nothing else."""
    return [f"{host_addresses(steps.subnet, steps.slot).primary}/64"]


def attached(host: Host, device: str) -> int:
    """Tells cloud-init of an interface, as its udev rule does on AWS; how long its log was before."""
    lines = int(host.succeed("wc -l </var/log/cloud-init.log"))
    variables = f"SUBSYSTEM=net ACTION=add DEVPATH=/devices/virtual/net/{device}"
    host.succeed(f"env {variables} $(ls /usr/lib*/cloud-init/hook-hotplug)")
    return lines


def test_before_the_steps_every_address_is_on_the_interface(found: str, steps: HostUnderSteps) -> None:
    shown = steps.host.succeed("ip -6 address show dev ens5 scope global")
    leased = {line.split()[1] for line in shown.splitlines() if "dynamic" in line}
    assert leased == {f"{one}/128" for one in host_addresses(steps.subnet, steps.slot).interface_addresses}
    assert steps.host.succeed(QUERY) == "enabled\n"


def test_after_the_steps_only_the_host_s_own_address_is_there(
    found: str, steps: HostUnderSteps, own: list[str]
) -> None:
    steps.apply_all()
    assert addresses(steps.host, "ens5") == own
    assert "dynamic" not in steps.host.succeed("ip -6 address show dev ens5 scope global")


def test_an_interface_that_is_attached_brings_nothing_back(
    steps: HostUnderSteps, network: Network, own: list[str]
) -> None:
    """Though the user data says that cloud-init shall act on it."""
    host = steps.host
    second = make_interface(network, [f"{network.ipv6_prefix}6:{steps.slot}"])
    second_interface.attach(host, second)
    lines = attached(host, "ens6")
    refused = "hotplug not enabled for event of type net"
    host.wait_until_succeeds(f"tail -n +{lines} /var/log/cloud-init.log | grep '{refused}'")
    host.fail(f"test -e {FILE}")
    assert addresses(host, "ens5") == own
    assert addresses(host, "ens6") == []


def test_a_power_cut_and_another_instance_id_bring_nothing_back_and_leave_other_files_alone(
    steps: HostUnderSteps, own: list[str]
) -> None:
    """As on an image that was made of another instance: cloud-init does everything anew."""
    host = steps.host
    second_interface.write_file(host)
    host.succeed("rm -r /var/lib/cloud/instance* && echo i-0other >/var/lib/cloud/data/instance-id && sync")
    boot_again(host, Host.power_cut)
    host.wait_until_succeeds(DONE, timeout=180)
    host.succeed(f"ls /var/lib/cloud/instances/{host.instance_id}/sem/config_runcmd")
    host.fail(f"test -e {FILE}")
    assert addresses(host, "ens5") == own
    assert second_interface.is_as_the_file_says(host)
    steps.apply_all()
    assert steps.said[1] == "network: unchanged\n"
    second_interface.remove_file(host)
    second_interface.detach(host)


@pytest.mark.parametrize(
    "image", ["debian-13-docker", pytest.param("debian-14-docker", marks=pytest.mark.matrix)], indirect=True
)
def test_without_what_the_step_says_of_updates_cloud_init_does_come_back(
    steps: HostUnderSteps, own: list[str]
) -> None:
    """`network: {config: disabled}` alone does not hold where an interface is attached.

    Not on Debian 12: on a kernel newer than its own, its cloud-init acts on no interface (see `user_data`).
    """
    host = steps.host
    kept = host.succeed(f"cat {OVERRIDE}")
    host.succeed(f"echo 'network: {{config: disabled}}' >{OVERRIDE}")
    attached(host, "ens5")
    host.wait_until_succeeds(f"test -e {FILE}", timeout=60)
    host.wait_until_succeeds("ip -6 address show dev ens5 scope global | grep -q /128", timeout=60)
    # It asks for half a minute whether there is more, and would write once more.
    host.succeed(f"systemctl stop cloud-init-hotplugd; printf %s {shlex.quote(kept)} >{OVERRIDE}")
    steps.apply("network")
    host.fail(f"test -e {FILE}")
    assert addresses(host, "ens5") == own


def test_without_its_steps_the_host_is_as_it_was_found_also_after_a_boot(
    steps: HostUnderSteps, found: str
) -> None:
    steps.remove_all()
    is_as_found(steps.host, found, but=LEFT_UNTIL_A_BOOT)
    boot_again(steps.host, Host.reboot)
    steps.host.wait_for_unit("docker.service")
    is_as_found(steps.host, found, but=WRITTEN_AT_EVERY_BOOT)


def is_as_found(host: Host, found: str, but: str) -> None:
    """All files, addresses, routes and filters, but for cloud-init's own of another instance."""
    deadline = time.monotonic() + 90
    while (left := difference(found, host.succeed(LOOK), but)) and time.monotonic() < deadline:
        time.sleep(1)
    assert not left, "\n".join(left)


def difference(found: str, now: str, but: str) -> list[str]:
    """The lines that were there and are not, and those that are and were not."""
    before, after = (
        {line for line in text.splitlines() if not re.match(f"{BY_A_NEW_INSTANCE_ID}|{but}", line)}
        for text in (found, now)
    )
    return [f"- {line}" for line in sorted(before - after)] + [f"+ {line}" for line in sorted(after - before)]
