"""Fixtures of the tests on the real engine: its environment, a throw-away project, and the endpoint."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.engine.environment import environment
from lab.engine.plugins import REAL_PLUGINS_VARIABLE
from lab.paths import PROJECT_DIR
from tests.engine.command_stack import CommandStack
from tests.engine.pulumi_project import PulumiProject
from tests.engine.real_sshd import Sshd, running_sshd
from tests.engine.sshd_program import required_sshd

ENDPOINT_START_SECONDS = 180

stand_in_only = pytest.mark.skipif(
    (Path(os.environ.get(REAL_PLUGINS_VARIABLE) or "/nowhere") / "pulumi-resource-command").exists(),
    reason="pulumi-command itself does not do this; docs/stand-ins.md says what it does",
)


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PULUMI_HOME of the test run's own, with the plugins installed when it is first used."""
    return tmp_path_factory.mktemp("pulumi-home")


@pytest.fixture
def pulumi_environment(pulumi_home: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of `pulumi` for one test: its own state, and an AWS where nobody answers."""
    return environment(home=pulumi_home, backend=tmp_path / "backend", endpoint_url="http://127.0.0.1:9")


@pytest.fixture
def pulumi_project(pulumi_environment: dict[str, str], tmp_path: Path) -> PulumiProject:
    """An empty project with a stack `test`: write a program into it, then run `pulumi` commands."""
    return PulumiProject(tmp_path / "project", pulumi_environment)


@contextmanager
def running_endpoint(log: Path, *arguments: str) -> Iterator[str]:
    """The URL of a fresh EC2 endpoint on loopback. Its instances stay pending, but with `--no-machines`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "lab.endpoint", "--port", str(port), *arguments],
            cwd=PROJECT_DIR,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh EC2 endpoint on loopback, without machines: instances are running at once."""
    with running_endpoint(tmp_path / "endpoint.log", "--no-machines") as url:
        yield url


@pytest.fixture
def aws_project(endpoint: str, pulumi_project: PulumiProject) -> PulumiProject:
    """A project whose AWS is the fresh endpoint."""
    pulumi_project.environ["AWS_ENDPOINT_URL"] = endpoint
    return pulumi_project


@pytest.fixture
def new_project(pulumi_environment: dict[str, str], tmp_path: Path) -> Callable[[str], PulumiProject]:
    """Makes further projects on the same state, by name."""
    return lambda name: PulumiProject(tmp_path / name, pulumi_environment, name=name)


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + ENDPOINT_START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the endpoint ended with exit code {process.returncode}:\n{log.read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"the endpoint does not listen after {ENDPOINT_START_SECONDS} s:\n{log.read_text()}")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """OpenSSH's server on loopback. Where none can be had the tests fail."""
    with running_sshd(required_sshd(), tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture(scope="module")
def command_stack(pulumi_home: Path, tmp_path_factory: pytest.TempPathFactory) -> CommandStack:
    """A stack of commands that the tests of a module share."""
    folder = tmp_path_factory.mktemp("commands")
    variables = environment(home=pulumi_home, backend=folder / "backend", endpoint_url="http://127.0.0.1:9")
    variables.pop("SSH_AUTH_SOCK", None)
    return CommandStack(PulumiProject(folder / "project", variables))
