"""Random sequences are plain data: a seed always gives the same, and what was kept is the same again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.random_sequences.actions import (
    CHANGES,
    MEANWHILE,
    UPDATES,
    WEIGHTS,
    Action,
    as_kept,
    changed,
    kept,
    sequence,
)
from tests.faults.random_sequences.state import faults_in

SEEDS = st.integers(0, 1_000_000)
CONFIG: dict[str, Any] = {
    "hosts": [
        {
            "name": f"host-{n}",
            "slot": n,
            "containers": [{"name": f"web-{n}", "ports": ["80/tcp"], "place": 1}],
        }
        for n in (1, 2)
    ]
}


@given(SEEDS, st.integers(0, 20), st.integers(0, 20))
def test_a_seed_always_gives_the_same_actions_and_a_longer_sequence_begins_as_a_shorter(
    seed: int, length: int, more: int
) -> None:
    assert sequence(seed, length + more)[:length] == sequence(seed, length)
    assert len(sequence(seed, length)) == length


@given(SEEDS)
def test_what_is_kept_is_read_back_as_it_was(seed: int) -> None:
    text = as_kept("first", 'it\'s a \\ "quoted" reason', sequence(seed, 8)) + as_kept("second", "", [])
    assert kept(text) == {"first": sequence(seed, 8), "second": []}


def test_every_action_and_everything_that_may_happen_meanwhile_comes_about() -> None:
    actions = [action for seed in range(100) for action in sequence(seed, 10)]
    assert {action.kind for action in actions} == {*WEIGHTS, *CHANGES} - {"change"}
    updates = [action for action in actions if action.kind in UPDATES]
    assert {action.meanwhile or "nothing" for action in updates} == set(MEANWHILE)


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_undoes_itself_the_second_time(kind: str) -> None:
    action = Action(kind, host="host-2")
    once = after(CONFIG, action)
    assert once != CONFIG
    assert after(once, action) == CONFIG


def after(config: dict[str, Any], action: Action) -> dict[str, Any]:
    """The config after a change, as `Deployment.change` makes it."""
    merged = {**config, **changed(config, action)}
    return {key: value for key, value in merged.items() if value is not None}


STACK = {"urn": "urn:stack", "type": "pulumi:pulumi:Stack"}
VPC = {"urn": "urn:vpc", "type": "aws:ec2/vpc:Vpc", "parent": "urn:stack", "provider": "urn:aws::id"}
PROVIDER = {"urn": "urn:aws", "type": "pulumi:providers:aws", "parent": "urn:stack"}
PENDING = {"type": "creating", "resource": VPC}


def state(*resources: dict[str, Any], pending: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"deployment": {"resources": list(resources), "pending_operations": list(pending)}}


def test_a_sound_state_has_no_faults() -> None:
    old = {**VPC, "delete": True}
    dependent = {
        "urn": "urn:x",
        "type": "x",
        "dependencies": ["urn:vpc"],
        "propertyDependencies": {"a": None},
    }
    assert faults_in(state(STACK, PROVIDER, VPC, old, dependent), killed=False) == []
    assert faults_in({"deployment": {}}, killed=False) == []


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (state(STACK, PROVIDER, VPC, VPC), "urn:vpc is there 2 times"),
        (state(STACK, VPC), "urn:vpc: its provider urn:aws is missing"),
        (state(VPC, STACK, PROVIDER), "urn:vpc: its parent urn:stack is missing"),
        (state({**STACK, "dependencies": ["urn:vpc"]}), "urn:stack: its dependency urn:vpc is missing"),
        (state({**STACK, "propertyDependencies": {"a": ["urn:b"]}}), "urn:stack: its dependency urn:b"),
        (state({**STACK, "deletedWith": "urn:b"}), "urn:stack: its deletedWith urn:b is missing"),
        (state(STACK, pending=(PENDING,)), "creating of urn:vpc is pending, and nothing was killed"),
    ],
)  # fmt: skip
def test_a_broken_state_is_told(broken: dict[str, Any], fault: str) -> None:
    assert any(said.startswith(fault) for said in faults_in(broken, killed=False))


def test_after_a_kill_operations_may_be_pending() -> None:
    assert faults_in(state(STACK, pending=(PENDING,)), killed=True) == []
