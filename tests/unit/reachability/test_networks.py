"""What the check tries where hosts have networks of their own, and where containers are behind the host."""

import json
from typing import Any

import pytest

from components.container_networks.registry import WAYS
from components.reachability_check.evaluate import evaluate
from components.reachability_check.observations import (
    FoundBridge,
    FoundContainer,
    FoundHost,
    Observations,
    Result,
)
from components.reachability_check.parties import parties
from components.reachability_check.probes import Probe, plan
from components.reachability_check.wanted import Wanted, parse

NETWORKS = [
    {"name": "front", "number": 1, "reaches": ["middle"]},
    {"name": "middle", "number": 2},
    {"name": "back", "number": 3},
]
PREFIX = "2001:db8:0:100:1::/80"
WEB, API, STORE = (f"2001:db8:0:100:1:{number}:0:{last}" for number, last in ((1, 2), (2, 3), (3, 4)))


def one_host() -> Wanted:
    containers = [
        {"name": "web", "image": "web", "place": 1, "ports": ["80/tcp"], "networks": ["front"]},
        {"name": "api", "image": "web", "place": 2, "ports": ["80/tcp"], "networks": ["middle", "back"]},
        {"name": "store", "image": "web", "place": 3, "ports": [], "networks": ["back"]},
    ]
    return wanted({"network": "routed", "networks": NETWORKS, "prefix": PREFIX, "containers": containers})


def wanted(*hosts: dict[str, Any]) -> Wanted:
    entries = [
        {
            "name": f"host-{number}",
            "instance": f"i-{number}",
            "address": f"2001:db8:0:100::{number}:{number}",
            "gateway": "fe80:ec2::1",
            "ssh_address": f"2001:db8:0:100::{number}:{number}",
            "host_key": "ssh-ed25519 AAAA",
            "open": "declared",
            "networks": [],
            **host,
        }
        for number, host in enumerate(hosts, start=1)
    ]
    return parse(
        json.dumps(
            {
                "hosts": entries,
                "ssh": {"user": "debian", "port": 22, "proxy": None},
                "internet_targets": ["http://[2001:db8:ffff::1]/"],
            }
        )
    )


def as_planned(fleet: Wanted) -> dict[str, FoundHost]:
    return {
        host.name: FoundHost(
            nic="ens5",
            gateway="fe80:ec2::1",
            nic_addresses=(f"{host.address}/64",),
            bridges={
                network.device: FoundBridge((f"{network.gateway}/{network.subnet.prefixlen}",))
                for network in host.plan.networks
            },
            forwarding=True,
            containers=tuple(
                FoundContainer(
                    one.name,
                    100,
                    tuple((name, str(address)) for name, address in one.addresses),
                    ("02:42:ac:11:00:02",),
                    (),
                )
                for one in host.plan.containers
            ),
        )
        for host in fleet.hosts
    }


def probes(fleet: Wanted) -> list[Probe]:
    return plan(fleet, parties(fleet, as_planned(fleet)), "run")


def tries(fleet: Wanted, origin: str) -> list[str]:
    return [
        f"{one.kind} {one.target.name} {one.address}{f' {one.port}' if one.port else ''}"
        for one in probes(fleet)
        if one.origin.name == origin and "host-" in one.target.name
    ]


def test_containers_meet_on_a_network_that_both_are_on() -> None:
    assert "ping host-1/api 2001:db8:0:100:1:3:0:3" in tries(one_host(), "host-1/store")
    assert "ping host-1/store 2001:db8:0:100:1:3:0:4" in tries(one_host(), "host-1/api")


def test_a_network_that_reaches_another_does_so_in_one_direction() -> None:
    assert tries(one_host(), "host-1/web") == [
        "ping host-1 2001:db8:0:100::1:1",
        f"ping host-1/api {API}",
        f"tcp host-1/api {API} 80",
        f"silent host-1/store {STORE}",
    ]
    assert tries(one_host(), "host-1/api")[1:3] == [f"silent host-1/web {WEB}", f"closed host-1/web {WEB} 80"]


def the_probe(fleet: Wanted, kind: str, origin: str, target: str) -> Probe:
    (one,) = [
        one for one in probes(fleet) if (one.kind, one.origin.name, one.target.name) == (kind, origin, target)
    ]
    return one


@pytest.mark.parametrize(
    ("kind", "result", "text", "failure"),
    [
        ("silent", {"ok": False, "error": "no answer"}, "closed", None),
        ("silent", {"ok": True}, "open", "filter: answers, on a network that is isolated from this one"),
        ("closed", {"ok": False, "error": "no answer"}, "closed", None),
        ("closed", {"ok": False, "error": "no route to host"}, "closed", None),
        (
            "closed",
            {"ok": False, "error": "connection refused"},
            "open",
            "filter: port 80, on a network that is isolated from this one, answers: connection refused",
        ),
        (
            "closed",
            {"ok": True},
            "open",
            "filter: port 80, on a network that is isolated from this one, answers: it accepts connections",
        ),
    ],
)
def test_what_answers_from_an_isolated_network_is_a_failure(
    kind: str, result: dict[str, Any], text: str, failure: str | None
) -> None:
    fleet = one_host()
    probe = the_probe(fleet, kind, "host-1/api", "host-1/web")
    seen = Observations(as_planned(fleet), {probe.key: Result(probe.key, **result)})
    (verdict,) = evaluate([probe], seen)
    assert (verdict.text, verdict.failure) == (text, failure)


def test_containers_seen_with_the_host_s_address_are_tried_on_published_ports_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(WAYS["routed"], "TRANSLATED", True)
    containers = [{"name": "web", "image": "web", "place": 1, "ports": ["8080:80/tcp"]}]
    host = {"network": "routed", "containers": containers}
    fleet = wanted({**host, "prefix": "fd00:db8:0:1::/64"}, {**host, "prefix": "fd00:db8:0:2::/64"})
    assert tries(fleet, "host-1/web") == [
        "ping host-1 2001:db8:0:100::1:1",
        "ping host-2 2001:db8:0:100::2:2",
        "tcp host-2/web 2001:db8:0:100::2:2 8080",
    ]
    assert tries(fleet, "host-1") == ["ping host-1/web fd00:db8:0:1:0:1:0:2"]
    assert tries(fleet, "outside") == [
        "tcp host-1/web 2001:db8:0:100::1:1 8080",
        "tcp host-2/web 2001:db8:0:100::2:2 8080",
    ]


@pytest.mark.parametrize(
    ("body", "seen", "failed"),
    [
        ("2001:db8:0:100::1:1", "host's address", False),
        ("fd00:db8:0:1:0:1:0:2", "fd00:db8:0:1:0:1:0:2", True),
    ],
)
def test_a_translated_container_must_be_seen_with_the_host_s_address(
    monkeypatch: pytest.MonkeyPatch, body: str, seen: str, *, failed: bool
) -> None:
    monkeypatch.setattr(WAYS["routed"], "TRANSLATED", True)
    container = {"name": "web", "image": "web", "place": 1, "ports": []}
    fleet = wanted({"network": "routed", "prefix": "fd00:db8:0:1::/64", "containers": [container]})
    probe = the_probe(fleet, "http", "host-1/web", "http://[2001:db8:ffff::1]/")
    observed = Observations(as_planned(fleet), {probe.key: Result(probe.key, ok=True, body=body)})
    (verdict,) = evaluate([probe], observed)
    assert (verdict.seen, verdict.failure is not None) == (seen, failed)
