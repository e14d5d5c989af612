"""Hosts on a plain shared link whose containers have addresses of the link's own /64."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Network
from statistics import median

import pytest

from components.container_networks.plan import NetworkWishes
from components.containers import Container, ContainerNetwork, Port
from lab.machines import Host
from lab.names import CONTAINER_IMAGE, INTERNET_IPV6, NAMESPACE_PREFIX
from tests.lab.exposure import from_another_host, from_the_internet, in_the_end, table_of
from tests.lab.host_steps import SNAPSHOT, in_which_it_differs
from tests.lab.hosts import EACH_WAY_DOWN, Down, boot_again, fetch, ping
from tests.lab.lab_session import Keys, Lab, eventually, lab_command, on_operator_side, wait_for
from tests.lab.path_mtu import crosses_a_smaller_mtu
from tests.lab.plain_link import PlainLink, plain_link
from tests.lab.shared_link.link_steps import LinkHostUnderSteps

PROXY = "dualstack-ndp-proxy.service"


@dataclass(frozen=True)
class SharedLink:
    """Two hosts with a quarter of the link's /64 each, and a third that is nobody's: a neighbour."""

    link: PlainLink
    one: LinkHostUnderSteps
    two: LinkHostUnderSteps
    found_on_two: str
    """What was there before the steps."""

    @property
    def neighbour(self) -> Host:
        return self.link.host(3)


@pytest.fixture(scope="module")
def up(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedLink]:
    """Host one has its quarter as one network, as the chapter does; host two a network number 1 of it."""
    lab_session.ensure_up()
    web = Container("web", CONTAINER_IMAGE, place=1, ports=(Port(80),))
    with plain_link("flat", Keys.make(tmp_path_factory.mktemp("keys")), hosts=3) as link:
        quarters = list(IPv6Network(link.listed.prefix).subnets(new_prefix=66))
        whole = ContainerNetwork(ipv6_subnet=str(quarters[2]))
        one, two = (
            LinkHostUnderSteps(link.of(number), prefix, NetworkWishes("ndp-proxy", networks, (web,)))
            for number, prefix, networks in ((1, quarters[2], (whole,)), (2, quarters[3], ()))
        )
        for steps in (one, two):
            steps.wait_until_booted()
        found = two.host.succeed(SNAPSHOT)
        for steps in (one, two):
            steps.apply_all()
        yield SharedLink(link, one, two, found)


@pytest.fixture
def shared(lab: Lab, up: SharedLink) -> SharedLink:
    return up


def answered(host: Host, address: str) -> bool:
    """Whether one of three pings is."""
    return host.run(["ping", "-6", "-c3", "-i0.3", "-W1", "-q", address]).returncode == 0


def answered_outside(address: str) -> bool:
    """The same from the internet."""
    return on_operator_side(["ping", "-6", "-c3", "-i0.3", "-W1", "-q", address]).returncode == 0


def answered_at_once(host: Host, address: str) -> bool:
    """Whether the first packet to an address that nobody knew is answered, after one solicitation. It is
    tried some times: the host asks for others meanwhile, and what is not heard at once is never.
    """

    def after_one_solicitation() -> bool:
        host.succeed(f"ip -6 neigh flush to {address} dev eth0; nstat >/dev/null")
        answer = host.run(["ping", "-6", "-c1", "-W2", "-q", address])
        counted = host.succeed("nstat --zeros Icmp6OutNeighborSolicits")
        return answer.returncode == 0 and re.search(r"Solicits +1 ", counted) is not None

    return eventually(after_one_solicitation, timeout=30)


def first_answer(host: Host, address: str) -> float:
    """How many milliseconds the first packet to an address that nobody knew takes to be answered."""
    host.succeed(f"ip -6 neigh flush to {address} dev eth0")
    said = host.run(["ping", "-6", "-c1", "-W3", "-q", address]).stdout
    took = re.search(r"^rtt [^=]*= ([\d.]+)/", said, re.MULTILINE)
    return float(took[1]) if took else math.inf


def start_by_hand(steps: LinkHostUnderSteps, name: str) -> str:
    """A container that nobody declared; its address."""
    host = steps.host
    host.succeed(f"docker run --detach --name {name} --network {steps.network.name} {CONTAINER_IMAGE}")
    form = "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}"
    return host.succeed(f"docker inspect --format '{form}' {name}").strip()


def eventually_found(shared: SharedLink) -> None:
    """Both hosts' containers, by the neighbour, who has forgotten them."""
    for steps in (shared.one, shared.two):
        address = steps.address_of("web")
        shared.neighbour.succeed(f"ip -6 neigh flush to {address} dev eth0")
        wait_for(lambda to=address: answered(shared.neighbour, to), f"an answer of {address}")


def test_without_the_proxy_nobody_finds_a_container_and_with_it_everybody_does(shared: SharedLink) -> None:
    address = shared.one.address_of("web")
    assert address == "2001:db8:a:100:8000::2"
    shared.one.host.succeed(f"systemctl stop {PROXY}")
    assert not answered(shared.neighbour, address)
    assert not answered_outside(address)
    shared.one.host.succeed(f"systemctl start {PROXY}")
    assert answered_at_once(shared.neighbour, address)
    assert eventually(lambda: answered_outside(address))


def test_a_first_packet_is_not_kept_waiting(shared: SharedLink) -> None:
    """The kernel's own proxy waits up to 800 ms, at random, before it answers (`proxy_delay`, arp(7))."""
    address = shared.one.address_of("web")
    assert eventually(lambda: answered(shared.neighbour, address))
    took = [first_answer(shared.neighbour, address) for _ in range(9)]
    assert median(took) < 100, f"milliseconds: {took}"


