"""A server of the lab is there when it is ready, and gone when it is stopped; one that fails says why."""

import time
from pathlib import Path

import pytest

from lab.fabric import server_process


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No namespace: what is run is run here."""
    monkeypatch.setattr(server_process.namespaces, "inside", lambda _, function: function())


def test_a_server_is_waited_for_until_it_is_ready(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["sh", "-c", "sleep 0.2; echo ready; exec sleep 60"]
    process = server_process.start("it", "any", command, log, lambda: "ready" in log.read_text())
    assert process.poll() is None
    server_process.stop(process)
    assert process.poll() is not None


def test_a_server_that_ends_or_is_never_ready_fails_with_its_own_words(tmp_path: Path) -> None:
    for command in ("echo no such option; exit 2", "echo no such option; exec sleep 60"):
        began = time.monotonic()
        with pytest.raises(RuntimeError, match=r"^it did not start: no such option$"):
            server_process.start("it", "any", ["sh", "-c", command], tmp_path / "log", lambda: False, 0.5)
        assert time.monotonic() - began < 50


def test_a_server_that_does_not_go_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_process, "_STOP_SECONDS", 0.2)
    log = tmp_path / "log"
    command = ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"]
    process = server_process.start("it", "any", command, log, lambda: "deaf" in log.read_text())
    server_process.stop(process)
    assert process.poll() == -9
