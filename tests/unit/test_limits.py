"""The kernel's limit that the lab raises for its machines."""

from pathlib import Path

import pytest

from lab.limits import room_for_many_machines


@pytest.mark.parametrize(("found", "inside"), [("128", "1024"), ("8192", "8192")])
def test_a_low_limit_is_raised_and_given_back_and_a_high_one_is_left(
    tmp_path: Path, found: str, inside: str
) -> None:
    setting = tmp_path / "max_user_instances"
    setting.write_text(f"{found}\n")
    with room_for_many_machines(setting):
        assert setting.read_text().strip() == inside
    assert setting.read_text().strip() == found


def test_what_somebody_else_set_meanwhile_is_left(tmp_path: Path) -> None:
    setting = tmp_path / "max_user_instances"
    setting.write_text("128\n")
    with room_for_many_machines(setting):
        setting.write_text("4096\n")
    assert setting.read_text() == "4096\n"