def test_a_container_reaches_that_of_another_host_and_is_seen_with_its_own_address(
    shared: SharedLink,
) -> None:
    one, two = shared.one.address_of("web"), shared.two.address_of("web")
    assert two == "2001:db8:a:100:c000:1:0:2"
    assert ping(shared.one.host, "web", two) == 62
    assert ping(shared.two.host, "web", one) == 62
    assert fetch(shared.one.host, "web", f"http://[{INTERNET_IPV6}]/") == one
    assert fetch(shared.two.host, "web", f"http://[{INTERNET_IPV6}]/") == two


def test_a_container_started_by_hand_is_found_at_once(shared: SharedLink) -> None:
    for steps in (shared.one, shared.two):
        address = start_by_hand(steps, "new")
        assert answered_at_once(shared.neighbour, address)
        assert eventually(lambda to=address: answered_outside(to))
        steps.host.succeed("docker rm --force new")


def test_a_container_is_still_known_when_a_neighbour_asks_again(shared: SharedLink) -> None:
    """As neighbours do every half minute, straight to the host's own link-layer address."""
    address, neighbour = shared.one.address_of("web"), shared.neighbour
    neighbour.succeed("sysctl -qw net.ipv6.neigh.eth0.delay_first_probe_time=1")
    assert eventually(lambda: answered(neighbour, address))
    known = neighbour.succeed(f"ip -6 neigh show {address}").split()
    assert known[known.index("lladdr") + 1] == "02:00:0a:01:00:01"
    neighbour.succeed(f"ip -6 neigh change {address} dev eth0 lladdr 02:00:0a:01:00:01 nud stale")
    assert answered(neighbour, address)
    neighbour.wait_until_succeeds(
        f"ping -6 -c1 -W1 {address} && ip -6 neigh show {address} nud reachable | grep ."
    )


def test_who_reaches_a_container_is_what_the_page_says(shared: SharedLink) -> None:
    target = shared.one.target
    wanted = table_of("networks/ndp-proxy.md", "What is open")
    assert (
        in_the_end(lambda: from_another_host(target, shared.neighbour) + from_the_internet(target), wanted)
        == wanted
    )


def test_a_large_page_crosses_a_smaller_mtu(shared: SharedLink) -> None:
    router, own = f"{NAMESPACE_PREFIX}link-{shared.link.listed.name}", shared.one.address_of("web")
    assert crosses_a_smaller_mtu(router, shared.one.host, "web", f"http://[{own}]")


def test_nobody_else_can_take_a_container_s_address(shared: SharedLink) -> None:
    address, neighbour = shared.one.address_of("web"), shared.neighbour
    neighbour.succeed(f"ip -6 address add {address}/128 dev eth0")
    neighbour.wait_until_succeeds(f"ip -6 address show dev eth0 dadfailed | grep -q {address}")
    neighbour.succeed(f"ip -6 address delete {address}/128 dev eth0")


def test_an_address_outside_of_the_networks_is_turned_down_and_asked_for_on_no_link(
    shared: SharedLink,
) -> None:
    shared.neighbour.wait_until_succeeds(
        "ping -6 -c1 -W2 2001:db8:a:100:c000:9::9"
        " | grep -F 'From 2001:db8:a:100::12 icmp_seq=1 Destination unreachable: No route'"
    )
    assert "c000:9::9" not in shared.two.host.succeed("ip -6 neigh show")


@pytest.mark.parametrize(
    "harm",
    [
        "systemctl restart docker.service",
        pytest.param("systemctl restart systemd-networkd.service", marks=pytest.mark.matrix),
        "ip link set eth0 down; sleep 2; ip link set eth0 up",
        pytest.param(
            "ip link set eth0 allmulticast on; ip link set eth0 allmulticast off", marks=pytest.mark.matrix
        ),
        pytest.param(f"systemctl kill --signal=KILL {PROXY}", marks=pytest.mark.matrix),
    ],
    ids=["docker-restart", "networkd-restart", "link-flap", "flag-off", "killed"],
)
def test_containers_are_found_again_after(shared: SharedLink, harm: str) -> None:
    shared.one.host.succeed(harm)
    eventually_found(shared)
    assert answered_at_once(shared.neighbour, start_by_hand(shared.one, "new"))
    shared.one.host.succeed("docker rm --force new")


def test_containers_are_found_again_after_the_cable_was_cut(shared: SharedLink) -> None:
    assert lab_command("cut", "flat-1").returncode == 0
    assert not answered(shared.neighbour, shared.one.address_of("web"))
    assert lab_command("mend", "flat-1").returncode == 0
    eventually_found(shared)


@EACH_WAY_DOWN
def test_containers_are_found_again_after_a_reboot(shared: SharedLink, down: Down) -> None:
    boot_again(shared.one.host, down)
    eventually_found(shared)
    assert answered_at_once(shared.neighbour, shared.one.address_of("web"))
    target, wanted = shared.one.target, table_of("networks/ndp-proxy.md", "What is open")[:2]
    assert in_the_end(lambda: from_another_host(target, shared.neighbour), wanted) == wanted


def test_steps_that_are_done_change_nothing(shared: SharedLink) -> None:
    assert (shared.two.apply("routes"), shared.two.apply("ndp-proxy")) == (
        "routes: unchanged\n",
        "ndp-proxy: unchanged\n",
    )


def test_without_its_steps_the_host_answers_for_itself_alone(shared: SharedLink) -> None:
    """Last: it takes host two's steps away."""
    address = shared.two.address_of("web")
    shared.two.remove_all()
    assert not answered(shared.neighbour, address)
    assert eventually(lambda: answered(shared.neighbour, shared.two.listed.address))
    assert in_which_it_differs(shared.two.host, SNAPSHOT, shared.found_on_two) == []
