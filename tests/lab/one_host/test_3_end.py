"""Steps that are taken away give a real host back as it was; last, as that ends what tests share."""

from ipaddress import IPv6Network

import pytest

from tests.lab.ec2_network import Network, ami_of
from tests.lab.host_steps import SNAPSHOT, HostUnderSteps, in_which_it_differs
from tests.lab.lab_session import Keys
from tests.lab.one_host.bench import launch, ready

AMI_WITHOUT_DOCKER = ami_of("debian-13")


def test_without_its_steps_the_host_is_as_it_was_found(prepared: HostUnderSteps, snapshot: str) -> None:
    prepared.remove_all()
    assert in_which_it_differs(prepared.host, SNAPSHOT, snapshot) == []


@pytest.mark.matrix
def test_docker_is_installed_where_there_is_none(network: Network, keys: Keys) -> None:
    host = launch(network, keys, ("2:2", "c", "d", "e", "f"), AMI_WITHOUT_DOCKER)
    ready(host)
    steps = HostUnderSteps(host, IPv6Network(f"{network.ipv6_prefix}/64"), (), slot=2)
    assert steps.apply_all()[2] == '{"engine": "26.1.5"}\n'
    assert host.succeed("docker version --format '{{.Server.Version}}'").startswith("26.1.5")
    assert host.succeed("ls /usr/sbin/policy-rc.d 2>&1 || true").strip().endswith("No such file or directory")
    steps.remove_all()
    host.fail("command -v dockerd docker containerd")
