"""A step fails in the middle of its work, or is replaced while it is in force."""

from pathlib import Path
from typing import Any

import pytest

from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.faults.step_session import Login, Step
from tests.lab.deployment import Deployment
from tests.lab.hosts import addresses, container_address, pings
from tests.lab.lab_session import eventually
from tests.lab.verifying import finds_nothing

RUNNING = (
    "systemctl show --property=InvocationID systemd-networkd docker; "
    "docker inspect --format '{{.Id}} {{.State.StartedAt}}' web-1"
)
"""What runs since when: all of it is another after a restart."""
FILES = (
    "cd /; find etc/netplan etc/cloud etc/dualstack etc/docker etc/sysctl.d etc/systemd/system -type f"
    " -not -path '*/containers/late' -exec sha256sum {} + | sort"
)


def with_a_late_container(image: str) -> Any:
    def change(host: dict[str, Any]) -> None:
        host["containers"] = [*host["containers"][:1], {"name": "late", "image": image, "place": 2}]

    return change


@pytest.mark.fault("create-fails")
def test_a_step_that_fails_is_not_recorded_and_runs_again_without_harm(
    deployment: Deployment, host_1: Host, prefix: str
) -> None:
    running, files = host_1.succeed(RUNNING), host_1.succeed(FILES)
    with deployment.changed():
        deployment.change_host("host-1", with_a_late_container("registry.example/lab/nothing:1"))
        failed = deployment.bring_up(check=False)
        assert "container late: " in failed
        assert [one for one in deployment.resources() if one["urn"].endswith("late-container")] == []
        assert (
            host_1.succeed("test -f /etc/dualstack/containers/late && docker ps --all --format '{{.Names}}'")
            == "web-1\n"
        )

        deployment.change_host("host-1", with_a_late_container("lab/web:1"))
        converges_again(deployment)
        assert container_address(host_1, "late") == f"{prefix}b"
        assert (host_1.succeed(RUNNING), host_1.succeed(FILES)) == (running, files)
    deployment.bring_up()
    host_1.fail("test -e /etc/dualstack/containers/late || docker inspect late")


@pytest.mark.fault("create-fails")
def test_steps_that_run_once_more_on_a_host_that_is_right_restart_nothing(
    deployment: Deployment, host_1: Host, tmp_path: Path
) -> None:
    running, files = host_1.succeed(RUNNING), host_1.succeed(FILES)
    login = Login(deployment, "host-1", tmp_path)
    for name, said in (
        ("host-1-kernel", "kernel: unchanged\n"),
        ("host-1-filter", "filter: unchanged\n"),
        ("host-1-docker", "docker: unchanged\n"),
        ("host-1-web-1-container", "container web-1: unchanged\n"),
    ):
        step = Step.of(deployment, name)
        assert login.end(step.line, step.text) == (said, 0)
    assert (host_1.succeed(RUNNING), host_1.succeed(FILES)) == (running, files)


STEPS = ("ssh", "facts", "kernel", "network", "engine", "filter", "docker", "web-1-container")


def ids_of_steps(deployment: Deployment) -> dict[str, str]:
    """Another one for each that was replaced. The names are without that of the host."""
    names = {one["urn"].rpartition("::")[2]: one.get("id", "") for one in deployment.resources()}
    return {step: names[f"host-1-{step}"] for step in STEPS}


@pytest.mark.fault("replaced-step")
@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(STEPS, id="all"),
        *(pytest.param((step,), id=step, marks=pytest.mark.matrix) for step in STEPS),
    ],
)
def test_steps_that_are_replaced_are_in_force_afterwards(
    deployment: Deployment, host_1: Host, host_2: Host, prefix: str, steps: tuple[str, ...]
) -> None:
    files = host_1.succeed(FILES)
    before = ids_of_steps(deployment)
    deployment.bring_up(*(part for step in steps for part in ("--replace", f"**::host-1-{step}")))
    after = ids_of_steps(deployment)
    assert {step for step in before if after[step] != before[step]} == set(steps)
    assert host_1.succeed(FILES) == files
    assert addresses(host_1, "ens5") == [f"{prefix}1:1/64"]
    assert container_address(host_1, "web-1") == f"{prefix}a"
    assert eventually(lambda: pings(host_2, "web-2", f"{prefix}a"))
    assert finds_nothing(deployment)
    converges_again(deployment)
