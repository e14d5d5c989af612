"""A plain link with two hosts, and a stack that has only them."""

from collections.abc import Iterator

import pytest

from tests.lab.existing.bare import Bare, bare_stack
from tests.lab.lab_session import Lab


@pytest.fixture(scope="module")
def bare_session(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    """The stack, not yet up; each file has a link and a stack of its own."""
    lab_session.ensure_up()
    with bare_stack(tmp_path_factory.mktemp("bare")) as bare:
        yield bare


@pytest.fixture
def bare(lab: Lab, bare_session: Bare) -> Bare:
    """The stack in the state in which the test before left it."""
    return bare_session
