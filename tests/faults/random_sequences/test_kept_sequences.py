"""Sequences that failed once, and must not again."""

import pytest

from tests.faults.random_sequences.actions import Action, kept
from tests.faults.random_sequences.conftest import KEPT
from tests.faults.random_sequences.runner import run
from tests.faults.recovery import Baseline
from tests.lab.deployment import Deployment

SEQUENCES = [pytest.param(name, actions, id=name) for name, actions in kept(KEPT.read_text()).items()]


@pytest.mark.fault("any-order")
@pytest.mark.matrix
@pytest.mark.parametrize(("name", "actions"), SEQUENCES)
def test_a_sequence_that_failed_once(
    baseline: Baseline, deployment: Deployment, name: str, actions: list[Action]
) -> None:
    run(
        baseline,
        actions,
        f".venv/bin/python scripts/run_tests.py faults -s -k 'test_a_sequence_that_failed_once and {name}'",
    )
