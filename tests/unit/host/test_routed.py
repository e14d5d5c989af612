"""What `routed` writes on a host, engine by engine."""

from dataclasses import replace

import pytest

from components.container_networks.plan import NetworkWishes
from components.container_networks.registry import plan_host
from components.containers import Container, ContainerNetwork, Port
from components.host.facts import HostError
from components.host.render import container_text, docker_text, filter_text
from components.ipaddress_tools import AddressPlanError
from tests.unit.host.host_facts import facts_text

PREFIX = "2001:db8:0:100:1::/80"
FRONT = ContainerNetwork("front", 1, reaches=("back",))
BACK = ContainerNetwork("back", 2, ipv4_subnet="172.30.7.0/24", ipv4_gateway="172.30.7.1")
WEB = Container("web", "lab/web:1", 1, (Port(80),), ("front", "back"))
DB = Container("db", "lab/web:1", 2, (Port(5432),), ("back",))
WISHES = NetworkWishes("routed", (FRONT, BACK), (WEB, DB))


def engine(version: str) -> str:
    return f'{{"engine": "{version}"}}'


def rules(version: str, wishes: NetworkWishes = WISHES) -> list[str]:
    """The rules of both filters."""
    text = filter_text(engine(version), PREFIX, wishes)
    lines = [line.strip() for line in text.splitlines()]
    chain = lines[lines.index("chain forward {") + 2 : lines.index("}")] if "chain forward {" in lines else []
    return chain + [line for line in lines if line.startswith("-A ")]


def test_before_27_the_filter_is_ours() -> None:
    assert rules("26.1.5") == [
        "ct state established,related accept",
        "iifname br-back oifname br-front drop",
        "iifname br-front oifname br-front accept",
        "iifname br-back oifname br-back accept",
        "ip6 daddr != 2001:db8:0:100:1::/80 accept",
        'oifname "compose-*" accept',
        "ct state established,related accept",
        "meta l4proto ipv6-icmp accept",
        "ip6 daddr 2001:db8:0:100:1:2:0:2 tcp dport 80 accept  # web",
        "ip6 daddr 2001:db8:0:100:1:1:0:2 tcp dport 80 accept  # web",
        "ip6 daddr 2001:db8:0:100:1:2:0:3 tcp dport 5432 accept  # db",
        "counter drop",
    ]


NOT_ON_DOCKER0 = "oifname docker0 ip6 daddr 2001:db8:0:100:1::/80 ct state new drop"
ISOLATION = ["ct state established,related accept", "iifname br-back oifname br-front drop"]
OF_WEB = [
    "-A DUALSTACK -d 2001:db8:0:100:1:2:0:2 -p tcp --dport 80 -j ACCEPT",
    "-A DUALSTACK -d 2001:db8:0:100:1:1:0:2 -p tcp --dport 80 -j ACCEPT",
]


def test_27_is_told_to_let_pings_and_declared_ports_in() -> None:
    assert rules("27.5.1") == [
        NOT_ON_DOCKER0,
        *ISOLATION,
        "-A DUALSTACK -d 2001:db8:0:100:1:1::/96 -p ipv6-icmp -j ACCEPT",
        "-A DUALSTACK -d 2001:db8:0:100:1:2::/96 -p ipv6-icmp -j ACCEPT",
        *OF_WEB,
        "-A DUALSTACK -d 2001:db8:0:100:1:2:0:3 -p tcp --dport 5432 -j ACCEPT",
    ]


def test_28_is_told_of_containers_on_several_networks_alone() -> None:
    assert rules("28.5.2") == [NOT_ON_DOCKER0, *ISOLATION, *OF_WEB]
    one = replace(WISHES, networks=(), containers=(replace(WEB, networks=()),))
    assert rules("28.5.2", one) == [NOT_ON_DOCKER0]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("26.1.5", ISOLATION),
        (
            "28.5.2",
            [
                *ISOLATION,
                "-A DUALSTACK -d 2001:db8:0:100:1:1::/96 -j ACCEPT",
                "-A DUALSTACK -d 2001:db8:0:100:1:2::/96 -j ACCEPT",
            ],
        ),
    ],
)
def test_open_to_all_leaves_isolation(version: str, expected: list[str]) -> None:
    assert rules(version, replace(WISHES, open="all")) == expected


