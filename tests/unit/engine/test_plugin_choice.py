"""Which plugins the engine gets, and the environment that names them."""

from pathlib import Path

import pytest

from lab.engine import environment as module
from lab.engine import plugins
from lab.engine.choice import Engine
from lab.engine.environment import environment
from lab.engine.home import prepare_home, starter
from lab.engine.plugins import LANGUAGE_HOST, STAMP, language_host, resource_plugins


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine that notes each call in `calls` beside it."""
    path = tmp_path / "engine" / "pulumi"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\necho "$@" >>{path.parent}/calls\n')
    path.chmod(0o755)
    return Engine(path, "made for the test")


@pytest.fixture(autouse=True)
def standins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the stand-ins, as far as the choice looks at them."""
    folder = tmp_path / "standins"
    executable(folder / "aws" / "pulumi-resource-aws")
    executable(folder / "command" / "pulumi-resource-command")
    monkeypatch.setattr(plugins, "STANDINS_DIR", folder)
    return folder


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_language_host_is_the_stand_in_where_there_is_no_other(engine: Engine, standins: Path) -> None:
    assert language_host(engine, {"PATH": ""}) == standins / "language" / LANGUAGE_HOST


@pytest.mark.parametrize("where", ["beside pulumi", "on PATH", "given"])
def test_pulumis_own_language_host_is_used_where_it_is(engine: Engine, tmp_path: Path, where: str) -> None:
    folder = engine.executable.parent if where == "beside pulumi" else tmp_path / "real"
    real = executable(folder / LANGUAGE_HOST)
    variable = {"beside pulumi": "NONE", "on PATH": "PATH", "given": "DUALSTACK_REAL_PLUGINS"}[where]
    assert language_host(engine, {variable: str(folder)}) == real


@pytest.mark.parametrize("where", ["on PATH", "given", "installed"])
def test_pulumis_own_command_plugin_is_used_where_it_is_but_aws_never(
    standins: Path, tmp_path: Path, where: str
) -> None:
    folder = tmp_path / "home" / "plugins" / "resource-command-v1.2.1" if where == "installed" else tmp_path
    real = executable(folder / "pulumi-resource-command")
    executable(folder / "pulumi-resource-aws")
    environ = {
        "on PATH": {"PATH": str(tmp_path)},
        "given": {"DUALSTACK_REAL_PLUGINS": str(tmp_path)},
        "installed": {"PULUMI_HOME": str(tmp_path / "home")},
    }[where]
    chosen = {plugin.name: plugin.executable for plugin in resource_plugins(environ)}
    assert chosen["command"] == real
    assert chosen["aws"] == standins / "aws" / "pulumi-resource-aws"


def test_what_lies_in_a_home_that_we_prepared_does_not_count_as_pulumis_own(
    standins: Path, tmp_path: Path
) -> None:
    executable(tmp_path / "plugins" / "resource-command-v1.2.1" / "pulumi-resource-command")
    (tmp_path / STAMP).touch()
    chosen = {plugin.name: plugin.executable for plugin in resource_plugins({"PULUMI_HOME": str(tmp_path)})}
    assert chosen["command"] == standins / "command" / "pulumi-resource-command"


def test_a_home_holds_the_engine_beside_the_language_host_and_is_prepared_once(
    engine: Engine, standins: Path, tmp_path: Path
) -> None:
    home, calls = tmp_path / "home", engine.executable.parent / "calls"
    bin_dir = prepare_home(home, engine, {"PATH": "/usr/bin:/bin"})
    assert (bin_dir / "pulumi").samefile(engine.executable)
    assert (bin_dir / LANGUAGE_HOST).read_text() == starter(standins / "language" / LANGUAGE_HOST)
    installed = calls.read_text().splitlines()
    assert [line.split()[:5] for line in installed] == [
        ["plugin", "install", "resource", "aws", "v7.51.1"],
        ["plugin", "install", "resource", "command", "v1.2.1"],
    ]
    prepare_home(home, engine, {"PATH": "/usr/bin:/bin"})
    assert calls.read_text().splitlines() == installed


def test_what_lies_beside_the_engine_lies_beside_it_in_the_home_too(engine: Engine, tmp_path: Path) -> None:
    runner = executable(engine.executable.parent / "pulumi-analyzer-policy-python")
    bin_dir = prepare_home(tmp_path / "home", engine, {"PATH": "/usr/bin:/bin"})
    assert (bin_dir / "pulumi-analyzer-policy-python").samefile(runner)


def test_a_home_is_prepared_again_when_another_language_host_is_there(engine: Engine, tmp_path: Path) -> None:
    bin_dir = prepare_home(tmp_path / "home", engine, {"PATH": "/usr/bin:/bin"})
    real = executable(engine.executable.parent / LANGUAGE_HOST)
    prepare_home(tmp_path / "home", engine, {"PATH": "/usr/bin:/bin"})
    assert (bin_dir / LANGUAGE_HOST).read_text() == f'#!/bin/sh\nexec {real} "$@"\n'


def test_the_environment_leads_to_the_lab_and_nowhere_else(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "prepare_engine", lambda: engine)
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/tmp/cache")
    mine = {
        "PATH": "/usr/bin:/bin",
        "TERM": "xterm",
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "real",
        "PULUMI_ACCESS_TOKEN": "real",
        "PULUMI_STACK": "production",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    home, backend = tmp_path / "home", tmp_path / "backend"
    assert environment(home=home, backend=backend, environ=mine) == {
        "PATH": f"{home}/bin:{module.VENV_DIR}/bin:/usr/bin:/bin",
        "TERM": "xterm",
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "dualstack-lab",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PYTHONPYCACHEPREFIX": "/var/tmp/cache/dualstack/pycache",
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "lab",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    assert backend.is_dir()
