"""Two hosts, brought up once for all faults. Each test takes them whole and leaves them so."""

from collections.abc import Iterator

import pytest

from tests.faults.recovery import Baseline, differences, put_right
from tests.lab.deployment import Deployment, destroyed_in_the_end
from tests.lab.lab_session import Lab


@pytest.fixture(scope="session")
def baseline(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baseline]:
    """The lab's stack with host-1/web-1 and host-2/web-2, as it was brought up.

    What a killed update leaves unconfirmed is to be reverted soon.
    """
    lab_session.ensure_up()
    with destroyed_in_the_end(Deployment(tmp_path_factory.mktemp("faults"), "faults")) as stack:
        stack.bring_up()
        stack.change(revertAfter=25)
        stack.bring_up()
        yield Baseline.of(stack)


@pytest.fixture(scope="session")
def found_after() -> list[str]:
    """In what the last test left the stack otherwise."""
    return []


@pytest.fixture
def deployment(lab: Lab, baseline: Baseline, found_after: list[str]) -> Iterator[Deployment]:
    """That stack, converged. A test must leave it so; what a failed one left is put right for the next."""
    if found_after:
        put_right(baseline)
        assert differences(baseline) == []
    found_after[:] = ["its test did not end"]
    yield baseline.deployment
    found_after[:] = left = differences(baseline)
    assert not left, f"the test left the stack otherwise than it found it: {'; '.join(left)}"