def test_the_files_of_the_networks() -> None:
    text = docker_text(facts_text(), engine("28.5.2"), PREFIX, WISHES)
    assert text.split("=== /etc/dualstack/docker ")[1] == (
        "0644 root:root\n"
        "bridge=\n"
        "=== /etc/dualstack/networks/front 0644 root:root\n"
        "ipv6=2001:db8:0:100:1:1::/96\n"
        "ipv6_gateway=2001:db8:0:100:1:1:0:1\n"
        "ipv6_range=2001:db8:0:100:1:1:8000:0/97\n"
        "option=com.docker.network.bridge.gateway_mode_ipv6=routed\n"
        "option=com.docker.network.bridge.name=br-front\n"
        "=== /etc/dualstack/networks/back 0644 root:root\n"
        "ipv6=2001:db8:0:100:1:2::/96\n"
        "ipv6_gateway=2001:db8:0:100:1:2:0:1\n"
        "ipv6_range=2001:db8:0:100:1:2:8000:0/97\n"
        "ipv4=172.30.7.0/24\n"
        "ipv4_gateway=172.30.7.1\n"
        "option=com.docker.network.bridge.gateway_mode_ipv6=routed\n"
        "option=com.docker.network.bridge.name=br-back\n"
        "=== end\n"
    )


def test_a_container_s_first_address_is_on_the_network_that_docker_routes_by() -> None:
    lines = container_text("28.5.2", PREFIX, WISHES, "web").splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("network=")] == [
        ["network=back", "2001:db8:0:100:1:2:0:2"],
        ["network=front", "2001:db8:0:100:1:1:0:2"],
    ]
    assert "publish=[::]::80/tcp" in lines


def test_a_block_is_too_small_to_keep_automatic_addresses_apart() -> None:
    text = docker_text(
        facts_text(), engine("26.1.5"), "2001:db8:0:100::8/126", NetworkWishes("routed", (), (WEB_ALONE,))
    )
    assert "ipv6=2001:db8:0:100::8/126\n" in text
    assert "ipv6_range" not in text


WEB_ALONE = replace(WEB, networks=())


def test_a_network_without_ipv4_is_refused_before_28() -> None:
    wishes = NetworkWishes("routed", (ContainerNetwork("only", 1, ipv4=False),))
    with pytest.raises(
        HostError, match="network only: a network without IPv4 needs docker engine 28, and th"
    ):
        docker_text(facts_text(), engine("27.5.1"), PREFIX, wishes)
    assert "\nipv4=none\n" in docker_text(facts_text(), engine("28.5.2"), PREFIX, wishes)


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        (
            (
                ContainerNetwork("one", 1),
                ContainerNetwork("two", 2, ipv6_subnet="2001:db8:0:100:1:1:8000:0/97"),
            ),
            "networks one .* and two .* overlap; give each a number of its own",
        ),
        (
            (ContainerNetwork("one", 1, ipv6_subnet="2001:db8:0:100:2::/96"),),
            "network one: ipv6 subnet 2001:db8:0:100:2::/96 is outside the host.s prefix 2001:db8:0:100:1::/",
        ),
        (
            (ContainerNetwork("one", 1, ipv6_gateway="2001:db8:0:100:1:2::1"),),
            "network one: ipv6 gateway 2001:db8:0:100:1:2:0:1 is no host.s address in 2001:db8:0:100:1:1::/",
        ),
        (
            (ContainerNetwork("one", 1, ipv6_gateway="2001:db8:0:100:1:1:0:2"),),
            "container web: place 1 of network one is 2001:db8:0:100:1:1:0:2, its gateway; declare another",
        ),
    ],
)
def test_what_does_not_fit_is_refused(networks: tuple[ContainerNetwork, ...], message: str) -> None:
    with pytest.raises(AddressPlanError, match=message):
        plan_host(NetworkWishes("routed", networks, (WEB_ALONE,)), PREFIX)


def test_a_container_on_a_network_that_the_host_has_not_is_refused_by_name() -> None:
    stray = Container("web", "lab/web:1", place=1, networks=("font",))
    with pytest.raises(
        AddressPlanError, match="container web: 'font' is no network of this host; it has front"
    ):
        plan_host(NetworkWishes("routed", (ContainerNetwork("front"),), (stray,)), "2001:db8:0:100:1::/80")
