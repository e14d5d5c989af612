"""Does the actions of a sequence to a stack, and looks at the stack's state after each."""

import signal
import subprocess
import time
from collections.abc import Sequence

from lab.machines import CommandFailed, Host, MachineDown
from tests.faults.random_sequences.actions import CHANGES, TO_HOSTS, UPDATES, Action, as_toml, changed
from tests.faults.random_sequences.state import faults_in
from tests.faults.recovery import (
    Baseline,
    differences,
    forget_what_was_killed,
    run_all_steps,
)
from tests.lab.deployment import UP_SECONDS, Deployment
from tests.lab.lab_session import ec2

MARK = "# edited by hand"
NEVER_SAID = ("Traceback (most recent call last)", "panic: ")


def run(baseline: Baseline, actions: Sequence[Action]) -> None:
    """The whole sequence, from a converged stack to a converged stack. Raises AssertionError."""
    print(f"actions = [\n{as_toml(actions)}]")
    deployment = baseline.deployment
    for action in actions:
        began = time.monotonic()
        killed = _perform(deployment, action)
        print(f"{time.monotonic() - began:5.1f} s  {as_toml([action]).strip()}", flush=True)
        found = faults_in(deployment.state(), killed=killed)
        assert found == [], f"after {action}: {'; '.join(found)}"
        if killed:
            print("         imported:", *forget_what_was_killed(deployment), flush=True)
            assert faults_in(deployment.state(), killed=False) == []
    _converge(baseline)


def _converge(baseline: Baseline) -> None:
    deployment = baseline.deployment
    deployment.config = baseline.config
    forget_what_was_killed(deployment)
    run_all_steps(deployment)
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert differences(baseline) == []
    assert deployment.orphan_imports() == []
    for name in ("host-1", "host-2"):
        assert deployment.host(name).run(["grep", "-r", MARK, "/etc"]).stdout == ""


def _perform(deployment: Deployment, action: Action) -> bool:
    """Does one action. Whether an update was killed."""
    if action.kind in CHANGES:
        deployment.change(**changed(deployment.config, action))
    elif action.kind in UPDATES:
        return _update(deployment, action)
    elif action.kind == "preview":
        _calm(deployment.pulumi("preview").text)
    elif action.kind == "refresh":
        _calm(deployment.pulumi("refresh", "--yes", timeout=UP_SECONDS).text)
    else:
        _harm(deployment.instances(str(action.host)), action.kind, action)
    return False


def _update(deployment: Deployment, action: Action) -> bool:
    """An update, and what happens meanwhile. It may fail: what counts is what it leaves."""
    # Looked up before: while it runs it writes the state, and not in one piece.
    hosts = deployment.instances(str(action.host))
    process = deployment.start(action.kind, "--yes", "--skip-preview")
    killed = False
    if action.after is not None and _runs_for(process, action.after):
        killed = action.meanwhile == "kill"
        if killed:
            process.send_signal(signal.SIGKILL)
        else:
            _harm(hosts, str(action.meanwhile), action)
    text = process.communicate(timeout=UP_SECONDS)[0]
    print(f"         {'killed' if killed else f'exit code {process.returncode}'}")
    _calm(text)
    return killed


def _runs_for(process: subprocess.Popen[str], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.1)
    return process.poll() is None


def _harm(hosts: Sequence[Host], kind: str, action: Action) -> None:
    """What happens to a host; nothing where it is not there, or just down."""
    assert kind in (*TO_HOSTS, "edit")
    try:
        for host in hosts:
            _harm_one(host, kind, action)
    except (MachineDown, CommandFailed) as problem:
        print(f"         {kind}: {str(problem).splitlines()[0]}")


def _harm_one(host: Host, kind: str, action: Action) -> None:
    if kind == "reboot":
        ec2("reboot_instances", InstanceIds=[host.instance_id])
    elif kind == "power-cut":
        host.power_cut()
    elif kind == "restart-docker":
        host.succeed("systemctl restart docker", timeout=90)
    elif kind == "edit":
        host.succeed(f"test -f {action.path} && echo '{MARK}' >> {action.path}")
    else:
        host.cut()
        time.sleep(action.seconds or 0)
        host.mend()


def _calm(text: str) -> None:
    for word in NEVER_SAID:
        assert word not in text, text
