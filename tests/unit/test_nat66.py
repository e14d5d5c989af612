"""What each engine is told where containers have private addresses, and what the host's filter drops."""

from dataclasses import replace

import pytest

from components.container_networks import nat66
from components.container_networks.plan import HostPlan, NetworkWishes
from components.container_networks.registry import plan_host
from components.containers import Container, ContainerNetwork, Port
from components.declared import as_container, declared_container

WEB = Container("web", "lab/web:1", place=1, ports=(Port(80, published=8080), Port(53, "udp", published=53)))
NETWORKS = (ContainerNetwork("front", 1), ContainerNetwork("back", 2))
WISHES = NetworkWishes("nat66", networks=NETWORKS, containers=(WEB,))


@pytest.fixture
def plan() -> HostPlan:
    return plan_host(WISHES, "fd12:3456:789a:1::/64")


def test_each_network_has_a_range_of_the_hosts_own(plan: HostPlan) -> None:
    assert [str(network.subnet) for network in plan.networks] == [
        "fd12:3456:789a:1:0:1::/96",
        "fd12:3456:789a:1:0:2::/96",
    ]
    assert str(plan.containers[0].address) == "fd12:3456:789a:1:0:1:0:2"


@pytest.mark.parametrize(
    ("engine", "settings"),
    [
        (20, {"experimental": True, "ip6tables": True}),
        (26, {"experimental": True, "ip6tables": True}),
        (27, {"ip6tables": True}),
        (28, {"ip6tables": True}),
    ],
)
def test_dockerd_translates(plan: HostPlan, engine: int, settings: dict[str, bool]) -> None:
    assert nat66.daemon_settings(plan, engine) == settings
    assert nat66.refused_settings(engine) == {}


@pytest.mark.parametrize(
    ("engine", "options"),
    [
        (26, {"com.docker.network.bridge.name": "br-front"}),
        (
            27,
            {
                "com.docker.network.bridge.name": "br-front",
                "com.docker.network.bridge.gateway_mode_ipv6": "nat",
            },
        ),
    ],
)
def test_a_network_is_made_for_translation(plan: HostPlan, engine: int, options: dict[str, str]) -> None:
    assert nat66.network_options(plan.networks[0], engine) == options


def test_a_port_is_published_on_the_host_over_both_families() -> None:
    assert [nat66.publish(port, 28) for port in WEB.ports] == ["8080:80/tcp", "53:53/udp"]


def test_a_port_is_written_as_it_is_read() -> None:
    assert as_container(declared_container(WEB)) == WEB


@pytest.mark.parametrize("engine", [20, 26, 28])
def test_only_what_was_translated_comes_in(plan: HostPlan, engine: int) -> None:
    assert nat66.filter_rules(plan, engine) == (
        "ip6 daddr != fd12:3456:789a:1::/64 accept",
        'oifname "compose-*" accept',
        "ct state established,related accept",
        "ct status dnat accept",
        "iifname { br-front, br-back } accept",
        "counter drop",
    )
    assert nat66.docker_filter_rules(plan, engine) == ()


def test_a_network_without_ipv4_needs_engine_28() -> None:
    without = (replace(NETWORKS[0], ipv4=False), NETWORKS[1])
    plan = plan_host(replace(WISHES, networks=without), "fd12:3456:789a:1::/64")
    assert nat66.refusals(plan, 28) == []
    assert nat66.refusals(plan, 26) == [
        "network front: a network without IPv4 needs docker engine 28, and this is 26; leave ipv4 on, or "
        "install a newer engine"
    ]
