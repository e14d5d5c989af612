"""The end of the stack that the faults share, the last of them: it goes though parts of it are in use."""

import json
from pathlib import Path

import pytest

from lab.names import ENDPOINT_URL, vpc_namespace
from tests.faults.recovery import Baseline
from tests.lab.lab_session import Lab, ec2, on_operator_side, state_of, wait_for


def count_dials(address: str) -> None:
    """Counts from now on the packets that go from the operator's side to SSH at this address."""
    for command in (
        ["add", "table", "ip6", "dials"],
        ["add", "chain", "ip6", "dials", "out", "{ type filter hook output priority 0; }"],
        ["add", "rule", "ip6", "dials", "out", "ip6", "daddr", address, "tcp", "dport", "22", "counter"],
    ):
        answer = on_operator_side(["nft", *command])
        assert answer.returncode == 0, answer.stderr


def dials() -> int:
    """How many went; counting ends."""
    table = json.loads(on_operator_side(["nft", "--json", "list", "table", "ip6", "dials"]).stdout)
    on_operator_side(["nft", "delete", "table", "ip6", "dials"])
    (rule,) = [one["rule"] for one in table["nftables"] if "rule" in one]
    (packets,) = [part["counter"]["packets"] for part in rule["expr"] if "counter" in part]
    return packets


def slow_down(operation: str, **fault: object) -> None:
    body = json.dumps({"operation": operation, **fault})
    assert on_operator_side(["curl", "-sf", f"{ENDPOINT_URL}/lab/faults", "-d", body]).returncode == 0


@pytest.mark.fault("interface-in-use")
@pytest.mark.fault("destroy-with-dead-host")
def test_destroy_detaches_what_is_in_use_and_never_dials_a_host_that_is_gone(
    lab: Lab, baseline: Baseline
) -> None:
    stack = baseline.deployment
    gone, other = stack.host("host-1"), stack.host("host-2")
    ids, interface = stack.ids(), stack.interface("host-1")
    address = stack.outputs()["hosts"]["host-1"]["address"]
    ec2("terminate_instances", InstanceIds=[gone.instance_id])
    wait_for(lambda: state_of(gone.instance_id) == "terminated", "the state terminated")
    ec2(
        "attach_network_interface",
        NetworkInterfaceId=interface["NetworkInterfaceId"],
        InstanceId=other.instance_id,
        DeviceIndex=1,
    )
    slow_down("DetachNetworkInterface", latency=4, times=1)
    slow_down("DeleteNetworkInterface", code="RequestLimitExceeded", status=503, times=2)
    count_dials(address)

    stack.pulumi("destroy", "--yes", timeout=300)

    assert dials() == 0
    assert (stack.alive(ids), stack.resources()) == ([], [])
    namespaces = {gone.name, other.name, vpc_namespace(interface["VpcId"])}
    wait_for(lambda: not namespaces & {path.name for path in Path("/run/netns").iterdir()}, "no namespace")
