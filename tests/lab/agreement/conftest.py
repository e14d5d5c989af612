"""A host on which cloud-init has all it can have against this program, for all tests of this folder."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from tests.lab.host_steps import WEB, HostUnderSteps
from tests.lab.lab_session import (
    Keys,
    Lab,
    Network,
    all_leased,
    ec2,
    make_interface,
    make_network,
    remove_network,
    run_instance,
)

KEY_NAME = "agreement"
USER_DATA = """\
updates: {network: {when: [boot-new-instance, boot, boot-legacy, hotplug]}}
runcmd: ["test -e /root/well || { sleep 20; false; }"]
"""


@pytest.fixture(scope="session")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    lab_session.ensure_up()
    ec2("import_key_pair", KeyName=KEY_NAME, PublicKeyMaterial=keys.login_public.encode())
    network = make_network()
    yield network
    remove_network(network)
    ec2("delete_key_pair", KeyName=KEY_NAME)


@pytest.fixture(scope="session")
def steps(network: Network, keys: Keys) -> HostUnderSteps:
    """A host that was just started: its user data keeps cloud-init busy, lets it fail, and claims all events.

    DHCPv6 leases it all addresses of its interface.
    """
    with all_leased():
        ends = ("1:1", "8", "9", "a", "b")
        interface = make_interface(network, [f"{network.ipv6_prefix}{end}" for end in ends])
    host = run_instance(interface, keys, KEY_NAME, more_user_data=USER_DATA)
    return HostUnderSteps(host, IPv6Network(f"{network.ipv6_prefix}/64"), (WEB,))
