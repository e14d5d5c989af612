"""Which filters of other people keep packets from containers."""

from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "components" / "host" / "scripts" / "firewalls.py"

A_RULE = "nft: table inet mine, chain forward: a rule drops"


@pytest.fixture(scope="module")
def firewalls() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(SCRIPT.read_text(), names)
    return names


def ruleset(table: str, hook: str, policy: str, *expressions: str, family: str = "inet") -> dict[str, Any]:
    chain = {"family": family, "table": table, "name": "forward", "hook": hook, "policy": policy}
    rules = [
        {"family": family, "table": table, "chain": "forward", "expr": [{one: None}]} for one in expressions
    ]
    return {"nftables": [{"metainfo": {}}, {"chain": chain}, *({"rule": rule} for rule in rules)]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (ruleset("mine", "forward", "accept", "drop"), [A_RULE]),
        (ruleset("mine", "forward", "drop"), ["nft: table inet mine, chain forward: its policy is drop"]),
        (ruleset("mine", "forward", "accept", "accept", "reject"), [A_RULE]),
        (ruleset("mine", "forward", "accept", "accept"), []),
        (ruleset("mine", "input", "drop"), []),
        (ruleset("mine", "forward", "drop", family="ip"), []),
        (ruleset("dualstack", "forward", "accept", "drop", family="ip6"), []),
        (ruleset("filter", "forward", "drop", family="ip6"), []),
        (ruleset("docker-bridges", "forward", "accept", "drop", family="ip6"), []),
    ],
)  # fmt: skip
def test_chains_that_drop_what_is_forwarded(
    firewalls: dict[str, Any], given: dict[str, Any], said: list[str]
) -> None:
    assert firewalls["dropping_chains"](given) == said


def test_rules_that_stand_before_dockers_own(firewalls: dict[str, Any]) -> None:
    listed = """\
-P FORWARD DROP
-A FORWARD -j DOCKER-USER
-A FORWARD -d 2001:db8::/64 -j DROP
-A DOCKER-USER -j REJECT --reject-with icmp6-port-unreachable
-A DOCKER-USER -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
"""
    assert firewalls["dropping_rules"](listed) == [
        "-A FORWARD -d 2001:db8::/64 -j DROP",
        "-A DOCKER-USER -j REJECT --reject-with icmp6-port-unreachable",
    ]
