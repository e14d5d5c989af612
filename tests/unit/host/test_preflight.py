"""What is said about a host that was there before, from what was found on it."""

from typing import Any

import pytest

from components.host.preflight import FINDINGS
from tests.unit.host.preflight_host import DROP_IN, NO_PING, refused, warned, wishes


def test_nothing_is_said_of_a_host_that_is_well() -> None:
    assert (refused(), warned()) == ([], [])


def test_the_first_target_that_is_an_address_is_pinged_and_the_first_container_asked_for() -> None:
    wished = wishes()
    assert (wished["target"], wished["source"]) == ("2001:db8:ffff::1", "2001:db8:a:101:0:1:0:2")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            {"addresses": ()},
            "address: eth0 has no global IPv6 address; give it a static one first",
        ),
        (
            {"interface": None, "gateway": None},
            "default-route: there is no IPv6 default route; the host must reach the internet over IPv6 first",
        ),
        (
            {"route_protocol": "ra", "accept_ra": "1"},
            "default-route: the kernel learns the default route of eth0 from router advertisements, and "
            "drops it when forwarding is turned on: set net.ipv6.conf.eth0.accept_ra = 2 in /etc/sysctl.d, "
            "or make the route static",
        ),
        (
            {"gateway_answers": False},
            "ping: the gateway 2001:db8:a:100::1 does not answer neighbour solicitation on eth0; see that "
            "the link is up, and that `ip -6 route` names the right gateway",
        ),
        (
            {"ping": False, "pings_back": None},
            NO_PING,
        ),
        (
            {"pings_back": False},
            "route-back: no answer comes back to 2001:db8:a:101:0:1:0:2: nobody routes 2001:db8:a:101::/64 "
            "to this host; add the route on the upstream router: 2001:db8:a:101::/64 via 2001:db8:a:100::11",
        ),
        (
            {"engine": "19.03.15"},
            "engine: docker engine 19.03.15 is older than 20.10, the oldest that can do this; install a "
            "newer one",
        ),
        (
            {"has_docker_unit": False},
            "engine: docker does not run as docker.service: a snap and a rootless docker cannot be "
            "configured here; take it off the host, or install docker as a package in its place",
        ),
        (
            {"flags": {"ipv6": ""}, "flags_file": DROP_IN},
            f'dockerd-flags: --ipv6 in {DROP_IN} stands against "ipv6": true in daemon.json, and dockerd '
            "takes only one; take it out",
        ),
        (
            {"flags": {"b": "br0"}, "flags_file": DROP_IN},
            f"dockerd-flags: -b=br0 in {DROP_IN} stands against the containers' networks (there would be no "
            "docker0); take it out",
        ),
        (
            {"flags": {"config-file": "/srv/docker.json"}, "flags_file": DROP_IN},
            f"dockerd-flags: dockerd reads /srv/docker.json (--config-file in {DROP_IN}), not "
            "/etc/docker/daemon.json; take the flag out",
        ),
        (
            {"daemon_json": {"ipv6": False}},
            "daemon-json: /etc/docker/daemon.json: ipv6 is false, and must be true; take it out",
        ),
        (
            {"daemon_json": {"live-restore": True}, "containers": ("api", "db")},
            "live-restore: live-restore is on, and api, db would run on without the network that they have "
            "now; stop them, or turn live-restore off",
        ),
        (
            {"ufw_forwards": "DROP"},
            "firewall: ufw is active, and its forward policy is DROP: nothing reaches a container; "
            "`ufw default allow routed` leaves that to this program's own filter",
        ),
        (
            {"firewalld": True},
            "firewall: firewalld is active, and rejects what no zone forwards: nothing reaches a container; "
            "disable it, or let your zones forward to the containers, and accept this",
        ),
    ],
)
def test_what_stands_against_it_is_refused_by_name(found: dict[str, Any], message: str) -> None:
    assert refused(**found) == [message]
    assert message.partition(":")[0] in FINDINGS


def test_networks_of_the_user_s_that_would_lose_docker_s_filter_are_refused() -> None:
    networks = ("app", "db")
    assert refused(engine="28.5.2", networks=networks) == [
        'networks: network default-bridge sets "ip6tables": false for all of docker 28.5.2, and the networks '
        "app, db, which are not of this program, have IPv6: docker would no longer translate there nor close "
        "a port; take network routed, or take IPv6 off these networks"
    ]
    assert "networks" in FINDINGS
    assert refused(engine="28.5.2", networks=networks, daemon_json={"ip6tables": False}) == []
    assert refused(engine="26.1.5", networks=networks) == []
    assert refused(wishes("routed"), engine="28.5.2", networks=networks) == []


def test_everything_is_said_at_once() -> None:
    names = [one.partition(":")[0] for one in refused(ping=False, flags={"ipv6": ""}, ufw_forwards="DROP")]
    assert names == ["ping", "dockerd-flags", "firewall"]


