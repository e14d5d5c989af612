"""What the check tries of Compose projects: their services beside the hosts and the declared containers."""

from typing import Any

import pytest

from components.compose.outline import from_outline, outline
from components.compose.plan import plan_app
from components.compose_app import as_app
from components.reachability_check.evaluate import container_failures, evaluate
from components.reachability_check.observations import FoundContainer, FoundHost, Observations, Result
from components.reachability_check.parties import Party, parties
from components.reachability_check.probes import Probe, plan
from components.reachability_check.wanted import Wanted
from tests.unit.reachability.test_networks import PREFIX, as_planned, wanted

COMPOSE = """\
services:
  web: {image: web, ports: ["8080:80", "127.0.0.1:81:81", "53:53/udp"], networks: [front, back]}
  api: {image: web, ports: ["80"], networks: [back]}
  db: {image: web, networks: [store]}
  many: {image: web, deploy: {replicas: 2}, networks: [front]}
networks:
  front: {}
  back: {name: "${TAG:-other}"}
  store: {internal: true}
"""
SHOP: dict[str, Any] = {
    "name": "shop",
    "compose": COMPOSE,
    "networks": {"front": 2, "back": 3, "store": 4},
    "places": {"db": 7},
}
OTHER_PREFIX = "2001:db8:0:100:2::/80"
BASE = "2001:db8:0:100:1"
WEB, API, DB = f"{BASE}:3:0:2", f"{BASE}:3:0:3", f"{BASE}:4:0:8"


def fleet(network: str = "routed", prefix: str = PREFIX, **more: Any) -> Wanted:
    """A host with the project and a container beside it, and another host with a container."""
    container = {"image": "web", "place": 1, "ports": ["80/tcp"]}
    return wanted(
        {
            "network": network,
            "prefix": prefix,
            "containers": [{"name": "own", **container}],
            "apps": [outline(as_app(SHOP))],  # type: ignore[arg-type]
            **more,
        },
        {
            "network": "routed",
            "prefix": "2001:db8:0:100:2::/80",
            "containers": [{"name": "far", **container}],
        },
    )


def found(fleet: Wanted) -> dict[str, FoundHost]:
    """All as it is planned, and one container more of the service that has two."""
    hosts = as_planned(fleet)
    (app,) = fleet.hosts[0].apps
    services = [
        FoundContainer(one.name, 100, tuple(sorted((name, str(at)) for name, at in one.addresses)), (), ())
        for one in app.services
    ]
    second = FoundContainer("shop-many-2", 100, (("shop_front", f"{BASE}:2:8000:1"),), (), ())
    first = hosts["host-1"]
    containers = (*first.containers, *services, second)
    return {**hosts, "host-1": FoundHost(**{**vars(first), "containers": containers})}


def probes(fleet: Wanted) -> list[Probe]:
    return plan(fleet, parties(fleet, found(fleet)), "run")


def tries(fleet: Wanted, origin: str, target: str = "host-1/shop-") -> list[str]:
    """Such as `tcp shop-web-1 ADDRESS 80`."""
    return [
        " ".join([one.kind, one.target.container or "", one.address, *([str(one.port)] if one.port else [])])
        for one in probes(fleet)
        if one.origin.name == origin and one.target.name.startswith(target)
    ]


def test_an_outline_has_the_same_addresses_and_ports_as_the_project() -> None:
    app = as_app(SHOP)  # type: ignore[arg-type]
    prefix = fleet().hosts[0].plan.prefix
    assert plan_app(from_outline(outline(app)), prefix, "routed") == plan_app(app, prefix, "routed")


def test_of_a_range_of_ports_nobody_need_listen_on_any() -> None:
    compose = COMPOSE.replace('"8080:80"', '"8000-8001:8000-8001", "8080:80"')
    hosts = fleet(apps=[outline(as_app({**SHOP, "compose": compose}))])  # type: ignore[typeddict-item]
    assert tries(hosts, "outside")[:2] == [f"tcp shop-web-1 {WEB} 80", f"closed shop-web-1 {WEB} 9"]


def test_services_come_after_the_declared_containers_and_before_what_is_run_by_hand() -> None:
    everybody = parties(fleet(), found(fleet()))
    assert [(party.name, party.address) for party in everybody] == [
        ("host-1", "2001:db8:0:100::1:1"),
        ("host-1/own", f"{BASE}:1:0:2"),
        ("host-1/shop-web-1", WEB),
        ("host-1/shop-api-1", API),
        ("host-1/shop-db-1", DB),
        ("host-1/shop-many-2", f"{BASE}:2:8000:1"),
        ("host-2", "2001:db8:0:100::2:2"),
        ("host-2/far", "2001:db8:0:100:2:1:0:2"),
    ]


def test_a_service_that_has_ended_is_not_missed() -> None:
    hosts = found(fleet())
    first = hosts["host-1"]
    left = tuple(one for one in first.containers if one.name != "shop-api-1")
    hosts["host-1"] = FoundHost(**{**vars(first), "containers": left})
    everybody = parties(fleet(), hosts)
    assert "host-1/shop-api-1" not in [party.name for party in everybody]
    assert list(container_failures(everybody, hosts)) == []


