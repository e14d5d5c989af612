"""Hosts on a plain shared link, each with a /64 for its containers and a route to those of the others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv6Network

import pytest

from components.container_networks.plan import NetworkWishes
from components.containers import Container, Port
from lab.machines import CommandFailed, Host
from lab.names import CONTAINER_IMAGE, INTERNET_IPV6
from tests.lab.exposure import from_another_host, from_the_internet, in_the_end, table_of
from tests.lab.host_steps import SNAPSHOT, in_which_it_differs
from tests.lab.hosts import EACH_WAY_DOWN, Down, boot_again, fetch, ping, pings
from tests.lab.lab_session import Keys, Lab, eventually, lab_command, wait_for
from tests.lab.plain_link import PlainLink, plain_link
from tests.lab.shared_link.link_steps import LinkHostUnderSteps
from tests.lab.shared_link.test_ndp_proxy import answered

NETPLAN = "/etc/netplan/70-dualstack-routes.yaml"


@dataclass(frozen=True)
class RoutedLink:
    """Three hosts that have routes to each other."""

    link: PlainLink
    hosts: tuple[LinkHostUnderSteps, ...]
    found: str
    """What was there on the third before its steps."""


@pytest.fixture(scope="module")
def up(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoutedLink]:
    lab_session.ensure_up()
    web = Container("web", CONTAINER_IMAGE, place=1, ports=(Port(80),))
    wishes = NetworkWishes("static-routes", containers=(web,))
    with plain_link("flat", Keys.make(tmp_path_factory.mktemp("keys")), hosts=3) as link:
        prefixes = list(IPv6Network(link.listed.allocation).subnets(new_prefix=64))
        hosts = tuple(LinkHostUnderSteps(link.of(n), prefixes[n], wishes) for n in (1, 2, 3))
        for steps in hosts:
            steps.wait_until_booted()
        found = hosts[2].host.succeed(SNAPSHOT)
        for steps in hosts:
            steps.neighbours = hosts
            steps.apply_all()
        yield RoutedLink(link, hosts, found)


@pytest.fixture
def routed(lab: Lab, up: RoutedLink) -> RoutedLink:
    return up


def routes(host: Host) -> list[str]:
    """Those of a host to prefixes of the link's allocation, but for its own networks."""
    shown = host.succeed("ip -6 route show proto static")
    return sorted(
        " ".join(line.split()[:5]) for line in shown.splitlines() if "2001:db8:a:10" in line.split(" via")[0]
    )


def test_every_container_reaches_every_other_host_s(routed: RoutedLink) -> None:
    for steps in routed.hosts:
        for other in routed.hosts:
            if other is not steps:
                assert ping(steps.host, "web", other.address_of("web")) == 62
    one, two, _ = routed.hosts
    name = two.host.succeed("docker exec web hostname").strip()
    assert fetch(one.host, "web", f"http://[{two.address_of('web')}]/") == name


def test_a_host_has_a_route_to_each_other_and_none_to_itself(routed: RoutedLink) -> None:
    assert routes(routed.hosts[0].host) == [
        "2001:db8:a:102::/64 via 2001:db8:a:100::12 dev eth0",
        "2001:db8:a:103::/64 via 2001:db8:a:100::13 dev eth0",
        "unreachable 2001:db8:a:101::/64 dev lo metric",
    ]
    shown = routed.hosts[0].host.succeed("netplan get ethernets.eth0.routes")
    assert shown.count("to: ") == 5  # two of them are the provider's own


def test_who_reaches_a_container_is_what_the_page_says(routed: RoutedLink) -> None:
    """The internet does once the router has a route."""
    one, two, _ = routed.hosts
    target, wanted = one.target, table_of("networks/static-routes.md", "What is open")
    found = in_the_end(
        lambda: (
            from_another_host(target, two.host) + from_the_internet(target, "the internet, no route upstream")
        ),
        wanted[:4],
    )
    told = lab_command("link", "route", "flat", "add", str(one.prefix), one.listed.address)
    assert told.returncode == 0
    found += in_the_end(lambda: from_the_internet(target, "the internet, a route upstream"), wanted[4:])
    seen = fetch(one.host, "web", f"http://[{INTERNET_IPV6}]/")
    lab_command("link", "route", "flat", "remove", str(one.prefix))
    assert found == wanted
    assert seen == one.address_of("web")


def test_an_unused_address_is_turned_down_by_the_host_that_has_the_prefix(routed: RoutedLink) -> None:
    routed.hosts[1].host.wait_until_succeeds(
        "ping -6 -c1 -W2 2001:db8:a:101:9::9"
        " | grep -F 'From 2001:db8:a:100::11 icmp_seq=1 Destination unreachable: No route'"
    )


@pytest.mark.parametrize(
    "harm",
    ["systemctl restart systemd-networkd.service", "ip link set eth0 down; sleep 2; ip link set eth0 up"],
)
def test_routes_last(routed: RoutedLink, harm: str) -> None:
    one, two, three = routed.hosts
    before = routes(one.host)
    one.host.succeed(harm)
    wait_for(lambda: routes(one.host) == before, "the routes")
    for other in (two, three):
        wait_for(lambda to=other: pings(one.host, "web", to.address_of("web")), "an answer")


@EACH_WAY_DOWN
def test_routes_last_over_a_reboot(routed: RoutedLink, down: Down) -> None:
    one, two, _ = routed.hosts
    before = routes(one.host)
    boot_again(one.host, down)
    wait_for(lambda: answered(two.host, one.address_of("web")), "an answer")
    wait_for(lambda: routes(one.host) == before, "the routes")


def test_a_next_hop_that_is_not_on_the_link_is_refused_and_reverted(routed: RoutedLink) -> None:
    one = routed.hosts[0]
    before, file = routes(one.host), one.host.succeed(f"cat {NETPLAN}")
    far = replace(routed.hosts[1], listed=replace(routed.hosts[1].listed, address="2001:db8:b::12"))
    one.neighbours = (far,)
    with pytest.raises(CommandFailed) as refused:
        one.apply("routes")
    one.neighbours = routed.hosts
    assert (
        "routes: there is no route to 2001:db8:a:102::/64 via 2001:db8:b::12 on eth0; is that address on its "
        "link?; reverted, the network is as it was before"
    ) in str(refused.value)
    assert one.host.succeed(f"cat {NETPLAN}") == file
    wait_for(lambda: routes(one.host) == before, "the routes")


@pytest.mark.matrix
def test_a_host_that_leaves_takes_its_routes_with_it(routed: RoutedLink) -> None:
    """Last: the third host goes, and is as it was found."""
    one, two, three = routed.hosts
    three.remove_all()
    assert in_which_it_differs(three.host, SNAPSHOT, routed.found) == []
    for steps in (one, two):
        steps.neighbours = (one, two)
        said = steps.apply("routes")
        assert said.startswith("routes: 1 route(s) to other hosts' containers; ")
    assert routes(one.host) == [
        "2001:db8:a:102::/64 via 2001:db8:a:100::12 dev eth0",
        "unreachable 2001:db8:a:101::/64 dev lo metric",
    ]
    assert "2001:db8:a:103" not in one.host.succeed(f"cat {NETPLAN}")
    assert not pings(one.host, "web", three.address_of("web"))
    assert eventually(lambda: pings(one.host, "web", two.address_of("web")))