def test_what_is_accepted_is_a_warning() -> None:
    accepting = wishes(accept=("firewall",))
    assert refused(accepting, firewalld=True, ping=False) == [NO_PING]
    assert warned(accepting, firewalld=True) == [
        "firewall: firewalld is active, and rejects what no zone forwards: nothing reaches a container; "
        "disable it, or let your zones forward to the containers, and accept this (accepted)"
    ]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            {"addresses": ("2001:db8:a:100::11/128",)},
            "address: 2001:db8:a:100::11/128 is alone on its link: every packet takes the way over "
            "2001:db8:a:100::1",
        ),
        (
            {"containers": ("api", "db")},
            "containers: api, db run already, and stop and start again when docker is restarted",
        ),
        (
            {"ufw_forwards": "ACCEPT"},
            "firewall: ufw is active: its own rules may close what is declared open",
        ),
        (
            {"netplan": None},
            "netplan: netplan is not installed; nothing is needed from it, and the host's network is left "
            "alone",
        ),
    ],
)
def test_what_is_to_be_known_is_a_warning(found: dict[str, Any], message: str) -> None:
    assert (refused(**found), warned(**found)) == ([], [message])


@pytest.mark.parametrize(
    ("way", "back"),
    [
        ("routed", ", nor whether 2001:db8:a:101::/64 is routed to this host"),
        ("static-routes", ""),
    ],
)
def test_what_is_not_tried_for_want_of_a_target_is_a_warning(way: str, back: str) -> None:
    untried = {"target": None, "ping": None, "pings_back": None}
    assert warned(wishes(way, target=None), **untried) == [
        "ping: internetTargets has no address, so it was not tried whether IPv6 leads out of this "
        f"host{back}; give it one that answers pings: `pulumi config set --path 'internetTargets[0]' ADDRESS`"
    ]


@pytest.mark.parametrize("way", ["default-bridge", "routed", "static-routes"])
def test_a_prefix_on_the_link_is_refused_with_what_to_take_instead(way: str) -> None:
    assert refused(wishes(way, "2001:db8:a:100:4000::/66")) == [
        "address: 2001:db8:a:100:4000::/66 lies in 2001:db8:a:100::/64, which is on the link of eth0: the "
        "router asks the link for each address, and nobody answers for a container; take network ndp-proxy, "
        "or a prefix routed to the host"
    ]


def test_a_prefix_on_the_link_is_what_the_proxy_is_for() -> None:
    assert refused(wishes("ndp-proxy", "2001:db8:a:100:4000::/66")) == []


def test_a_prefix_on_the_link_is_told_once_for_each_link() -> None:
    two = ("2001:db8:a:100::11/64", "2001:db8:a:100::12/64")
    assert len(refused(wishes(prefix="2001:db8:a:100:4000::/66"), addresses=two)) == 1


def test_a_prefix_that_holds_addresses_of_the_host_and_the_gateway_is_refused_for_each() -> None:
    two = ("2001:db8:a:100::11/64", "2001:db8:a:100::12/64")
    assert refused(wishes(prefix="2001:db8:a:100::/64"), addresses=two) == [
        "address: 2001:db8:a:100::11, the host's own address, lies in 2001:db8:a:100::/64, which is for "
        "containers; take another prefix",
        "address: 2001:db8:a:100::12, the host's own address, lies in 2001:db8:a:100::/64, which is for "
        "containers; take another prefix",
        "address: the gateway 2001:db8:a:100::1 lies in 2001:db8:a:100::/64, which is for containers; take "
        "another prefix",
    ]


def test_a_host_without_ipv6_is_told_all_that_it_lacks() -> None:
    assert refused(addresses=(), gateway=None, target=None, ping=None, pings_back=None) == [
        "address: eth0 has no global IPv6 address; give it a static one first",
        "default-route: there is no IPv6 default route; the host must reach the internet over IPv6 first",
    ]


@pytest.mark.parametrize("way", ["ndp-proxy", "routed"])
def test_a_prefix_that_holds_the_gateway_is_refused(way: str) -> None:
    wished = wishes(way, "2001:db8:a:100:4000::/66")
    assert refused(wished, addresses=("2001:db8:a:100::11/128",), gateway="2001:db8:a:100:4000::1") == [
        "address: the gateway 2001:db8:a:100:4000::1 lies in 2001:db8:a:100:4000::/66, which is for "
        "containers; take another prefix"
    ]


def test_netplan_is_needed_only_where_routes_are_written() -> None:
    assert refused(wishes(netplan=True), netplan=None) == [
        "netplan: netplan is not installed, and network default-bridge writes routes by it; have "
        "netplan.io configure the host's network, or take network routed with a route upstream"
    ]
    assert refused(wishes(netplan=True), netplan="0.103") == [
        "netplan: netplan 0.103 is too old for network default-bridge, which needs 0.104; upgrade netplan.io"
    ]


@pytest.mark.parametrize(
    ("engine", "forwards", "policy", "is_said"),
    [
        ("26.1.5", True, "ACCEPT", True),
        (None, True, "", True),
        ("26.1.5", True, "DROP", False),
        ("28.5.2", True, "ACCEPT", False),
        (None, False, "", False),
    ],
)
def test_ipv4_that_is_forwarded_without_docker_s_doing_is_told_where_the_engine_leaves_ports_open(
    engine: str | None, forwards: bool, policy: str, is_said: bool
) -> None:
    said = warned(engine=engine, forwards_ipv4=forwards, ipv4_policy=policy)
    assert [line.partition(",")[0] for line in said] == (
        ["ipv4-forwarding: IPv4 forwarding was not turned on by docker"] if is_said else []
    )