def test_a_service_with_another_address_than_planned_is_a_failure() -> None:
    hosts = found(fleet())
    first = hosts["host-1"]
    moved = FoundContainer("shop-db-1", 100, (("shop_store", f"{BASE}:4:0:9"),), (), ())
    left = tuple(one for one in first.containers if one.name != "shop-db-1")
    hosts["host-1"] = FoundHost(**{**vars(first), "containers": (*left, moved)})
    assert list(container_failures(parties(fleet(), hosts), hosts)) == [
        f"host-1/shop-db-1: has the address {BASE}:4:0:9, planned was {DB}"
    ]


def test_a_container_of_another_host_tries_each_service_and_the_ports_that_are_open_over_ipv6() -> None:
    assert tries(fleet(), "host-2/far") == [
        f"ping shop-web-1 {WEB}",
        f"tcp shop-web-1 {WEB} 80",
        f"ping shop-api-1 {API}",
        f"tcp shop-api-1 {API} 80",
        f"silent shop-db-1 {DB}",
        f"ping shop-many-2 {BASE}:2:8000:1",
    ]


def test_the_internet_tries_open_ports_one_that_is_not_and_those_of_no_internal_network() -> None:
    assert tries(fleet(), "outside") == [
        f"tcp shop-web-1 {WEB} 80",
        f"closed shop-web-1 {WEB} 9",
        f"tcp shop-api-1 {API} 80",
        f"closed shop-api-1 {API} 9",
    ]


def test_services_meet_on_a_network_that_both_are_on_and_on_no_other() -> None:
    assert tries(fleet(), "host-1/shop-api-1") == [
        f"ping shop-web-1 {WEB}",
        f"tcp shop-web-1 {WEB} 80",
        f"silent shop-db-1 {DB}",
        f"silent shop-many-2 {BASE}:2:8000:1",
    ]
    assert tries(fleet(), "host-1/shop-web-1")[-1] == f"ping shop-many-2 {BASE}:2:8000:1"


def test_of_a_project_and_the_rest_of_its_host_only_what_is_internal_is_promised_to_be_isolated() -> None:
    """Others may ping each other, and reach each other's published ports."""
    assert tries(fleet(), "host-1/own") == [f"silent shop-db-1 {DB}"]
    assert tries(fleet(), "host-1/shop-web-1", "host-1/own") == []
    assert tries(fleet(), "host-1/shop-db-1", "host-1/own") == [
        f"silent own {BASE}:1:0:2",
        f"closed own {BASE}:1:0:2 80",
    ]


def test_a_service_on_internal_networks_alone_reaches_nobody_and_only_its_host_reaches_it() -> None:
    tried = [(one.kind, one.target.name) for one in probes(fleet()) if one.origin.name == "host-1/shop-db-1"]
    assert {kind for kind, _ in tried} == {"silent", "closed"}
    assert ("silent", "host-2") in tried
    assert "host-1" not in [name for _, name in tried]
    assert f"ping shop-db-1 {DB}" in tries(fleet(), "host-1")


def test_behind_a_translation_services_are_tried_on_the_published_ports_of_their_host() -> None:
    hosts = fleet("nat66", "fd00:0:0:1::/64")
    own = "2001:db8:0:100::1:1"
    assert tries(hosts, "host-2/far") == [
        f"tcp shop-web-1 {own} 8080",
        "silent shop-db-1 fd00::1:0:4:0:8",
    ]
    assert tries(hosts, "outside") == [f"tcp shop-web-1 {own} 8080"]


@pytest.mark.parametrize(
    ("kind", "ports", "failure"),
    [
        ("closed", ["80"], "filter: port 80, on a network that is isolated from this one, answers: "),
        ("silent", [], "filter: answers, on a network that is isolated from this one"),
    ],
)
def test_an_internal_network_that_answers_is_a_failure(kind: str, ports: list[str], failure: str) -> None:
    compose = COMPOSE.replace("db: {image: web,", f"db: {{image: web, ports: {ports},".replace("'", '"'))
    hosts = fleet(apps=[outline(as_app({**SHOP, "compose": compose}))])  # type: ignore[typeddict-item]
    (probe,) = [
        one
        for one in probes(hosts)
        if (one.kind, one.target.name) == (kind, "host-1/shop-db-1")
        and one.origin.name == ("outside" if kind == "closed" else "host-2/far")
    ]
    observations = Observations(found(hosts), {probe.key: Result(probe.key, ok=True)})
    (verdict,) = evaluate([probe], observations)
    assert (verdict.text, (verdict.failure or "").startswith(failure)) == ("open", True), verdict.failure


def test_a_party_of_no_project_is_as_it_was() -> None:
    without = wanted({"network": "routed", "prefix": PREFIX, "containers": []})
    assert parties(without, as_planned(without)) == [
        Party("host-1", (("", "2001:db8:0:100::1:1"),), "host-1")
    ]
