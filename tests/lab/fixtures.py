"""Fixtures of the tests with real hosts and real packets, in whatever folder these are.

A folder with a stack of its own gives a fixture `deployment`, by means of `deploy`; the last three are about
that stack.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.machines import Host
from lab.paths import state_dir
from tests.lab.deployment import Deploy, Deployment, destroyed_in_the_end
from tests.lab.lab_session import Keys, Lab


@pytest.fixture(scope="session")
def lab_session() -> Iterator[Lab]:
    """The lab of this test run; ended at its end if this run started it, and no other in any case."""
    session = Lab()
    yield session
    session.leave()


@pytest.fixture
def lab(lab_session: Lab) -> Lab:
    """A lab that is up. When the test fails, logs and journals are collected in a folder that is named."""
    lab_session.ensure_up()
    return lab_session


@pytest.fixture
def lab_to_end(lab_session: Lab) -> Lab:
    """A lab that the test may end or kill: only one that this test run started."""
    lab_session.ensure_up()
    if not lab_session.is_own:
        pytest.fail("this test ends the lab, and one is up that these tests did not start: `make lab-down`")
    return lab_session


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """A login key and a host key, for machines that are had through EC2's API alone."""
    return Keys.make(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def deploy(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Deploy:
    """Brings the program up. At the end it is destroyed, as far as a test has not done that."""

    @contextmanager
    def deployed(stack: str, **config: Any) -> Generator[Deployment]:
        lab_session.ensure_up()
        with destroyed_in_the_end(Deployment(tmp_path_factory.mktemp(stack), stack)) as deployment:
            deployment.change(**config)
            deployment.bring_up()
            yield deployment

    return deployed


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    session = getattr(item, "funcargs", {}).get("lab_session")
    if report.failed and session is not None:
        folder = state_dir() / "test-failures" / re.sub(r"[^\w.-]+", "-", item.nodeid)
        session.collect(folder)
        report.sections.append(("lab", f"logs, consoles and journals are in {folder}"))
    return report
