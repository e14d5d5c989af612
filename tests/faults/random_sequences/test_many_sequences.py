"""`make random-sequences SEEDS=20`: so many longer sequences, each of a seed. One that fails is kept."""

import os
import random

import pytest

from tests.faults.random_sequences.actions import as_kept, sequence
from tests.faults.random_sequences.conftest import KEPT
from tests.faults.random_sequences.runner import run
from tests.faults.recovery import Baseline
from tests.lab.deployment import Deployment

NUMBER = int(os.environ["SEEDS"])
FIRST = int(os.environ.get("FIRST") or random.SystemRandom().randrange(10_000, 1_000_000))


@pytest.mark.fault("any-order")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + NUMBER))
def test_a_long_sequence(baseline: Baseline, deployment: Deployment, seed: int) -> None:
    actions = sequence(seed, length=8)
    print(f"\n--- seed {seed}, {seed - FIRST + 1} of {NUMBER} ---", end="")
    try:
        run(baseline, actions, f"make random-sequences SEEDS=1 FIRST={seed}")
    except Exception as problem:
        why = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        with KEPT.open("a") as file:
            file.write(as_kept(f"seed {seed}", why, actions))
        print(f"seed {seed} failed, and is kept in {KEPT}", flush=True)
        raise
