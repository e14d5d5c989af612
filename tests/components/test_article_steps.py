"""The steps on each of the article's two hosts, and the check of both."""

import json
from itertools import pairwise

import pytest

from components.container_networks.plan import NetworkWishes
from components.containers import Container, Port
from components.host.docker import parse_engine
from components.host.render import (
    container_text,
    docker_text,
    filter_text,
    kernel_text,
    network_text,
)
from components.host.steps import command_line, remove_line, scripts_bundle
from components.host_keys import derive_host_key
from tests.components.article import ENGINE, FACTS, PRIVATE_KEY, run
from tests.components.recording import Recording, Secret

CONTAINER = Container(name="web", image="lab/web:1", place=1, ports=(Port(80),))
WISHES = NetworkWishes("default-bridge", containers=(CONTAINER,))
BLOCKS = {"host-1": "2001:db8:0:100::8/126", "host-2": "2001:db8:0:100::c/126"}
ADDRESSES = {"host-1": "2001:db8:0:100::1:1", "host-2": "2001:db8:0:100::2:2"}


@pytest.fixture(scope="module")
def recording() -> Recording:
    return run()


def steps_of(host: str) -> list[tuple[str, str, str]]:
    """Name, concern and wanted text of each step, in order."""
    block = BLOCKS[host]
    address = ADDRESSES[host]
    return [
        (f"{host}-facts", "facts", scripts_bundle()[0]),
        (f"{host}-kernel", "kernel", kernel_text()),
        (f"{host}-network", "network", network_text(FACTS, address, None)),
        (f"{host}-engine", "engine", "=== end\n"),
        (f"{host}-filter", "filter", filter_text(ENGINE, block, WISHES)),
        (f"{host}-docker", "docker", docker_text(FACTS, ENGINE, block, WISHES)),
        (f"{host}-web-container", "container", container_text(parse_engine(ENGINE), block, WISHES, "web")),
    ]


def remote_steps_of(host: str) -> list[tuple[str, str, str]]:
    """Those that pulumi-command runs on the host itself: all but the guarded one."""
    return [step for step in steps_of(host) if step[1] != "network"]


@pytest.mark.parametrize("host", ["host-1", "host-2"])
def test_the_network_step_is_run_from_here_with_the_key_in_its_environment(
    recording: Recording, host: str
) -> None:
    step = recording.named(f"{host}-network")
    assert isinstance(step.inputs["environment"]["DUALSTACK_SSH_PRIVATE_KEY"], Secret)
    inputs = recording.inputs(f"{host}-network")
    environment = inputs.pop("environment")
    assert json.loads(environment.pop("DUALSTACK_HOST")) == {
        "name": host,
        "host": ADDRESSES[host],
        "port": 22,
        "user": "ubuntu",
        "hostKey": derive_host_key(PRIVATE_KEY, "test", host).public,
        "bastion": None,
        "revertAfter": 120,
        "reaches": ["2001:db8:ffff::1"],
    }
    assert environment == {"DUALSTACK_SSH_PRIVATE_KEY": PRIVATE_KEY}
    hash12 = scripts_bundle()[1]
    assert inputs == {
        "interpreter": [".venv/bin/python", "-m", "components.guarded_step"],
        "create": f"apply network {hash12} # on {host}-instance-id",
        "update": f"apply network {hash12} # on {host}-instance-id",
        "delete": f"remove network {hash12}",
        "stdin": {name: text for name, _, text in steps_of(host)}[f"{host}-network"],
        "logging": "stderr",
        "addPreviousOutputInEnv": False,
    }


@pytest.mark.parametrize("host", ["host-1", "host-2"])
def test_each_step_is_one_short_line_with_the_wanted_files_on_its_input(
    recording: Recording, host: str
) -> None:
    hash12 = scripts_bundle()[1]
    for name, concern, text in remote_steps_of(host):
        container = "web" if concern == "container" else None
        line = f"{command_line(concern, hash12, container)} # on {host}-instance-id"
        undone = {} if concern == "facts" else {"delete": remove_line(concern, hash12, container)}
        inputs = recording.inputs(name)
        assert inputs.pop("connection") == {
            "host": ADDRESSES[host],
            "port": 22,
            "user": "ubuntu",
            "privateKey": PRIVATE_KEY,
            "hostKey": derive_host_key(PRIVATE_KEY, "test", host).public,
            "dialErrorLimit": 60,
            "perDialTimeout": 15,
        }
        assert inputs == {
            "create": line,
            "update": line,
            **undone,
            "stdin": text,
            "logging": "stderr" if concern == "facts" else "stdoutAndStderr",
            "addPreviousOutputInEnv": False,
        }


@pytest.mark.parametrize("host", ["host-1", "host-2"])
def test_a_step_follows_the_one_before_and_goes_with_the_instance(recording: Recording, host: str) -> None:
    names = [name for name, _, _ in steps_of(host)]
    for name in names:
        step = recording.named(name)
        assert step.deleted_with == f"{host}-instance"
        assert step.delete_before_replace
        assert name.endswith("-network") or isinstance(step.inputs["connection"], Secret)
    for earlier, later in pairwise(names[:-1]):
        assert earlier in recording.named(later).depends_on
    # A container is a component of its own: the component waits for docker, and its child for the component.
    assert f"{host}-docker" in recording.named(f"{host}-web", "DockerContainer").depends_on


def test_the_check_wants_what_was_planned(recording: Recording) -> None:
    check = recording.named("reachability-check")
    inputs = recording.inputs("reachability-check")
    wanted = json.loads(inputs.pop("stdin"))
    assert inputs == {
        "interpreter": [".venv/bin/python", "-m"],
        "create": "components.reachability_check",
        "update": "components.reachability_check",
        "environment": {"DUALSTACK_SSH_PRIVATE_KEY": PRIVATE_KEY},
        "addPreviousOutputInEnv": False,
        "logging": "stderr",
    }
    assert isinstance(check.inputs["environment"]["DUALSTACK_SSH_PRIVATE_KEY"], Secret)
    assert wanted["ssh"] == {"user": "ubuntu", "port": 22, "proxy": None}
    assert wanted["internet_targets"] == ["2001:db8:ffff::1"]
    assert [host["name"] for host in wanted["hosts"]] == ["host-1", "host-2"]
    assert wanted["hosts"][1] == {
        "name": "host-2",
        "instance": "host-2-instance-id",
        "address": "2001:db8:0:100::2:2",
        "prefix": "2001:db8:0:100::c/126",
        "gateway": "fe80::1066:30ff:feb8:c008",
        "ssh_address": "2001:db8:0:100::2:2",
        "host_key": derive_host_key(PRIVATE_KEY, "test", "host-2").public,
        "open": "declared",
        "network": "default-bridge",
        "networks": [],
        "containers": [{"name": "web", "image": "lab/web:1", "place": 1, "ports": ["80/tcp"]}],
    }
