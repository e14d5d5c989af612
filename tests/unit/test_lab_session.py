"""A test run ends the lab that it started, and no other; nothing is really started here."""

from dataclasses import replace

import pytest

from lab import cleanup, holder, lifecycle
from lab.holder import Holder
from tests.lab.lab_session import Lab

OURS = Holder(pid=10, user="root", started="2026-11-21 08:00:00", directory="/checkout", state="/state")


class Computer:
    """A computer with at most one lab."""

    running: Holder | None = None

    def up(self, _say: object) -> bool:
        if self.running is not None:
            return False
        self.running = OURS
        return True

    def down(self, _say: object) -> None:
        self.running = None


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> Computer:
    one = Computer()
    monkeypatch.setattr(lifecycle, "up", one.up)
    monkeypatch.setattr(lifecycle, "down", one.down)
    monkeypatch.setattr(holder, "current", lambda: one.running)
    monkeypatch.setattr(cleanup, "leftovers", list)
    return one


def test_the_lab_that_a_run_started_is_taken_down_at_its_end(computer: Computer) -> None:
    session = Lab()
    session.ensure_up()
    assert session.is_own
    session.leave()
    assert computer.running is None


def test_a_lab_that_was_up_before_stays_up(computer: Computer) -> None:
    computer.running = OURS
    session = Lab()
    session.ensure_up()
    assert not session.is_own
    session.leave()
    assert computer.running == OURS


def test_a_lab_that_another_started_in_place_of_ours_stays_up(computer: Computer) -> None:
    session = Lab()
    session.ensure_up()
    computer.running = replace(OURS, pid=11)
    session.leave()
    assert computer.running == replace(OURS, pid=11)


def test_a_run_that_needed_no_lab_takes_none_down(computer: Computer) -> None:
    computer.running = OURS
    Lab().leave()
    assert computer.running == OURS
