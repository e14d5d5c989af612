"""One host for each engine, and another beside them, for all tests of this folder."""

from collections.abc import Callable, Iterator
from ipaddress import IPv6Network

import pytest

from components.ipaddress_tools import delegated_prefix
from lab.machines import Host
from tests.lab.address_ways.reach import EVERYTHING
from tests.lab.ec2_network import (
    Network,
    ec2,
    give_public_address,
    make_interface,
    network_with_key,
    release_public_addresses,
    run_instance,
    way_out_over_ipv4,
)
from tests.lab.host_steps import HostUnderSteps
from tests.lab.lab_session import Keys, Lab
from tests.lab.routed.bench import AMI_OF_ENGINE, RoutedHost

KEY_NAME = "routed"
SLOT_OF_ENGINE = {"26": 1, "28": 2}


@pytest.fixture(scope="package")
def vpc(lab_session: Lab, keys: Keys) -> Iterator[tuple[Network, Keys]]:
    """A network whose group lets everything in: what is closed is closed on the hosts. It has a way to the
    internet for both families.
    """
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        ec2("authorize_security_group_ingress", GroupId=network.group_id, IpPermissions=[EVERYTHING])
        way_out_over_ipv4(network)
        yield network, keys
        release_public_addresses(network)


@pytest.fixture(scope="package")
def peer(vpc: tuple[Network, Keys]) -> Host:
    network, keys = vpc
    host = run_instance(make_interface(network, [f"{network.ipv6_prefix}9:9"]), keys, KEY_NAME)
    host.wait_until_succeeds(
        f"ip -6 address show dev ens5 -tentative | grep -q {network.ipv6_prefix}9:9", timeout=240
    )
    return host


@pytest.fixture(scope="package")
def routed_hosts(vpc: tuple[Network, Keys], peer: Host) -> Callable[[str], RoutedHost]:
    """Makes the host of an engine when it is first asked for."""
    made: dict[str, RoutedHost] = {}

    def get(engine: str) -> RoutedHost:
        if engine not in made:
            made[engine] = _make(vpc, peer, engine)
        return made[engine]

    return get


def _make(vpc: tuple[Network, Keys], peer: Host, engine: str) -> RoutedHost:
    network, keys = vpc
    subnet, slot = IPv6Network(f"{network.ipv6_prefix}/64"), SLOT_OF_ENGINE[engine]
    address, prefix = f"{network.ipv6_prefix}{slot}:{slot}", delegated_prefix(subnet, slot)
    interface = make_interface(network, [address])
    public = give_public_address(interface)
    ec2("assign_ipv6_addresses", NetworkInterfaceId=interface, Ipv6Prefixes=[str(prefix)])
    host = run_instance(interface, keys, KEY_NAME, AMI_OF_ENGINE[engine])
    host.wait_for_unit("ssh.service")
    host.wait_until_succeeds("cloud-init status --wait >/dev/null || test $? = 2")
    host.wait_for_unit("docker.service")
    ipv4 = ec2("describe_network_interfaces", NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    steps = HostUnderSteps(host, subnet, (), slot=slot, prefix=prefix, way="routed")
    steps.apply_all()
    return RoutedHost(steps, peer, engine, address, ipv4["PrivateIpAddress"], public)


@pytest.fixture
def routed(request: pytest.FixtureRequest, routed_hosts: Callable[[str], RoutedHost]) -> RoutedHost:
    """The host of the engine that the test is parametrized with, else of 26."""
    return routed_hosts(getattr(request, "param", "26"))
