"""The program, brought up once for all tests of this folder, and taken down by the last of them."""

from collections.abc import Iterator

import pytest

from tests.lab.deployment import Deployment
from tests.lab.lab_session import Lab


@pytest.fixture(scope="session")
def main_job(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The lab's own stack, up."""
    lab_session.ensure_up()
    deployment = Deployment(tmp_path_factory.mktemp("main-job"), "main-job")
    deployment.bring_up()
    yield deployment
    deployment.pulumi("destroy", "--yes", check=False, timeout=180)


@pytest.fixture
def deployment(lab: Lab, main_job: Deployment) -> Deployment:
    """The lab's own stack; a test that changes it changes it back."""
    return main_job
