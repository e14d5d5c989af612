"""One host with all steps, for all tests of this folder."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from tests.lab.ec2_network import Network, network_with_key
from tests.lab.host_steps import API, CLOUD_INIT_FILES, SNAPSHOT, WEB, HostUnderSteps
from tests.lab.lab_session import Keys, Lab
from tests.lab.one_host.bench import KEY_NAME, launch, ready


@pytest.fixture(scope="package")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        yield network


@pytest.fixture(scope="package")
def untouched(network: Network, keys: Keys) -> HostUnderSteps:
    """A host with Docker, before any step."""
    host = launch(network, keys, ("1:1", "8", "9", "a", "b"))
    ready(host)
    host.wait_for_boot()
    # Its own is leased; cloud-init has set those of its metadata but the first.
    host.wait_until_succeeds("ip -6 -oneline address show dev ens5 dynamic | grep -q :1:1/128")
    host.wait_until_succeeds("test $(ip -6 -oneline address show dev ens5 scope global | wc -l) = 4")
    return HostUnderSteps(host, IPv6Network(f"{network.ipv6_prefix}/64"), (WEB, API))


@pytest.fixture(scope="package")
def snapshot(untouched: HostUnderSteps) -> str:
    return untouched.host.succeed(SNAPSHOT)


@pytest.fixture(scope="package")
def reverted(untouched: HostUnderSteps, snapshot: str) -> tuple[str, str]:
    """What cloud-init made of the network, before and after the very first change, which nobody confirmed."""
    assert snapshot
    host = untouched.host
    untouched.apply_all_before("network")
    before = host.succeed(CLOUD_INIT_FILES)
    untouched.begin("apply", "network", untouched.wanted("network", None), 25)
    assert "60-dualstack.yaml" in host.succeed(CLOUD_INIT_FILES)
    host.wait_until_succeeds("test -e /var/lib/dualstack/guard/reverted", timeout=120)
    return before, host.succeed(CLOUD_INIT_FILES)


@pytest.fixture(scope="package")
def prepared(untouched: HostUnderSteps, snapshot: str, reverted: tuple[str, str]) -> HostUnderSteps:
    """The host after all steps."""
    assert (snapshot != "", len(reverted)) == (True, 2), "both are looked at before the steps"
    untouched.apply_all()
    return untouched
