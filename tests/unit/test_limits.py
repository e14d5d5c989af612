"""The kernel's limit that the labs raise for their machines."""

from pathlib import Path

import pytest

from lab.limits import room_for_many_machines


@pytest.fixture
def setting(tmp_path: Path) -> Path:
    path = tmp_path / "max_user_instances"
    path.write_text("128\n")
    return path


@pytest.fixture
def held(tmp_path: Path) -> Path:
    return tmp_path / "held"


@pytest.mark.parametrize(("found", "inside"), [("128", "1024"), ("8192", "8192")])
def test_a_low_limit_is_raised_and_given_back_and_a_high_one_is_left(
    setting: Path, held: Path, found: str, inside: str
) -> None:
    setting.write_text(f"{found}\n")
    with room_for_many_machines(setting, held):
        assert setting.read_text().strip() == inside
    assert setting.read_text().strip() == found


def test_what_somebody_else_set_meanwhile_is_left(setting: Path, held: Path) -> None:
    with room_for_many_machines(setting, held):
        setting.write_text("4096\n")
    assert setting.read_text() == "4096\n"


def test_the_limit_stays_up_until_the_last_lab_is_gone(setting: Path, held: Path) -> None:
    first = room_for_many_machines(setting, held)
    second = room_for_many_machines(setting, held)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert setting.read_text() == "1024\n"
    second.__exit__(None, None, None)
    assert setting.read_text() == "128\n"


def test_what_a_lab_that_was_killed_left_is_given_back_by_the_next(setting: Path, held: Path) -> None:
    held.write_text("128\n")
    setting.write_text("1024\n")
    with room_for_many_machines(setting, held):
        pass
    assert setting.read_text() == "128\n"
