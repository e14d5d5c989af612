"""The connection breaks while a step's text is on its way: the host takes it whole or not at all."""

import signal
from pathlib import Path

import pytest

from lab.machines import Host
from tests.faults.recovery import converges_again
from tests.faults.step_session import Login, Step, kill
from tests.lab.deployment import Deployment

FILES = "find /etc /usr/local /var/lib/dualstack -xdev -type f -printf '%p %s %T@\\n' | sort"
NO_STEP = "! pgrep -f '[/]usr/local/lib/dualstack/.*/apply'"
STRAYS = "find /etc /usr/local -xdev -name '.new-*' -o -xdev -name '*.dualstack'"
SCRIPTS = "/usr/local/lib/dualstack"


@pytest.fixture
def login(deployment: Deployment, tmp_path: Path) -> Login:
    return Login(deployment, "host-1", tmp_path)


@pytest.mark.fault("cut-in-upload")
def test_a_step_whose_text_did_not_arrive_whole_changes_nothing(
    deployment: Deployment, host_1: Host, login: Login
) -> None:
    step = Step.of(deployment, "host-1-docker")
    before = host_1.succeed(FILES)
    for arrives in ("", step.text[: len(step.text) // 2], step.text.removesuffix("=== end\n")):
        cut_off = login.begin(step.line, arrives)
        host_1.wait_until_succeeds(f"! ( {NO_STEP} )")
        kill(cut_off)
        host_1.wait_until_succeeds(NO_STEP)
        assert host_1.succeed(FILES) == before
    assert host_1.succeed(STRAYS) == ""


@pytest.mark.fault("cut-in-upload")
def test_a_session_that_gets_no_more_is_in_nobodys_way(
    deployment: Deployment, host_1: Host, login: Login
) -> None:
    step = Step.of(deployment, "host-1-docker")
    hanging = login.begin(step.line, step.text[:40])
    host_1.wait_until_succeeds(f"! ( {NO_STEP} )")
    hanging.send_signal(signal.SIGSTOP)
    assert login.end(step.line, step.text) == ("docker: unchanged\n", 0)
    host_1.fail(NO_STEP)
    kill(hanging)
    host_1.wait_until_succeeds(NO_STEP)


@pytest.mark.fault("cut-in-upload")
def test_scripts_that_did_not_arrive_whole_are_not_there_and_come_with_the_next_up(
    deployment: Deployment, host_1: Host, login: Login
) -> None:
    step = Step.of(deployment, "host-1-facts")
    (name,) = host_1.succeed(f"ls {SCRIPTS}").split()
    before = host_1.succeed(f"cd {SCRIPTS}/{name} && sha256sum *")
    host_1.succeed(f"rm -r {SCRIPTS}/{name}")  # as where this version of the scripts never was
    host_1.succeed(f"mkdir {SCRIPTS}/.new-left && touch --date '1 hour ago' {SCRIPTS}/.new-left")
    cut_off = login.begin(step.line, step.text[: len(step.text) // 2])
    host_1.wait_until_succeeds(f"ls {SCRIPTS}/.new-*/apply")
    kill(cut_off)
    host_1.wait_until_succeeds(f'test -z "$(ls -A {SCRIPTS})"', timeout=120)

    with deployment.changed(repair="scripts"):
        deployment.bring_up("--target", deployment.urn("host-1-facts"))
    assert host_1.succeed(f"cd {SCRIPTS}/{name} && sha256sum *") == before
    assert host_1.succeed(f"ls -A {SCRIPTS}").split() == [name]
    converges_again(deployment)
