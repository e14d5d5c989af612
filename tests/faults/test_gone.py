"""What was made is no longer there, or not yet free."""

import time

import pytest

from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ec2, state_of
from tests.lab.hosts import addresses, container_address, pings
from tests.lab.lab_session import eventually, wait_for
from tests.lab.verifying import finds_nothing


@pytest.mark.fault("instance-gone")
def test_an_instance_that_was_terminated_elsewhere_is_made_anew_with_its_addresses(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    interface = deployment.interface("host-1")
    known, mac = deployment.outputs()["knownHosts"], host_1.succeed("cat /sys/class/net/ens5/address")
    ec2("terminate_instances", InstanceIds=[host_1.instance_id])
    wait_for(lambda: state_of(host_1.instance_id) == "terminated", "the state terminated")

    deployment.pulumi("refresh", "--yes")
    started = time.monotonic()
    converges_again(deployment)
    print(f"made anew in {time.monotonic() - started:.0f} s")
    new, now = deployment.host("host-1"), deployment.interface("host-1")
    assert new != host_1
    assert now["NetworkInterfaceId"] == interface["NetworkInterfaceId"]
    assert now["Ipv6Addresses"] == interface["Ipv6Addresses"]
    assert new.succeed("cat /sys/class/net/ens5/address") == mac
    assert deployment.outputs()["knownHosts"] == known
    assert addresses(new, "ens5") == [f"{prefix}1:1/64"]
    assert container_address(new, "web-1") == f"{prefix}a"
    assert eventually(lambda: pings(host_2, "web-2", f"{prefix}a"))
    assert finds_nothing(deployment)
