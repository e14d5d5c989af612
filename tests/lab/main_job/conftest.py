"""The program, brought up once for all tests of this folder, and taken down by the last of them."""

from collections.abc import Iterator

import pytest

from lab.machines import Host
from tests.lab.lab_session import Lab
from tests.lab.main_job.deployment import Deployment


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


@pytest.fixture
def host_1(deployment: Deployment) -> Host:
    return deployment.host("host-1")


@pytest.fixture
def host_2(deployment: Deployment) -> Host:
    return deployment.host("host-2")


@pytest.fixture
def prefix(deployment: Deployment) -> str:
    """The subnet's prefix without its length, `2001:db8:0:100::`."""
    return str(deployment.outputs()["subnetIpv6Cidr"]).removesuffix("/64")
