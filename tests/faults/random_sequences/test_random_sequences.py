"""Updates, changes, kills and faults in any order: the state is always valid, and the last `up` converges."""

import pytest

from tests.faults.random_sequences.actions import sequence
from tests.faults.random_sequences.runner import run
from tests.faults.recovery import Baseline
from tests.lab.deployment import Deployment


@pytest.mark.fault("any-order")
@pytest.mark.parametrize(
    "seed", [9, pytest.param(2, marks=pytest.mark.matrix), pytest.param(8, marks=pytest.mark.matrix)]
)
def test_a_short_sequence(baseline: Baseline, deployment: Deployment, seed: int) -> None:
    again = f"scripts/run-tests faults -s -k 'test_a_short_sequence and {seed}'"
    run(baseline, sequence(seed, length=3), again)
