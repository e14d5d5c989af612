"""Which Python runs a program, and what is installed beside it."""

import sys
from pathlib import Path

import pytest

from lab.plugins.language.child import user_traceback
from lab.plugins.language.install import install_commands
from lab.plugins.language.interpreter import NoInterpreterError, Options, interpreter, read_options
from lab.plugins.language.packages import (
    Distribution,
    RequiredPlugin,
    direct,
    installed,
    required_plugins,
)


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Something that looks like a virtual environment."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    return tmp_path / "venv"


@pytest.mark.parametrize(
    ("options", "virtualenv"),
    [
        ({}, None),
        ({"toolchain": "pip"}, None),
        ({"virtualenv": "venv"}, "/project/venv"),
        ({"virtualenv": "/elsewhere"}, "/elsewhere"),
        ({"toolchain": "uv"}, "/project/.venv"),
        ({"toolchain": "uv", "virtualenv": "venv"}, "/project/venv"),
    ],
)
def test_the_virtualenv_counts_from_the_projects_folder(
    options: dict[str, str], virtualenv: str | None
) -> None:
    expected = Path(virtualenv) if virtualenv else None
    assert read_options("/project", options) == Options(Path("/project"), expected)


def test_the_virtualenvs_python_runs_the_program(venv: Path) -> None:
    assert interpreter(Options(venv.parent, venv), {}) == venv / "bin" / "python"


def test_without_a_virtualenv_the_first_python_on_path_does(venv: Path) -> None:
    (venv / "bin" / "python").rename(venv / "bin" / "python3")
    assert interpreter(Options(venv.parent, None), {"PATH": str(venv / "bin")}) == venv / "bin" / "python3"


def test_without_any_python_the_way_out_is_named() -> None:
    with pytest.raises(NoInterpreterError) as refused:
        interpreter(Options(Path("/project"), None), {"PATH": "/nowhere"})
    assert str(refused.value) == (
        "no python3 on PATH: install Python 3.11 or newer, or name a virtualenv in Pulumi.yaml"
    )


def test_install_makes_what_is_missing_and_then_installs(venv: Path) -> None:
    folder = venv.parent
    (folder / "requirements.txt").touch()
    missing, there = Options(folder, folder / "new"), Options(folder, venv)
    pip = ("-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt")
    base = str(interpreter(Options(folder, None)))
    assert install_commands(folder, missing) == (
        (base, "-m", "venv", f"{folder}/new"),
        (f"{folder}/new/bin/python", *pip),
    )
    assert install_commands(folder, there) == ((f"{venv}/bin/python", *pip),)


def test_without_requirements_nothing_is_installed(venv: Path) -> None:
    assert install_commands(venv.parent, Options(venv.parent, venv)) == ()


def test_the_required_plugins_are_those_of_every_installed_sdk_at_its_version() -> None:
    assert required_plugins(installed(Path(sys.executable))) == (
        RequiredPlugin("aws", "v7.51.1", ""),
        RequiredPlugin("command", "v1.2.1", ""),
    )


def test_a_plugin_may_name_another_version_and_server_than_its_package() -> None:
    description = {"name": "thing", "version": "2.0.0", "server": "http://192.0.2.1"}
    found = (Distribution("pulumi-thing", "1.0.0", description, ("pulumi",)),)
    assert required_plugins(found) == (RequiredPlugin("thing", "v2.0.0", "http://192.0.2.1"),)


def test_direct_packages_are_those_that_no_other_one_requires() -> None:
    found = (
        Distribution("pulumi", "1", None, ("semver", "PyYAML")),
        Distribution("pyyaml", "6", None, ()),
        Distribution("pulumi_aws", "7", None, ("pulumi",)),
    )
    assert [entry.name for entry in direct(found)] == ["pulumi_aws"]


def test_a_traceback_starts_at_the_programs_own_file() -> None:
    here = str(Path(__file__))
    source = "def plan():\n    raise ValueError('no room')\nplan()\n"
    with pytest.raises(ValueError, match="no room") as caught:
        exec(compile(source, "/project/__main__.py", "exec"))
    assert user_traceback(caught.value, "/project/__main__.py").splitlines() == [
        "Traceback (most recent call last):",
        '  File "/project/__main__.py", line 3, in <module>',
        '  File "/project/__main__.py", line 2, in plan',
        "ValueError: no room",
    ]
    assert here in user_traceback(caught.value, here)
