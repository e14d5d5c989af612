"""Updates, changes, kills and faults in any order: the state is always valid, and the last `up` converges."""

import pytest

from tests.faults.random_sequences.actions import Action, sequence
from tests.faults.random_sequences.harm import harm
from tests.faults.random_sequences.runner import SequenceFailed, run
from tests.faults.recovery import Baseline
from tests.lab.deployment import Deployment


@pytest.mark.fault("any-order")
@pytest.mark.parametrize("seed", [72, 8, pytest.param(137, marks=pytest.mark.matrix)])
def test_a_short_sequence(baseline: Baseline, deployment: Deployment, seed: int) -> None:
    again = f".venv/bin/python scripts/run_tests.py faults -s -k 'test_a_short_sequence and {seed}'"
    run(baseline, sequence(seed, length=3), again)


@pytest.mark.matrix
def test_what_nothing_explains_fails_a_sequence_and_what_is_explained_is_put_right(
    baseline: Baseline, deployment: Deployment
) -> None:
    edit = Action("edit", host="host-1", what="forwarding-off")
    assert harm([deployment.host("host-1")], "edit", edit)
    with pytest.raises(SequenceFailed) as failed:
        run(baseline, [Action("port", host="host-2")], "make this again")
    lines = str(failed.value).splitlines()
    assert lines[0] == "the end, after all actions: verify finds what nothing explains:"
    assert "    - net.ipv6.conf.all.forwarding = 0" in lines
    assert lines[-5:-2] == ["actions = [", '    { kind = "port", host = "host-2" },', "]"]
    assert lines[-1] == "run it again: make this again"
    run(baseline, [edit], "make this again")
