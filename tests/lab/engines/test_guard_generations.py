"""Each Debian release boots its last confirmed network: netplan does its part at another moment in each."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from lab.machines import Host
from tests.lab.ec2_network import Network, ami_of, make_interface, network_with_key, run_instance
from tests.lab.host_steps import HostUnderSteps
from tests.lab.lab_session import Keys, Lab
from tests.lab.one_host.bench import NETWORK, OTHER_GATEWAY, ready

pytestmark = pytest.mark.matrix
KEY_NAME = "guard-generations"


@pytest.fixture(scope="module")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        yield network


@pytest.mark.parametrize(("slot", "image"), [(1, "debian-12-docker"), (2, "debian-14-docker")])
def test_a_power_cut_before_the_confirmation_boots_the_confirmed_network(
    lab: Lab, network: Network, keys: Keys, slot: int, image: str
) -> None:
    interface = make_interface(network, [f"{network.ipv6_prefix}{slot}:{slot}"])
    host = run_instance(interface, keys, KEY_NAME, ami_of(image))
    ready(host)
    steps = HostUnderSteps(host, IPv6Network(f"{network.ipv6_prefix}/64"), (), slot=slot)
    steps.apply_all_before("engine")
    before, boot = network_of(host), host.boot_id()
    steps.begin("apply", "network", steps.wanted("network", OTHER_GATEWAY), 60)
    assert f"via {OTHER_GATEWAY}" in host.succeed(NETWORK)
    host.power_cut()
    host.wait_for_reboot(boot)
    host.wait_for_unit("ssh.service")
    assert network_of(host) == before
    assert steps.confirm() == "reverted the machine went down before the change was confirmed\n"
    assert keys.ssh(f"{network.ipv6_prefix}{slot}:{slot}", "true").returncode == 0


def network_of(host: Host) -> str:
    """Without a flag that systemd 252 gives to an address at boot, and not to one configured again."""
    return host.succeed(NETWORK).replace(" noprefixroute", "")
