"""The end of the stack that the faults share, the last of them: it goes though parts of it are in use."""

import json
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.names import ENDPOINT_URL, vpc_namespace
from tests.faults.recovery import Baseline
from tests.lab.ec2_network import ec2, make_interface, network_with_key, run_instance, state_of
from tests.lab.lab_session import Keys, Lab, on_operator_side, wait_for

TABLE = "table ip6 dials"
DETACHING_SECONDS = 15


@contextmanager
def dials_noted(address: str) -> Generator[list[str]]:
    """Notes the connections that are begun from the operator's side to SSH at this address, while open: their
    source ports, at the end.

    One that was begun before is none, though its last packets may still be sent.
    """
    dials: list[str] = []
    rule = f"ip6 daddr {address} tcp dport 22 tcp flags & (syn | ack) == syn add @begun {{ tcp sport }}"
    nft(
        f"add {TABLE}; add set ip6 dials begun {{ type inet_service; size 1024; flags dynamic; }}; "
        f"add chain ip6 dials out {{ type filter hook output priority 0; }}; add rule ip6 dials out {rule}"
    )
    try:
        yield dials
        listed = json.loads(nft("list set ip6 dials begun", "--json"))["nftables"]
        (begun,) = [one["set"] for one in listed if "set" in one]
        dials += [f"from port {port}" for port in begun.get("elem", [])]
    finally:
        nft(f"delete {TABLE}")


def nft(commands: str, *options: str) -> str:
    answer = on_operator_side(["nft", *options, commands])
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def next_calls(operation: str, **fault: object) -> None:
    """What happens to the next calls of an operation, as the endpoint's faults say it."""
    body = json.dumps({"operation": operation, **fault})
    assert on_operator_side(["curl", "-sf", f"{ENDPOINT_URL}/lab/faults", "-d", body]).returncode == 0


@contextmanager
def no_other_faults() -> Generator[None]:
    """None of the endpoint's is left by an earlier test, or for a later one."""
    forget = ["curl", "-sf", "-X", "DELETE", f"{ENDPOINT_URL}/lab/faults"]
    assert on_operator_side(forget).returncode == 0
    try:
        yield
    finally:
        on_operator_side(forget)


def namespaces() -> set[str]:
    return {path.name for path in Path("/run/netns").iterdir()}


@pytest.fixture
def stranger(lab_session: Lab, keys: Keys) -> Iterator[str]:
    """The id of an instance that no stack has, in a network of its own: `destroy` does not end it."""
    with network_with_key(lab_session, keys, "stranger") as network:
        interface = make_interface(network, [f"{network.ipv6_prefix}1:1"])
        yield run_instance(interface, keys, "stranger").instance_id


@pytest.mark.fault("interface-in-use")
@pytest.mark.fault("destroy-with-dead-host")
def test_destroy_waits_for_what_is_in_use_and_never_dials_a_host_that_is_gone(
    lab: Lab, baseline: Baseline, stranger: str
) -> None:
    stack = baseline.deployment
    gone, other = stack.host("host-1"), stack.host("host-2")
    ids, interface = stack.ids(), stack.interface("host-1")
    eni, address = interface["NetworkInterfaceId"], stack.outputs()["hosts"]["host-1"]["address"]
    ec2("terminate_instances", InstanceIds=[gone.instance_id])
    wait_for(lambda: state_of(gone.instance_id) == "terminated", "the state terminated")
    ec2("attach_network_interface", NetworkInterfaceId=eni, InstanceId=stranger, DeviceIndex=1)
    with no_other_faults(), dials_noted(address) as dials:
        next_calls("DetachNetworkInterface", lingers=DETACHING_SECONDS, times=1)
        next_calls("DeleteNetworkInterface", code="RequestLimitExceeded", status=503, times=2)
        said = stack.pulumi("destroy", "--yes", timeout=600).text

    assert dials == [], f"{address}, which is gone, was dialled: {said}"
    assert re.search(
        rf"waiting for EC2 Network Interface \({eni}\) to be detached: is in-use, [1-9]\d s", said
    ), said
    left = {"at aws": stack.alive(ids), "in the state": stack.resources()}
    assert left == {"at aws": [], "in the state": []}, said
    ours = {gone.name, other.name, vpc_namespace(interface["VpcId"])}
    wait_for(lambda: not ours & namespaces(), f"none of the namespaces {', '.join(sorted(ours))}")
    wait_for(lambda: state_of(stranger) == "running", "the other instance to run")
