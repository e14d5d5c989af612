"""What is said at which layer."""

import pytest

from components.contact.attempt import Contact, Kind, Setback
from components.doctor.layers import (
    HERE,
    NOT_LOOKED_AT,
    Layer,
    as_text,
    failures_with,
    on_host,
    pairs,
    security_group,
    way_in,
)
from components.verify.difference import Difference, Mending

WHERE = "debian@2001:db8::1 port 22"
REPAIR = "pulumi up -c dualstack:repair=2026-11-21"


def failed(layers: list[Layer]) -> list[str]:
    return [layer.name for layer in layers if layer.ok is False]


def test_the_way_in_is_right_where_the_login_succeeds() -> None:
    layers = way_in(WHERE, True, Contact("ssh-ed25519 AAAA"), "i-1")
    assert [(layer.name, layer.ok) for layer in layers] == [(name, True) for name in HERE]


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("unreachable", "tcp"),
        ("silent", "ssh"),
        ("closed", "ssh"),
        ("other key", "host key"),
        ("refused", "login"),
    ],
)
def test_the_way_in_fails_at_one_layer_and_those_behind_it_are_not_looked_at(kind: Kind, layer: str) -> None:
    layers = way_in(WHERE, True, Setback(kind, "no answer"), "i-1")
    place = HERE.index(layer)
    assert [one.ok for one in layers] == [True] * place + [False] + [None] * (len(HERE) - place - 1)
    assert layers[place].text.startswith(WHERE)
    assert layers[place].advice
    assert {one.text for one in layers[place + 1 :]} <= {NOT_LOOKED_AT}


def test_without_a_route_nothing_is_tried() -> None:
    assert failed(way_in(WHERE, False, None, "")) == ["route"]


def test_a_bastion_is_named() -> None:
    layers = way_in(WHERE, True, Setback("unreachable", "no answer", at_bastion=True), "")
    assert layers[1].text == f"its bastion before {WHERE}: no answer"


@pytest.mark.parametrize(
    ("kind", "subject", "mending", "layer", "advice"),
    [
        ("address", "ens5", "up", "address", REPAIR),
        ("cloud-init", "hotplug", "up", "address", REPAIR),
        ("pending", "network changes", "itself", "address", "wait until"),
        ("route", "default", "up", "gateway", REPAIR),
        ("route", "others", "up", "routes", REPAIR),
        ("kernel", "settings", "up", "routes", REPAIR),
        ("filter", "table ip6 dualstack", "up", "filter", REPAIR),
        ("foreign filter", "before the containers", "user", "filter", "no `pulumi up` does it"),
        ("unit", "dualstack-filter.service", "up", "filter", REPAIR),
        ("unit", "docker.service", "up", "docker", REPAIR),
        ("docker network", "front", "up", "docker", REPAIR),
        ("address", "docker0", "up", "docker", REPAIR),
        ("container", "web", "up", "containers", REPAIR),
        ("compose", "shop: service db", "up", "containers", REPAIR),
        ("file", "/etc/dualstack/docker", "up", "rest", REPAIR),
        ("unit", "dualstack-containers.service", "up", "rest", REPAIR),
    ],
)
def test_each_difference_belongs_to_one_layer(
    kind: str, subject: str, mending: Mending, layer: str, advice: str
) -> None:
    layers = on_host([Difference(kind, subject, ("- this", "+ that"), mending)], "ens5", REPAIR)
    assert failed(layers) == [layer]
    (one,) = (each for each in layers if each.ok is False)
    assert one.text == f"{kind} {subject}: this"
    assert one.advice.startswith(advice)


def test_what_is_only_missing_is_said_so() -> None:
    layers = on_host([Difference("address", "ens5", ("+ 2001:db8::1/64",))], "ens5", REPAIR)
    assert layers[0].text == "address ens5: lacks 2001:db8::1/64"


TABLE = """\
failed: host-1/web -> host-2, ping: bridge: host-1 does not forward
failed: host-2/web -> host-10/web, port 80: filter: there
failed: outside -> host-10/web, port 80: ENI: no answer
failed: host-10: no SSH
"""


def test_the_pairs_of_a_host_are_those_of_its_containers_too() -> None:
    assert len(failures_with("host-10", TABLE)) == 3
    assert failures_with("host-1", TABLE) == ["host-1/web -> host-2, ping: bridge: host-1 does not forward"]
    assert pairs(failures_with("host-10", TABLE)).text == (
        "host-2/web -> host-10/web, port 80: filter: there (and 2 more)"
    )
    assert pairs([]).ok is True


def test_the_security_group_is_judged_by_the_rules_in_the_state() -> None:
    rules = [("icmpv6", -1, -1), ("tcp", 80, 80), ("udp", 5000, 6000)]
    assert security_group(rules, [("tcp", 80), ("udp", 5353)], on_aws=True).ok is True
    assert security_group(rules, [("tcp", 443)], on_aws=True).text == "no rule for 443/tcp"
    assert security_group([("-1", None, None)], [("tcp", 443)], on_aws=True).text == "no rule for icmpv6"
    assert security_group([], [("tcp", 443)], on_aws=False).ok is True


def test_the_text_has_a_line_for_each_layer_and_says_where_it_stops() -> None:
    layers = [Layer("tcp", True, "answers"), Layer("ssh", False, "silent", "look"), Layer("login", None, "-")]
    assert as_text("host-1", layers) == (
        "host-1: stops at: ssh\n"
        "  tcp             ok      answers\n"
        "  ssh             FAILED  silent\n"
        "                          -> look\n"
        "  login           -       -\n"
    )
    assert as_text("host-1", layers[:1]).startswith("host-1: every layer is right\n")
