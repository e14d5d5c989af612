"""Whether this machine has a way to the hosts, said in one line."""

from dataclasses import replace

import pulumi
import pytest

from components import preflight
from components.config.types import Bastion, StackConfig
from components.fleet.route import refuse_or_warn_without_route
from components.preflight import Family, missing_route
from tests.components.article import ARTICLE, functions, outputs
from tests.components.recording import Answers, record

BASTION = Bastion(host="2001:db8:1::1", host_key="ssh-ed25519 AAAA")


@pytest.fixture
def no_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "has_route", lambda family: family == "IPv4")


@pytest.mark.usefixtures("no_ipv6")
@pytest.mark.parametrize(
    ("connect", "bastion", "family"),
    [
        ("ipv6", None, "IPv6"),
        ("ipv4", None, None),
        ("bastion", "2001:db8:1::1", "IPv6"),
        ("bastion", "192.0.2.1", None),
        ("bastion", "bastion.example.org", None),
    ],
)
def test_the_route_that_counts_is_that_of_the_first_hop(
    connect: str, bastion: str | None, family: Family | None
) -> None:
    problem = missing_route(connect, bastion)
    assert (problem is None) == (family is None)
    if problem is not None:
        assert problem.startswith(f"this machine has no {family} route, and `connect` is {connect}: ")
        assert "\n" not in problem


@pytest.mark.usefixtures("no_ipv6")
def test_a_preview_warns() -> None:
    recording = record(
        lambda: refuse_or_warn_without_route(ARTICLE), Answers(outputs, functions), preview=True
    )
    assert [severity for severity, _ in recording.messages] == ["warning"]
    assert recording.messages[0][1] == (
        "this machine has no IPv6 route, and `connect` is ipv6: ssh to the hosts would fail; run it where "
        "IPv6 works, or set `dualstack:connect` to bastion or ipv4"
    )


@pytest.mark.usefixtures("no_ipv6")
@pytest.mark.parametrize("config", [ARTICLE, replace(ARTICLE, connect="bastion", bastion=BASTION)])
def test_an_update_is_refused_before_anything_is_created(config: StackConfig) -> None:
    with pytest.raises(pulumi.RunError, match="this machine has no IPv6 route"):
        record(lambda: refuse_or_warn_without_route(config), Answers(outputs, functions), preview=False)


def test_looking_for_a_route_sends_nothing_and_answers() -> None:
    assert preflight.has_route("IPv4") in (True, False)
    assert preflight.has_route("IPv6") in (True, False)
