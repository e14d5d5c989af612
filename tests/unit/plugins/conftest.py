"""Fixtures of the plugins' unit tests: an SSH server in this process."""

from collections.abc import Iterator

import pytest

from tests.unit.plugins.ssh_server import Recorder, Server, exit_with, running_server


@pytest.fixture
def log() -> Recorder:
    return Recorder()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with running_server(exit=exit_with) as running:
        yield running
