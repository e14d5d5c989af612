"""dockerd hangs, and with it the docker commands of a step: the step ends at its bound, the host goes on."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.faults.step_session import Login, Step
from tests.lab.deployment import Deployment
from tests.lab.hosts import pings
from tests.lab.lab_session import eventually

DOCKERD = "systemctl kill --kill-whom=main --signal={} docker.service"
LEFT = "pgrep --full --list-full '[/]usr/local/lib/dualstack/'"
SECONDS = 5
SAID = (
    f"{{}}: not done within {SECONDS} s, so it was ended with all that it had started; what it printed is "
    "above; see `systemctl status docker` on this host, then run `pulumi up` again\n"
)


@pytest.fixture
def hung(host_1: Host) -> Iterator[Host]:
    """A host whose dockerd does not move, and whose containers run on."""
    host_1.succeed(DOCKERD.format("STOP"))
    try:
        yield host_1
    finally:
        host_1.succeed(DOCKERD.format("CONT"))


def soon(step: Step, verb: str = "apply") -> Step:
    """A step that is ended after a few seconds; with `remove` the one that takes it away."""
    line = re.sub(r"within \d+ apply", f"within {SECONDS} {verb}", step.line)
    assert line != step.line
    return replace(step, line=line)


@pytest.mark.fault("step-hangs")
def test_a_step_that_hangs_ends_at_its_bound_and_the_next_is_not_held_up(
    deployment: Deployment, hung: Host, host_2: Host, prefix: str, tmp_path: Path
) -> None:
    login = Login(deployment, "host-1", tmp_path)
    docker = Step.of(deployment, "host-1-docker")
    container = Step.of(deployment, "host-1-web-1-container")
    for what, ended in (
        ("docker", soon(docker)),
        ("docker", soon(docker, "remove")),
        ("container web-1", soon(container)),
    ):
        assert login.end(ended.line, ended.text) == (SAID.format(what), 124)
        hung.fail(LEFT)
        hung.succeed("flock --nonblock /run/lock/dualstack.lock true")
    assert eventually(lambda: pings(host_2, "web-2", f"{prefix}a"))

    hung.succeed(DOCKERD.format("CONT"))
    for what, step in (("docker", docker), ("container web-1", container)):
        assert login.end(step.line, step.text) == (f"{what}: unchanged\n", 0)
    converges_again(deployment)
