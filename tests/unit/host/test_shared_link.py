"""What the ways for a plain shared link give a host: routes, and the service that answers for its prefix."""

from ipaddress import IPv6Address, IPv6Network

import pytest

from components.container_networks.neighbours import Neighbour, Route, host_routes, steps_of
from components.container_networks.plan import NetworkWishes
from components.containers import Container, ContainerNetwork
from components.host.facts import HostError
from components.host.render import ndp_proxy_text, routes_text
from components.host.steps import scripts_bundle
from tests.unit.host.host_facts import facts_text

OWN = IPv6Network("2001:db8:a:101::/64")
TWO = Neighbour("two", IPv6Network("2001:db8:a:102::/64"), IPv6Address("2001:db8:a:100::12"))
THREE = Neighbour("three", IPv6Network("2001:db8:a:103::/64"), IPv6Address("fe80::3"))
QUARTER = "2001:db8:a:100:8000::/66"
WISHES = NetworkWishes(
    "ndp-proxy",
    networks=(ContainerNetwork(ipv6_subnet=QUARTER),),
    containers=(Container("web", "lab/web:1", place=1), Container("api", "lab/web:1", place=2)),
)


def test_a_host_has_a_route_to_each_neighbour_and_none_to_itself() -> None:
    itself = Neighbour("one", OWN, IPv6Address("2001:db8:a:100::11"))
    assert host_routes(OWN, [THREE, itself, TWO]) == (
        Route(OWN, None),
        Route(TWO.prefix, TWO.next_hop),
        Route(THREE.prefix, THREE.next_hop),
    )


def test_the_routes_stand_in_a_netplan_file_of_their_own() -> None:
    assert routes_text(facts_text(), str(OWN), [TWO, THREE]) == (
        "=== /etc/netplan/70-dualstack-routes.yaml 0600 root:root\n"
        "# Written by dualstack: routes to containers, beside what other files say.\n"
        "network:\n"
        "  version: 2\n"
        "  ethernets:\n"
        "    ens5:\n"
        "      routes:\n"
        "      - to: 2001:db8:a:101::/64\n"
        "        type: unreachable\n"
        "      - to: 2001:db8:a:102::/64\n"
        "        via: 2001:db8:a:100::12\n"
        "      - to: 2001:db8:a:103::/64\n"
        "        via: fe80::3\n"
        "=== /etc/dualstack/routes 0644 root:root\n"
        "interface=ens5\n"
        "route=2001:db8:a:101::/64 unreachable\n"
        "route=2001:db8:a:102::/64 via 2001:db8:a:100::12\n"
        "route=2001:db8:a:103::/64 via fe80::3\n"
        "=== end\n"
    )


@pytest.mark.parametrize("facts", [facts_text(netplan=None), facts_text(nic_netplan_id=None)])
def test_routes_need_a_host_whose_network_is_netplan_s(facts: str) -> None:
    with pytest.raises(HostError) as refused:
        routes_text(facts, str(OWN), [])
    assert str(refused.value) == (
        "netplan does not configure ens5 on this host, and routes that last must be in its files; use a host "
        "whose network is netplan's"
    )


def test_the_proxy_answers_for_the_prefix_and_listens_for_the_declared_containers() -> None:
    text = ndp_proxy_text(facts_text(), QUARTER, WISHES)
    assert text.startswith("=== /etc/systemd/system/dualstack-ndp-proxy.service 0644 root:root\n")
    assert (
        f"ExecStart=/usr/bin/python3 /usr/local/lib/dualstack/{scripts_bundle()[1]}/ndp_proxy.py ens5 "
        f"{QUARTER} 2001:db8:a:100:8000::2 2001:db8:a:100:8000::3\n"
    ) in text


def test_the_proxy_does_not_answer_for_the_host_s_own_address() -> None:
    facts = facts_text(addresses=["2001:db8:a:100:8000::11/64"])
    with pytest.raises(HostError) as refused:
        ndp_proxy_text(facts, QUARTER, WISHES)
    assert str(refused.value) == (
        "prefix 2001:db8:a:100:8000::/66 holds the host's own address 2001:db8:a:100:8000::11; give a part "
        "of the link's prefix 2001:db8:a:100::/64 that nobody else uses"
    )


def test_the_proxy_does_not_answer_for_the_router() -> None:
    facts = facts_text(addresses=["2001:db8:a:100::11/64"], gateway="2001:db8:a:100:8000::1")
    with pytest.raises(HostError) as refused:
        ndp_proxy_text(facts, QUARTER, WISHES)
    assert str(refused.value) == (
        "prefix 2001:db8:a:100:8000::/66 holds the router's address 2001:db8:a:100:8000::1, and the host "
        "would answer for it; give a part of the link's prefix that nobody else uses"
    )


def test_the_proxy_is_for_a_part_of_the_link_s_own_prefix() -> None:
    facts = facts_text(addresses=["2001:db8:a:200::11/64"])
    with pytest.raises(HostError) as refused:
        ndp_proxy_text(facts, QUARTER, WISHES)
    assert str(refused.value) == (
        "prefix 2001:db8:a:100:8000::/66 is no part of the link's (ens5 has 2001:db8:a:200::11/64), so "
        "neighbours do not ask for it; take network static-routes, or routed with a route upstream"
    )


def test_a_quarter_of_the_link_s_prefix_is_what_it_is_for() -> None:
    facts = facts_text(addresses=["2001:db8:a:100::11/64"])
    assert ndp_proxy_text(facts, QUARTER, WISHES) == ndp_proxy_text(facts_text(), QUARTER, WISHES)


def test_only_the_ways_for_a_shared_link_have_further_steps() -> None:
    assert [steps_of(way) for way in ("ndp-proxy", "static-routes", "routed", "default-bridge")] == [
        ("routes", "ndp-proxy"),
        ("routes",),
        (),
        (),
    ]
