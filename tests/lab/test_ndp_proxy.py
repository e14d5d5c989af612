"""Hosts on a plain shared link whose containers have addresses of the link's own /64."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Network

import pytest

from components.config_types import Container, ContainerNetwork, Port
from components.container_networks.plan import NetworkWishes
from lab.machines import Host
from lab.names import CONTAINER_IMAGE
from tests.lab.lab_session import Keys, Lab, on_operator_side
from tests.lab.link_steps import LinkHostUnderSteps
from tests.lab.plain_link import PlainLink, plain_link

INTERNET = "2001:db8:ffff::1"
PROXY = "dualstack-ndp-proxy.service"


@dataclass(frozen=True)
class SharedLink:
    """Two hosts with a quarter of the link's /64 each, and a third that is nobody's: a neighbour."""

    link: PlainLink
    one: LinkHostUnderSteps
    two: LinkHostUnderSteps

    @property
    def neighbour(self) -> Host:
        return self.link.host(3)


def wishes(prefix: IPv6Network) -> NetworkWishes:
    """One network that is the whole quarter, and a container on it."""
    network = ContainerNetwork(ipv6_subnet=str(prefix))
    web = Container("web", CONTAINER_IMAGE, place=1, ports=(Port(80),))
    return NetworkWishes("ndp-proxy", networks=(network,), containers=(web,))


@pytest.fixture(scope="module")
def up(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedLink]:
    lab_session.ensure_up()
    with plain_link("flat", Keys.make(tmp_path_factory.mktemp("keys")), hosts=3) as link:
        prefix_of_link = IPv6Network(link.listed.prefix)
        quarters = list(prefix_of_link.subnets(new_prefix=66))
        one, two = (
            LinkHostUnderSteps(link.of(number), quarter, wishes(quarter))
            for number, quarter in ((1, quarters[2]), (2, quarters[3]))
        )
        one.apply_all()
        two.apply_all()
        yield SharedLink(link, one, two)


@pytest.fixture
def shared(lab: Lab, up: SharedLink) -> SharedLink:
    return up


def answered(host: Host, address: str) -> bool:
    """Whether one of three pings is."""
    return host.run(["ping", "-6", "-c3", "-i0.3", "-W1", "-q", address]).returncode == 0


def solicitations(host: Host) -> int:
    """How many neighbour solicitations the host has sent since it was last asked."""
    counted = host.succeed("nstat --zeros Icmp6OutNeighborSolicits")
    return int(counted.split("Icmp6OutNeighborSolicits")[1].split()[0])


def answered_at_once(host: Host, address: str) -> bool:
    """Whether the first packet to an address nobody knew is answered, after a single solicitation."""
    host.succeed(f"ip -6 neigh flush to {address} dev eth0; nstat > /dev/null")
    pinged = host.run(["ping", "-6", "-c1", "-W1", "-q", address]).returncode == 0
    return (
        pinged and host.succeed(f"ip -6 neigh show {address} nud failed") == "" and solicitations(host) == 1
    )


def start_by_hand(steps: LinkHostUnderSteps, name: str) -> str:
    """A container that nobody declared; its address."""
    host = steps.host
    host.succeed(f"docker run --detach --name {name} --network {steps.network.name} {CONTAINER_IMAGE}")
    form = "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}"
    return host.succeed(f"docker inspect --format '{form}' {name}").strip()


def test_without_the_proxy_nobody_finds_a_container_and_with_it_everybody_does(shared: SharedLink) -> None:
    address = shared.one.address_of("web")
    assert address == "2001:db8:a:100:8000::2"
    shared.one.host.succeed(f"systemctl stop {PROXY}")
    shared.neighbour.succeed(f"ip -6 neigh flush to {address} dev eth0")
    assert not answered(shared.neighbour, address)
    shared.one.host.succeed(f"systemctl start {PROXY}")
    assert answered(shared.neighbour, address)
    assert on_operator_side(["ping", "-c3", "-i0.3", "-W1", "-q", address]).returncode == 0
