"""The life of the program's hosts as the engine sees it; the steps on them are only written down."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.engine.environment import environment
from lab.paths import PROJECT_DIR, VENV_DIR
from tests.components.article import ENGINE, FACTS
from tests.engine.lab_program import LabProgram, client

PLUGIN = Path(__file__).parent / "scripted_command" / "pulumi-resource-command.py"
STEPS = ("ssh", "facts", "kernel", "network", "engine", "filter", "docker")


@pytest.fixture(scope="module")
def scripted_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PULUMI_HOME where `command` is the scripted one."""
    home = tmp_path_factory.mktemp("scripted-home")
    folder = tmp_path_factory.mktemp("scripted-command")
    starter = folder / "pulumi-resource-command"
    starter.write_text(f'#!/bin/sh\nexec "{VENV_DIR}/bin/python" "{PLUGIN}" "$@"\n')
    starter.chmod(0o755)
    environ = environment(home=home, backend=home / "unused", endpoint_url="http://127.0.0.1:9")
    install = ["pulumi", "plugin", "install", "resource", "command", "v1.2.1", "--file", str(folder)]
    subprocess.run([*install, "--reinstall"], env=environ, check=True, capture_output=True)
    return home


@pytest.fixture
def script(tmp_path: Path) -> Path:
    folder = tmp_path / "script"
    folder.mkdir()
    (folder / "facts").write_text(FACTS)
    (folder / "engine").write_text(ENGINE)
    (folder / "check").write_text("the table")
    return folder


@pytest.fixture
def program(scripted_home: Path, tmp_path: Path, script: Path, endpoint: str) -> LabProgram:
    environ = environment(home=scripted_home, backend=tmp_path / "backend", endpoint_url=endpoint)
    more = {"DUALSTACK_SCRIPT": str(script), "DUALSTACK_CHECKOUT": str(PROJECT_DIR)}
    return LabProgram(tmp_path / "program", {**environ, **more}, endpoint)


def calls(script: Path) -> list[str]:
    """The calls since the last time."""
    path = script / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    path.write_text("")
    return lines


def steps(verb: str, host: str, container: str) -> list[str]:
    return [f"{verb} {host}-{step}" for step in (*STEPS, f"{container}-container")]


def test_two_hosts_from_nothing_to_nothing(program: LabProgram, script: Path) -> None:
    program.up()
    made = calls(script)
    for number in (1, 2):
        own = [call for call in made if f" host-{number}-" in call]
        assert own == steps("create", f"host-{number}", f"web-{number}")
    assert made[-1] == "create reachability-check"
    outputs = program.outputs()
    assert outputs["reachability"] == "the table"
    assert outputs["hosts"]["host-2"] == {
        "address": "2001:db8:0:100::2:2",
        "prefix": "2001:db8:0:100::c/126",
        "engine": "28.5.2",
        "containers": {"web-2": "2001:db8:0:100::e"},
        "gateway": "fe80::1066:30ff:feb8:c008",
        "ssh": "ssh -J ubuntu@bastion.example.org:22 debian@2001:db8:0:100::2:2",
    }

    program.up("--expect-no-changes")
    assert calls(script) == []

    hosts = program.hosts()
    hosts[0]["containers"][0]["ports"].append("443/tcp")
    program.change(hosts=hosts)
    assert [line for line in program.planned() if "aws:" in line or "command:" in line] == [
        "create aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-tcp-443",
        "update command:local:Command host-1-ssh",
        "update command:local:Command reachability-check",
        "update command:remote:Command host-1-filter",
    ]
    program.up()
    assert calls(script) == ["update host-1-ssh", "update host-1-filter", "update reachability-check"]

    program.change(hosts=[*hosts, {"name": "host-3", "slot": 3}])
    program.up()
    added = calls(script)
    assert added[:-1] == [f"create host-3-{step}" for step in STEPS]
    assert added[-1] == "update reachability-check"

    program.change(hosts=hosts[1:])
    program.up()
    removed = sorted(calls(script))
    met = ["delete host-1-ssh", "delete host-3-ssh"]
    assert removed == [*met, "update reachability-check"], "a host that goes takes its steps with it"
    assert set(program.outputs()["hosts"]) == {"host-2"}

    program.destroy()
    assert calls(script) == ["delete reachability-check", "delete host-2-ssh"]
    assert program.resources() == []


def test_a_new_instance_gets_every_step_anew_and_keeps_its_interface(
    program: LabProgram, script: Path
) -> None:
    program.change(hosts=program.hosts()[:1]).up()
    calls(script)
    before = ids(program)
    program.change(ami="ami-0deb1a2013ba5e000")
    program.up()
    again = calls(script)
    assert again[:-1] == steps("update", "host-1", "web-1"), "nothing is undone on a host that is gone"
    assert again[-1] == "update reachability-check"
    after = ids(program)
    assert after["host-1-interface"] == before["host-1-interface"]
    assert after["host-1-instance"] != before["host-1-instance"]


def test_an_instance_that_was_deleted_outside_comes_back_with_every_step(
    program: LabProgram, script: Path, endpoint: str
) -> None:
    program.change(hosts=program.hosts()[:1]).up()
    calls(script)
    client(endpoint).terminate_instances(InstanceIds=[ids(program)["host-1-instance"]])
    program.refresh()
    program.up()
    assert calls(script) == [*steps("update", "host-1", "web-1"), "update reachability-check"]
    program.up("--expect-no-changes")


def test_a_container_that_is_taken_away_is_removed_from_its_host(program: LabProgram, script: Path) -> None:
    hosts = program.hosts()[:1]
    program.change(hosts=hosts).up()
    calls(script)
    hosts[0]["containers"] = []
    program.change(hosts=hosts).up()
    assert sorted(calls(script)) == [
        "delete host-1-web-1-container",
        "update host-1-filter",
        "update host-1-ssh",
        "update reachability-check",
    ]


def test_a_preview_shows_the_changed_lines_of_a_file(program: LabProgram, script: Path) -> None:
    program.change(hosts=program.hosts()[:1]).up()
    program.change(gateway="fe80:ec2::1")
    lines = program.preview().lines()
    assert any(line.startswith("-") and "fe80::1066:30ff:feb8:c008" in line for line in lines)
    assert any(line.startswith("+") and "fe80:ec2::1" in line for line in lines)
    assert "~ 3 to update" in lines


def ids(program: LabProgram) -> dict[str, Any]:
    return {one["urn"].split("::")[-1]: one.get("id") for one in json.loads(json.dumps(program.resources()))}
