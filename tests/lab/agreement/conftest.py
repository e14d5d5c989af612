"""A host on which cloud-init has all it can have against this program, for all tests of this folder."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from components.ipaddress_tools import host_addresses
from tests.lab.agreement.cloud_init import MAY_END, WELL, make_well
from tests.lab.ec2_network import (
    Network,
    all_leased,
    ami_of,
    ec2,
    make_interface,
    network_with_key,
    run_instance,
)
from tests.lab.host_steps import WEB, HostUnderSteps
from tests.lab.lab_session import Keys, Lab

KEY_NAME = "agreement"
SLOTS = {"debian-13-docker": 1, "debian-12-docker": 2, "debian-14-docker": 3}
"""Each image's cloud-init is another one, and so is its netplan; the slot of the host that has it."""


def user_data(image: str) -> str:
    """Keeps cloud-init busy until it may end, lets it fail, and claims for it every event on which it writes
    network files.
    """
    events = ["boot-new-instance", "boot", "hotplug"]
    # Where the network is up already, cloud-init 22.4 takes the DHCP lease once more, and does not know
    # in what words a kernel newer than Debian 12's says that the address is there.
    if image != "debian-12-docker":
        events.append("boot-legacy")
    return (
        f"updates: {{network: {{when: [{', '.join(events)}]}}}}\n"
        f'runcmd: ["test -e {WELL} || {{ until test -e {MAY_END}; do sleep 1; done; false; }}"]\n'
    )


@pytest.fixture(scope="package")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        yield network


@pytest.fixture(
    scope="package",
    params=[
        pytest.param(image, marks=() if slot == 1 else pytest.mark.matrix) for image, slot in SLOTS.items()
    ],
)
def image(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="package")
def steps(network: Network, keys: Keys, image: str) -> Iterator[HostUnderSteps]:
    """A host that was just started. DHCPv6 leases it all addresses of its interface."""
    subnet = IPv6Network(f"{network.ipv6_prefix}/64")
    with all_leased():
        of_host = host_addresses(subnet, SLOTS[image])
        interface = make_interface(network, [str(one) for one in of_host.interface_addresses])
    host = run_instance(interface, keys, KEY_NAME, ami_of(image), more_user_data=user_data(image))
    yield HostUnderSteps(host, subnet, (WEB,), slot=SLOTS[image])
    ec2("terminate_instances", InstanceIds=[host.instance_id])


@pytest.fixture(scope="package")
def well(steps: HostUnderSteps) -> HostUnderSteps:
    """That host, once cloud-init is through and has nothing to complain of."""
    make_well(steps.host)
    return steps
