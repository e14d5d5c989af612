"""What the host does with the wanted text: reads it back exactly, writes atomically, gives back as found."""

import grp
import importlib.util
import os
import pwd
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.host.files import HostFile, absent, wanted_text
from components.host.steps import command_line, remove_line, scripts_bundle

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"
OWNER = f"{pwd.getpwuid(os.getuid()).pw_name}:{grp.getgrgid(os.getgid()).gr_name}"


def script(name: str) -> ModuleType:
    """A script as a module; on a host the scripts find each other beside them."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(SCRIPTS))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPTS))
    return module


host_files = script("host_files")

LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)
MARKS = st.builds("{}{}{}".format, st.text("\\", max_size=2), st.just("==="), LINES)
CONTENTS = st.lists(st.one_of(LINES, MARKS)).map(lambda lines: "".join(f"{line}\n" for line in lines) or "\n")


@given(st.lists(CONTENTS, min_size=1, max_size=3))
def test_every_text_comes_back_as_it_was(contents: list[str]) -> None:
    files = [HostFile(f"/etc/{index}", content, 0o600) for index, content in enumerate(contents)]
    read = host_files.parse(wanted_text([*files, absent("/etc/old")]))
    assert [(each.path, each.content, each.mode) for each in read] == [
        *((file.path, file.content.encode(), 0o600) for file in files if file.content is not None),
        ("/etc/old", None, 0),
    ]


def test_a_text_that_was_cut_off_anywhere_is_refused() -> None:
    whole = wanted_text(
        [HostFile("/etc/one", "first\n=== end\n"), absent("/etc/two"), HostFile("/etc/three", "x\n")]
    )
    assert len(host_files.parse(whole)) == 3
    for length in range(len(whole)):
        with pytest.raises(SystemExit, match="the wanted files did not arrive whole, the connection broke"):
            host_files.parse(whole[:length])


def test_no_files_at_all_are_not_the_same_as_a_text_that_never_came() -> None:
    assert host_files.parse(wanted_text([])) == []
    with pytest.raises(SystemExit, match="did not arrive whole"):
        host_files.parse("")


@pytest.mark.parametrize("path", ["etc/passwd", "/etc/a b", "/etc/a\nb", "/etc/$(reboot)"])
def test_a_path_that_is_not_plain_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not absolute, or has others than"):
        wanted_text([HostFile(path, "x\n")])


def test_a_content_without_a_final_newline_is_refused() -> None:
    with pytest.raises(ValueError, match="does not end with a newline"):
        wanted_text([HostFile("/etc/x", "x")])


def written(tmp_path: Path, *files: HostFile, ends_well: bool = True) -> list[str]:
    """A step that writes files below tmp_path; returns the changed paths, without it."""
    moved = [HostFile(f"{tmp_path}{file.path}", file.content, file.mode, OWNER) for file in files]
    changed = host_files.write(tmp_path / "store", host_files.parse(wanted_text(moved)))
    if ends_well:
        host_files.settle(tmp_path / "store")
    return [path.removeprefix(str(tmp_path)) for path in changed]


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A directory with one file in it, of its own mode and time."""
    (tmp_path / "etc").mkdir()
    found = tmp_path / "etc" / "found"
    found.write_bytes(b"as \xff found")
    found.chmod(0o640)
    os.utime(found, (1, 1))
    return tmp_path / "etc"


@pytest.fixture(autouse=True)
def owned_by_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def write_atomic(target: Path, content: bytes, mode: int, *_: str) -> None:
        write(target, content, mode, *OWNER.split(":"))

    write = host_files.write_atomic
    monkeypatch.setattr(host_files, "write_atomic", write_atomic)


def test_the_second_write_changes_nothing(tmp_path: Path, etc: Path) -> None:
    wanted = [HostFile("/etc/new", "text\n", 0o600), HostFile("/etc/found", "ours\n"), absent("/etc/gone")]
    assert written(tmp_path, *wanted) == ["/etc/new", "/etc/found"]
    assert written(tmp_path, *wanted) == []
    assert (etc / "new").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("etc")
def test_what_a_failed_step_changed_is_changed_for_the_next_one_too(tmp_path: Path) -> None:
    first, second = HostFile("/etc/first", "1\n"), HostFile("/etc/second", "2\n")
    assert written(tmp_path, first, ends_well=False) == ["/etc/first"]
    assert written(tmp_path, first, second, ends_well=False) == ["/etc/first", "/etc/second"]
    assert written(tmp_path, second) == ["/etc/first", "/etc/second"]
    assert written(tmp_path, second) == []


