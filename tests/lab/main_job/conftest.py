"""The program, brought up once for all tests of this folder, and taken down by the last of them."""

from collections.abc import Iterator

import pytest

from tests.lab.deployment import Deploy, Deployment
from tests.lab.lab_session import Lab


@pytest.fixture(scope="package")
def main_job(deploy: Deploy) -> Iterator[Deployment]:
    """The lab's own stack, up."""
    with deploy("main-job") as deployment:
        yield deployment


@pytest.fixture
def deployment(lab: Lab, main_job: Deployment) -> Deployment:
    """The lab's own stack; a test that changes it changes it back."""
    return main_job
