"""Random sequences are plain data: a seed always gives the same, and what was kept is the same again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.random_sequences.actions import (
    EDITS,
    MEANWHILE,
    UPDATES,
    WEIGHTS,
    as_kept,
    kept,
    sequence,
)
from tests.faults.random_sequences.changes import CHANGES, OF_THE_STACK, changed
from tests.faults.random_sequences.state import faults_in, secrets_in

SEEDS = st.integers(0, 1_000_000)
CONFIG: dict[str, Any] = {
    "hosts": [
        {
            "name": f"host-{n}",
            "slot": n,
            "containers": [{"name": f"web-{n}", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}],
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
    assert {action.what for action in actions if action.kind == "edit"} == set(EDITS)
    assert {action.host for action in actions if action.kind in OF_THE_STACK} == {None}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_undoes_itself_the_second_time(kind: str) -> None:
    once = after(CONFIG, kind)
    assert once != CONFIG
    assert after(once, kind) == CONFIG


def test_two_containers_change_places() -> None:
    both = after(CONFIG, "container")
    assert places(both) == {"web-2": 1, "second-2": 2}
    assert places(after(both, "place")) == {"web-2": 2, "second-2": 1}


def test_changes_in_any_order_leave_each_slot_and_each_place_taken_once() -> None:
    for seed in range(200):
        config = CONFIG
        for action in sequence(seed, 12):
            if action.kind in CHANGES:
                config = after(config, action.kind, action.host)
                slots = [host["slot"] for host in config["hosts"]]
                assert slots == sorted(set(slots))
                for host in config["hosts"]:
                    taken = [one["place"] for one in host["containers"]]
                    assert sorted(taken) in ([1], [2], [1, 2])


def places(config: dict[str, Any]) -> dict[str, int]:
    return {one["name"]: one["place"] for one in config["hosts"][1]["containers"]}


def after(config: dict[str, Any], kind: str, host: str | None = "host-2") -> dict[str, Any]:
    """The config after a change, as `Deployment.change` makes it."""
    merged = {**config, **changed(config, kind, host)}
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
        (state(STACK, {**STACK, "urn": "urn:x", "custom": True}), "urn:x has no id"),
        (state(STACK, pending=(PENDING,)), "creating of urn:vpc is pending, and nothing was killed"),
    ],
)  # fmt: skip
def test_a_broken_state_is_told(broken: dict[str, Any], fault: str) -> None:
    assert any(said.startswith(fault) for said in faults_in(broken, killed=False))


def test_a_private_key_in_the_state_is_told() -> None:
    readable = {**VPC, "inputs": {"user_data": "-----BEGIN OPENSSH PRIVATE KEY-----\n"}}
    assert secrets_in(state(STACK, VPC)) == []
    assert secrets_in(state(STACK, readable)) == ["a private key is readable"]


def test_after_a_kill_operations_may_be_pending() -> None:
    assert faults_in(state(STACK, pending=(PENDING,)), killed=True) == []
