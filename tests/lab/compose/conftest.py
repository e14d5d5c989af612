"""A network with an open security group, and hosts in it, for the tests of Compose projects."""

from collections.abc import Iterator

import pytest

from lab.machines import Host
from tests.lab.compose.compose_host import ComposeHost, Machine, launch
from tests.lab.ec2_network import (
    Network,
    ami_of,
    ec2,
    network_with_key,
    release_public_addresses,
    way_out_over_ipv4,
)
from tests.lab.lab_session import Keys, Lab

KEY_NAME = "compose"


@pytest.fixture(scope="module")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    """A VPC with a way to the internet for both families, and a group that lets in what documentation
    prefixes and private networks send: what is closed then, a host has closed.
    """
    with network_with_key(lab_session, keys, KEY_NAME) as made:
        ec2(
            "authorize_security_group_ingress",
            GroupId=made.group_id,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 1,
                    "ToPort": 65535,
                    "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
                    "IpRanges": [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "203.0.113.0/24"}],
                },
                {
                    "IpProtocol": "icmpv6",
                    "FromPort": -1,
                    "ToPort": -1,
                    "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
                },
            ],
        )
        way_out_over_ipv4(made)
        yield made
        release_public_addresses(made)


@pytest.fixture(scope="module")
def machines(network: Network, keys: Keys) -> dict[str, Machine]:
    """One with the newest engine, and another to look from; they boot side by side."""
    return {
        "debian-14-docker": launch(network, keys, KEY_NAME, ami_of("debian-14-docker"), 1),
        "debian-13-docker": launch(network, keys, KEY_NAME, ami_of("debian-13-docker"), 2),
    }


@pytest.fixture(scope="module")
def other(machines: dict[str, Machine]) -> Host:
    """Another host of the subnet."""
    machine = machines["debian-13-docker"]
    machine.host.wait_until_succeeds("cloud-init status --wait >/dev/null || test $? = 2")
    machine.host.wait_until_succeeds(f"ip -6 address show -tentative | grep -q {machine.address}")
    return machine.host


@pytest.fixture(scope="module")
def newest(machines: dict[str, Machine]) -> ComposeHost:
    """A host with Docker 28.5 and Compose 2.40."""
    server = ComposeHost(machines["debian-14-docker"])
    server.prepare()
    return server
