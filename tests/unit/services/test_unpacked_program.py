"""A program of a package is had without installing the package."""

from pathlib import Path

import pytest

from lab.services.unpacked_program import ProgramMissingError, unpacked_program


def a_tool(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_a_program_that_is_installed_is_taken(tools: Path) -> None:
    a_tool(tools, "the-server", "")
    assert unpacked_program("package", "/usr/bin/the-server", print) == tools / "the-server"


def test_one_that_is_not_is_unpacked_once(tools: Path) -> None:
    a_tool(tools, "apt-get", "touch package_1.deb")
    a_tool(tools, "dpkg", 'mkdir -p "$3/usr/bin" && touch "$3/usr/bin/the-server"')
    said: list[str] = []
    program = unpacked_program("package", "/usr/bin/the-server", said.append)
    assert program.is_file()
    assert len(said) == 1
    assert unpacked_program("package", "/usr/bin/the-server", said.append) == program
    assert len(said) == 1


def test_one_that_cannot_be_had_is_named_with_the_reason(tools: Path) -> None:
    a_tool(tools, "apt-get", "echo no mirror answers >&2; exit 100")
    with pytest.raises(ProgramMissingError, match=r"`apt-get -q update` failed: no mirror answers"):
        unpacked_program("package", "/usr/bin/the-server", print)
    assert not list((tools.parent / "cache/dualstack").glob("package-*"))
