"""A host on which cloud-init has all it can have against this program, for all tests of this folder."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from components.ipaddress_tools import host_addresses
from tests.lab.host_steps import WEB, HostUnderSteps
from tests.lab.lab_session import (
    Keys,
    Lab,
    Network,
    all_leased,
    ami_of,
    make_interface,
    network_with_key,
    run_instance,
)

KEY_NAME = "agreement"
USER_DATA = """\
updates: {network: {when: [boot-new-instance, boot, boot-legacy, hotplug]}}
runcmd: ["test -e /root/well || { sleep 20; false; }"]
"""
SLOTS = {"debian-13-docker": 1, "debian-12-docker": 2, "debian-14-docker": 3}
"""Each image's cloud-init is another one, and so is its netplan; the slot of the host that has it."""


@pytest.fixture(scope="session")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        yield network


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(image, marks=() if slot == 1 else pytest.mark.matrix) for image, slot in SLOTS.items()
    ],
)
def image(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def steps(network: Network, keys: Keys, image: str) -> HostUnderSteps:
    """A host that was just started: its user data keeps cloud-init busy, lets it fail, and claims all events.

    DHCPv6 leases it all addresses of its interface.
    """
    subnet = IPv6Network(f"{network.ipv6_prefix}/64")
    with all_leased():
        of_host = host_addresses(subnet, SLOTS[image])
        interface = make_interface(network, [str(one) for one in of_host.interface_addresses])
    host = run_instance(interface, keys, KEY_NAME, ami_of(image), more_user_data=USER_DATA)
    return HostUnderSteps(host, subnet, (WEB,), slot=SLOTS[image])
