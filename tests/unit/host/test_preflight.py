"""What is said about a host that was there before, from what was found on it."""

import json
import socket
import struct
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.container_networks.plan import NetworkWishes
from components.containers import Container
from components.host.preflight import FINDINGS, preflight_text
from tests.unit.host.test_host_files import script

rules = script("preflight_rules")
preflight = script("preflight")

PREFIX = "2001:db8:a:101::/64"
WEB = Container("web", "lab/web:1", place=1)


def wishes(way: str = "default-bridge", prefix: str = PREFIX, **more: Any) -> dict[str, Any]:
    text = preflight_text(
        prefix,
        wishes=NetworkWishes(way, containers=(WEB,)),
        interface=None,
        internet_targets=("http://internet.example/", "2001:db8:ffff::1"),
        accept=more.pop("accept", ()),
    )
    return {**json.loads(text), **more}


WELL = rules.Found(
    interface="eth0",
    addresses=("2001:db8:a:100::11/64",),
    gateway="2001:db8:a:100::1",
    gateway_answers=True,
    route_protocol="static",
    accept_ra="0",
    target="2001:db8:ffff::1",
    ping=True,
    pings_back=True,
    engine="26.1.5",
    has_docker_unit=True,
    flags={"H": "fd://"},
    flags_file="/usr/lib/systemd/system/docker.service",
    daemon_json={},
    containers=(),
    networks=(),
    ufw_forwards=None,
    firewalld=False,
    netplan="1.1.2",
    forwards_ipv4=True,
    ipv4_policy="DROP",
)
DROP_IN = "/etc/systemd/system/docker.service.d/flags.conf"
NO_PING = (
    "ping: no answer from 2001:db8:ffff::1: IPv6 does not lead out of this host; mend that first, or set "
    "internetTargets to an address that answers pings"
)


def refused(wished: dict[str, Any] | None = None, **found: Any) -> list[str]:
    refusals, _ = rules.judge(replace(WELL, **found), wished or wishes())
    return [f"{one.name}: {one.text}" for one in refusals]


def warned(wished: dict[str, Any] | None = None, **found: Any) -> list[str]:
    _, warnings = rules.judge(replace(WELL, **found), wished or wishes())
    return [f"{one.name}: {one.text}" for one in warnings]


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


def test_docker0_and_the_program_s_own_networks_are_no_networks_of_the_user_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ours").mkdir()
    listed = (
        "bridge\ttrue\t\t\n"
        "web\ttrue\t\t\n"
        "four\tfalse\t\t\n"
        "containers\ttrue\t0123456789ab\t\n"
        "ours_default\ttrue\t\tours\n"
        "theirs_default\ttrue\t\ttheirs\n"
    )
    monkeypatch.setattr(preflight, "output", lambda *argv: listed)
    monkeypatch.setattr(preflight, "APPS", tmp_path)
    assert preflight.ipv6_networks() == ["theirs_default", "web"]


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


def test_what_an_engine_needs_is_asked_of_it_alone() -> None:
    """From 27 on daemon.json gets `ip6tables`, which before is a key that nobody may set."""
    flags = {"ip6tables": "true"}
    (old,) = refused(engine="26.1.5", flags=flags)
    (new,) = refused(engine="28.5.2", flags=flags)
    assert "the containers' networks (containers would be seen with the host's address)" in old
    assert '"ip6tables": false in daemon.json' in new
    assert refused(engine="28.5.2", daemon_json={"ip6tables": False}) == []


NO_ANSWERS = (
    "from docker engine 28.2 on containers on docker0 get no answers then; take it out, and for containers "
    "that are seen with their own addresses use network routed"
)


def test_what_the_engine_cannot_do_of_daemon_json_is_refused_before_anything_is_changed() -> None:
    assert refused(engine="28.5.2", daemon_json={"ip-masq": False}) == [
        f"daemon-json: /etc/docker/daemon.json: ip-masq is false: {NO_ANSWERS}"
    ]
    assert refused(engine="28.1.1", daemon_json={"ip-masq": False}) == []
    assert refused(engine=None, daemon_json={"ip-masq": False}) == []


@pytest.mark.parametrize("value", ["false", "0", "F"])
def test_what_the_engine_cannot_do_of_its_flags_is_refused_too(value: str) -> None:
    found = {"flags": {"ip-masq": value}, "flags_file": DROP_IN}
    assert refused(engine="28.5.2", **found) == [
        f"dockerd-flags: --ip-masq={value} in {DROP_IN}: {NO_ANSWERS}"
    ]
    assert refused(engine="28.1.1", **found) == []