def test_restore_gives_back_bytes_mode_and_time(tmp_path: Path, etc: Path) -> None:
    written(tmp_path, HostFile("/etc/found", "ours\n"), HostFile("/etc/deep/er/new", "new\n"))
    written(tmp_path, HostFile("/etc/found", "ours again\n"), HostFile("/etc/deep/er/new", "new\n"))
    host_files.restore(tmp_path / "store")
    status = (etc / "found").stat()
    assert (etc / "found").read_bytes() == b"as \xff found"
    assert (status.st_mode & 0o777, status.st_mtime) == (0o640, 1)
    assert [path.name for path in etc.iterdir()] == ["found"]


@pytest.mark.usefixtures("etc")
def test_restore_takes_away_a_directory_whose_first_file_is_not_the_last_to_go(tmp_path: Path) -> None:
    written(tmp_path, HostFile("/etc/apps/shop/a", "1\n"), HostFile("/etc/apps/shop/b", "2\n"))
    host_files.restore(tmp_path / "store")
    assert not (tmp_path / "etc/apps").exists()


def test_a_file_that_shall_be_absent_is_kept_and_comes_back(tmp_path: Path, etc: Path) -> None:
    assert written(tmp_path, absent("/etc/found")) == ["/etc/found"]
    assert not (etc / "found").exists()
    assert written(tmp_path, absent("/etc/found")) == []
    host_files.restore(tmp_path / "store")
    assert (etc / "found").read_bytes() == b"as \xff found"


def test_a_file_no_longer_wanted_goes_back_to_what_it_was(tmp_path: Path, etc: Path) -> None:
    written(tmp_path, HostFile("/etc/found", "ours\n"), HostFile("/etc/new", "new\n"))
    assert sorted(written(tmp_path, HostFile("/etc/new", "new\n"))) == ["/etc/found"]
    assert (etc / "found").read_bytes() == b"as \xff found"


def test_what_restore_would_give_back_is_staged_and_nothing_is_changed(tmp_path: Path, etc: Path) -> None:
    written(tmp_path, HostFile("/etc/found", "ours\n"), HostFile("/etc/new", "new\n"))
    root = tmp_path / "root"
    scratch = Path(f"{root}{etc}")
    scratch.mkdir(parents=True)
    (scratch / "new").write_text("new\n")
    host_files.stage_found(tmp_path / "store", root)
    assert [path.name for path in scratch.iterdir()] == ["found"]
    assert (scratch / "found").read_bytes() == b"as \xff found"
    assert (etc / "found").read_text() == "ours\n"
    assert (etc / "new").read_text() == "new\n"


def test_revert_puts_back_what_was_there_before_the_write(tmp_path: Path, etc: Path) -> None:
    written(tmp_path, HostFile("/etc/found", "first\n"))
    second = [HostFile(f"{tmp_path}/etc/found", "second\n"), HostFile(f"{tmp_path}/etc/new", "new\n")]
    host_files.save(tmp_path / "store", host_files.parse(wanted_text(second)))
    host_files.write(tmp_path / "store", host_files.parse(wanted_text(second)))
    host_files.revert(tmp_path / "store")
    assert (etc / "found").read_text() == "first\n"
    assert not (etc / "new").exists()
    host_files.restore(tmp_path / "store")
    assert (etc / "found").read_bytes() == b"as \xff found"


def test_no_temporary_file_stays_behind(tmp_path: Path, etc: Path) -> None:
    written(tmp_path, HostFile("/etc/60-ours.yaml", "x\n"), absent("/etc/found"))
    assert [path.name for path in etc.iterdir()] == ["60-ours.yaml"]


def test_the_step_lines_are_short_and_name_the_scripts_by_content() -> None:
    text, hash12 = scripts_bundle()
    assert command_line("facts", hash12) == "sudo bash -s"
    scripts = f"/usr/local/lib/dualstack/{hash12}"
    assert command_line("kernel", hash12) == f"sudo {scripts}/within 900 apply kernel"
    assert command_line("engine", hash12) == f"sudo {scripts}/within 3600 apply engine"
    assert remove_line("container", hash12, "web") == f"sudo {scripts}/within 1800 remove container web"
    assert f"\nreceive {scripts}\n=== " in text


@pytest.mark.parametrize("name", ["", "a b", "$(reboot)", "-x", "a;b"])
def test_a_container_name_that_a_shell_would_read_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not letters, digits"):
        command_line("container", "0" * 12, name)


def test_only_containers_and_projects_have_names() -> None:
    with pytest.raises(ValueError, match="exactly container and compose have names"):
        command_line("network", "0" * 12, "web")
    with pytest.raises(ValueError, match="exactly container and compose have names"):
        command_line("container", "0" * 12)
