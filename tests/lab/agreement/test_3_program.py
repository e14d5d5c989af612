"""The program where DHCPv6 leases every address of an interface, and steps that are taken from a host."""

from collections.abc import Iterator

import pytest

from lab.machines import Host
from lab.names import INTERNET_IPV6
from tests.lab.deployment import Deploy, Deployment
from tests.lab.ec2_network import all_leased, ami_of
from tests.lab.hosts import addresses, boot_again, container_address, ping
from tests.lab.lab_session import Lab, on_operator_side

# The other files of this folder show the same of the steps alone.
pytestmark = pytest.mark.matrix
WEB = {"name": "web-1", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}


@pytest.fixture(scope="module")
def leased(lab_session: Lab, deploy: Deploy, image: str) -> Iterator[Deployment]:
    """One host, with all its addresses leased."""
    lab_session.ensure_up()
    hosts = [{"name": "host-1", "slot": 1, "containers": [WEB]}]
    with all_leased(), deploy(f"leased-{image}", ami=ami_of(image), hosts=hosts) as deployment:
        yield deployment


@pytest.fixture
def deployment(lab: Lab, leased: Deployment) -> Deployment:
    return leased


def banner(address: str) -> str:
    """What port 22 of an address says to the operator; empty where nothing answers."""
    script = f"exec 3<>/dev/tcp/{address}/22 && head -c 4 <&3"
    return on_operator_side(["timeout", "4", "bash", "-c", script]).stdout


def has_only_its_own(host: Host, prefix: str) -> bool:
    """Whether no lease and no address of the block is on the host's interface."""
    shown = host.succeed("ip -6 address show dev ens5 scope global")
    return addresses(host, "ens5") == [f"{prefix}1:1/64"] and "dynamic" not in shown


def test_no_leased_address_stays_and_the_container_itself_answers(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    assert has_only_its_own(host_1, prefix)
    page = on_operator_side(["curl", "-sf", "-m", "5", f"http://[{prefix}a]/"]).stdout
    assert page == host_1.succeed("docker exec web-1 hostname")
    refused = host_1.fail(f"bash -c 'exec 3<>/dev/tcp/{prefix}a/22'")
    assert "Connection refused" in refused
    assert banner(f"{prefix}1:1") == "SSH-"
    assert banner(f"{prefix}a") == ""


def test_so_it_is_after_a_power_cut(deployment: Deployment, host_1: Host, prefix: str) -> None:
    boot_again(host_1, Host.power_cut)
    host_1.wait_until_succeeds("docker exec web-1 hostname", timeout=120)
    assert has_only_its_own(host_1, prefix)
    assert container_address(host_1, "web-1") == f"{prefix}a"
    # 64, less the host and the VPC's router.
    assert ping(host_1, "web-1", str(INTERNET_IPV6)) == 62
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_steps_that_are_taken_from_a_living_host_give_it_back_and_come_again(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    deployment.pulumi("destroy", "--yes", "--target", "**host-1-kernel", "--target-dependents")
    assert host_1.succeed("ls /etc/netplan") == "50-cloud-init.yaml\n"
    assert host_1.succeed("find /etc -name '*dualstack*'") == ""
    host_1.wait_until_succeeds(f"test $(ip -6 address show dev ens5 | grep -c 'inet6 {prefix}.*dynamic') = 5")
    assert addresses(host_1, "docker0") == []
    deployment.bring_up()
    assert has_only_its_own(host_1, prefix)
    assert container_address(host_1, "web-1") == f"{prefix}a"
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
