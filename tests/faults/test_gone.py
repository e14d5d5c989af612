"""What was made is no longer there, or not yet free."""

import time

import pytest

from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.lab.deployment import Deployment
from tests.lab.hosts import pings
from tests.lab.lab_session import ec2, state_of, wait_for


@pytest.mark.fault("instance-gone")
def test_an_instance_that_was_terminated_elsewhere_is_made_anew_with_its_addresses(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str
) -> None:
    interface = deployment.interface("host-1")["NetworkInterfaceId"]
    ec2("terminate_instances", InstanceIds=[host_1.instance_id])
    wait_for(lambda: state_of(host_1.instance_id) == "terminated", "the state terminated")

    deployment.pulumi("refresh", "--yes")
    started = time.monotonic()
    converges_again(deployment)
    print(f"made anew in {time.monotonic() - started:.0f} s")
    assert deployment.host("host-1") != host_1
    assert deployment.interface("host-1")["NetworkInterfaceId"] == interface
    assert pings(host_2, "web-2", f"{prefix}a")
