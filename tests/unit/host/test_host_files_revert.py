"""What a change of the network found goes back, also on a full disk."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.host.files import HostFile, absent, wanted_text
from tests.unit.host.test_host_files import OWNER, script

host_files = script("host_files")
FOUND, OURS, LAST = "50-found.yaml", "60-ours.yaml", "70-last.yaml"
Change = Callable[[], None]


@pytest.fixture(autouse=True)
def owned_by_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def write_atomic(target: Path, content: bytes, mode: int, *_: str) -> None:
        write(target, content, mode, *OWNER.split(":"))

    write = host_files.write_atomic
    monkeypatch.setattr(host_files, "write_atomic", write_atomic)


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A directory with two files that were found there."""
    folder = tmp_path / "etc"
    folder.mkdir()
    for name in (FOUND, LAST):
        (folder / name).write_text(f"{name} as found\n")
        (folder / name).chmod(0o640)
        os.utime(folder / name, (1, 1))
    return folder


def changed(tmp_path: Path, etc: Path, *wanted: HostFile) -> None:
    """A change that is saved before it is made."""
    moved = [HostFile(f"{etc}/{file.path}", file.content, file.mode, OWNER) for file in wanted]
    files = host_files.parse(wanted_text(moved))
    host_files.save(tmp_path / "store", files)
    host_files.write(tmp_path / "store", files)


def everything(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Each file below a folder, with its text, mode and time."""
    return {
        str(path.relative_to(folder)): (path.read_text(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def other_file_system(*_: Any, **__: Any) -> None:
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Once called, no file can be copied or written."""

    def fill() -> None:
        monkeypatch.setattr(shutil, "copy2", full)
        monkeypatch.setattr(shutil, "copyfile", full)
        monkeypatch.setattr(Path, "write_bytes", full)

    return fill


WANTED = (absent(FOUND), HostFile(OURS, "ours\n"), HostFile(LAST, "changed\n"))


def test_the_very_first_change_is_undone_on_a_full_disk(tmp_path: Path, etc: Path, full_disk: Change) -> None:
    before = everything(etc)
    changed(tmp_path, etc, *WANTED)
    full_disk()
    host_files.revert(tmp_path / "store")
    assert everything(etc) == before
    assert [path.name for path in tmp_path.iterdir()] == ["etc"]


def test_a_further_change_is_undone_on_a_full_disk_and_the_store_too(
    tmp_path: Path, etc: Path, full_disk: Change
) -> None:
    changed(tmp_path, etc, *WANTED)
    host_files.settle(tmp_path / "store")
    shutil.rmtree(tmp_path / "store.saved")
    before = everything(tmp_path)
    changed(tmp_path, etc, HostFile(FOUND, "another\n"), HostFile(OURS, "more of ours\n"))
    full_disk()
    host_files.revert(tmp_path / "store")
    assert everything(tmp_path) == before


def test_a_store_that_cannot_be_saved_is_named(
    tmp_path: Path, etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(source: Path, target: Path) -> None:
        full() if source.name == "manifest.json" else copy2(source, target)

    changed(tmp_path, etc, *WANTED)
    copy2 = shutil.copy2
    monkeypatch.setattr(shutil, "copy2", copy)
    with pytest.raises(SystemExit, match=r"saved/store/manifest.json cannot be written: No space left on"):
        host_files.save(tmp_path / "store", [])


def test_what_is_as_it_was_is_not_touched(tmp_path: Path, etc: Path) -> None:
    changed(tmp_path, etc, HostFile(LAST, f"{LAST} as found\n", 0o640), HostFile(OURS, "ours\n"))
    before = (etc / LAST).stat().st_ino
    host_files.revert(tmp_path / "store")
    assert (etc / LAST).stat().st_ino == before


@pytest.mark.parametrize("ours", ["longer than what was found there, by far\n", "short\n"])
def test_files_on_a_full_disk_of_their_own_are_written_over(
    tmp_path: Path, etc: Path, full_disk: Change, monkeypatch: pytest.MonkeyPatch, ours: str
) -> None:
    before = everything(etc)
    changed(tmp_path, etc, HostFile(LAST, ours, 0o600))
    full_disk()
    monkeypatch.setattr(os, "link", other_file_system)
    host_files.revert(tmp_path / "store")
    assert everything(etc) == before


def test_no_part_of_a_file_is_written_over_where_there_is_no_room_for_all(
    tmp_path: Path, etc: Path, full_disk: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(tmp_path, etc, HostFile(LAST, "short\n"))
    full_disk()
    monkeypatch.setattr(os, "link", other_file_system)
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(SystemExit, match="No space left on device"):
        host_files.revert(tmp_path / "store")
    assert (etc / LAST).read_text() == "short\n"
    assert (tmp_path / "store.saved").exists()


def test_one_file_that_cannot_go_back_keeps_no_other_from_it_and_is_said(
    tmp_path: Path, etc: Path, full_disk: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(etc)
    changed(tmp_path, etc, *WANTED)
    with monkeypatch.context() as for_now:
        for_now.setattr(shutil, "copyfile", full)
        for_now.setattr(shutil, "copy2", full)
        for_now.setattr(os, "link", other_file_system)
        with pytest.raises(SystemExit, match=f"{FOUND} cannot be written: No space left on device"):
            host_files.revert(tmp_path / "store")
    assert everything(etc) == {LAST: before[LAST]}
    host_files.revert(tmp_path / "store")
    assert everything(etc) == before


def test_a_revert_that_was_cut_off_is_done_once_more(
    tmp_path: Path, etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(tmp_path, etc, *WANTED)
    host_files.settle(tmp_path / "store")
    shutil.rmtree(tmp_path / "store.saved")
    before = everything(tmp_path)
    changed(tmp_path, etc, HostFile(FOUND, "another\n"))
    with monkeypatch.context() as for_now:
        for_now.setattr(host_files, "discard", full)
        with pytest.raises(OSError, match="No space"):
            host_files.revert(tmp_path / "store")
    host_files.revert(tmp_path / "store")
    assert everything(tmp_path) == before