def test_a_flag_that_is_on_is_none_that_the_engine_cannot_do() -> None:
    for value in ("", "true", "1"):
        assert refused(engine="28.5.2", flags={"ip-masq": value}) == []


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        ({"default-address-pool": "base=fd00:1::/64,size=96"}, ["dockerd-flags"]),
        ({"default-address-pool": "base=172.20.0.0/16,size=24"}, []),
        ({"firewall-backend": "nftables"}, ["dockerd-flags"]),
    ],
)
def test_pools_and_the_firewall_s_backend_are_looked_for_among_the_flags(
    flags: dict[str, str], names: list[str]
) -> None:
    assert [one.partition(":")[0] for one in refused(wishes("routed"), flags=flags)] == names


def test_a_key_that_the_way_refuses_is_told_once() -> None:
    assert refused(engine="26.1.5", daemon_json={"ip6tables": True}) == [
        "daemon-json: /etc/docker/daemon.json: ip6tables is true: containers would be seen with the host's "
        "address; take it out"
    ]
    assert len(refused(engine="26.1.5", flags={"ip6tables": ""})) == 1


def test_a_host_without_docker_has_no_engine_to_refuse() -> None:
    assert refused(engine=None, has_docker_unit=False, flags={}) == []


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


UNIT = """\
# /usr/lib/systemd/system/docker.service
[Service]
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// \\
    --containerd=/run/containerd/containerd.sock $DOCKER_OPTS

"""


def test_flags_are_read_from_the_unit_with_its_variables() -> None:
    assert preflight.flags_of(UNIT, {"DOCKER_OPTS": "--ipv6 --fixed-cidr-v6 2001:db8::/64"}) == (
        {
            "H": "fd://",
            "containerd": "/run/containerd/containerd.sock",
            "ipv6": "",
            "fixed-cidr-v6": "2001:db8::/64",
        },
        "/usr/lib/systemd/system/docker.service",
    )


def test_the_last_command_line_counts() -> None:
    drop_in = f"# {DROP_IN}\n[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd --ipv6\n"
    assert preflight.flags_of(UNIT + drop_in, {}) == ({"ipv6": ""}, DROP_IN)


SOURCE = "2001:db8:a:101::2"


def echo_reply(identifier: int) -> bytes:
    addresses = socket.inet_pton(socket.AF_INET6, "2001:db8:ffff::1") + socket.inet_pton(
        socket.AF_INET6, SOURCE
    )
    header = struct.pack("!IHBB", 0x60000000, 8, socket.IPPROTO_ICMPV6, 64)
    return header + addresses + struct.pack("!BBHHH", 129, 0, 0, identifier, 1)


def hears(*packets: bytes, seconds: float = 0.0) -> bool:
    """Whether the answer to ping 7 is heard on a wire with these packets, within so many seconds from now."""
    wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with wire, far:
        for packet in packets:
            far.send(packet)
        return preflight.hears(wire, SOURCE, 7, time.monotonic() + seconds)


def test_an_answer_that_came_in_time_is_heard_by_who_had_to_stand_still_for_longer() -> None:
    assert hears(echo_reply(8), echo_reply(7), seconds=-5)
    assert not hears(echo_reply(8), seconds=-5)
    assert not hears(seconds=0.1)


def test_a_wire_on_which_there_is_no_end_of_packets_is_left() -> None:
    wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with wire, far:
        far.send(echo_reply(8))
        others = 0
        for packet in preflight.passing(wire, time.monotonic() - 1):
            far.send(packet)
            others += 1
    assert others == preflight.MOST_QUEUED


def test_a_gateway_may_take_a_second_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = iter(["", "fe80::1 dev eth0 INCOMPLETE", "fe80::1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE"])
    monkeypatch.setattr(preflight, "output", lambda *argv: next(shown) if "show" in argv else "")
    assert preflight.gateway_answers("lo", "fe80::dead")


def test_a_host_is_out_of_reach_when_no_ping_is_answered_for_some_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = iter([1, 1, 0])

    def run(*_: Any, **__: Any) -> Any:
        return subprocess.CompletedProcess((), next(codes))

    monkeypatch.setattr(preflight.subprocess, "run", run)
    assert preflight.pings("2001:db8:ffff::1")
    codes = iter([1, 1, 1])
    assert not preflight.pings("2001:db8:ffff::1")
