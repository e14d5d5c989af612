"""Does the actions of a sequence to a stack, and looks at the stack's state after each."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.machines import Host
from tests.faults.random_sequences.actions import KILLS, TO_HOSTS, UPDATES, Action, as_toml, one_line
from tests.faults.random_sequences.changes import CHANGES, changed
from tests.faults.random_sequences.ending import converge, wait_for_hosts
from tests.faults.random_sequences.harm import failing, harm
from tests.faults.random_sequences.state import faults_in, secrets_in
from tests.faults.recovery import Baseline, forget_what_was_killed
from tests.lab.deployment import UP_SECONDS, Deployment

NEVER_SAID = ("Traceback (most recent call last)", "panic: ", "PRIVATE KEY-----")


class SequenceFailed(AssertionError):  # noqa: N818
    """At which action a sequence failed, all of its actions, and how to run it again."""


@dataclass
class Progress:
    """How far a sequence is, and whether something in it excuses that an update fails."""

    deployment: Deployment
    logs: Path
    """Where what each update printed is kept."""
    number: int = 0
    excuse: str | None = None
    """The first action that may have left hosts otherwise than the state says: an edit by hand, or an update
    that was disturbed and failed.
    """
    shaken: bool = False
    """Whether something happened to a host since the last update that went well: one that is just booting may
    fail the next, and not the one after it.
    """


def run(baseline: Baseline, actions: Sequence[Action], again: str) -> None:
    """The whole sequence, from a converged stack to a converged stack. Raises SequenceFailed.

    `again`: the command that runs it again.
    """
    print(f"\nactions = [\n{as_toml(actions)}]")
    logs = baseline.deployment.folder.parent / "sequences" / f"{time.time():.0f}"
    logs.mkdir(parents=True)
    progress = Progress(baseline.deployment, logs)
    where = "before the first action"
    try:
        for progress.number, action in enumerate(actions, start=1):
            where = f"action {progress.number} of {len(actions)}, {one_line(action)}"
            print(f"{progress.number}/{len(actions)}    {one_line(action)}", flush=True)
            began = time.monotonic()
            _one(progress, action)
            print(f"       {time.monotonic() - began:.1f} s", flush=True)
        where = "the end, after all actions"
        began = time.monotonic()
        print("end    converges, and stays", flush=True)
        converge(baseline, progress.excuse)
        print(f"       {time.monotonic() - began:.1f} s", flush=True)
    except Exception as problem:
        raise SequenceFailed(
            f"{where}: {problem}\nactions = [\n{as_toml(actions)}]\n"
            f"what the updates printed: {logs}\nrun it again: {again}"
        ) from problem


def _one(progress: Progress, action: Action) -> None:
    deployment = progress.deployment
    killed = _perform(progress, action)
    _valid(deployment, killed=killed)
    if killed:
        print("       imported:", *forget_what_was_killed(deployment), flush=True)
        _valid(deployment, killed=False)


def _valid(deployment: Deployment, *, killed: bool) -> None:
    state = deployment.state()
    assert faults_in(state, killed=killed) + secrets_in(state) == []


def _perform(progress: Progress, action: Action) -> bool:
    """Does one action. Whether an update was killed."""
    deployment = progress.deployment
    if action.kind in CHANGES:
        deployment.change(**changed(deployment.config, action.kind, action.host))
    elif action.kind in UPDATES:
        return _update(progress, action)
    elif action.kind == "preview":
        _calm(deployment.pulumi("preview").text)
    elif action.kind == "refresh":
        _calm(deployment.pulumi("refresh", "--yes", timeout=UP_SECONDS).text)
    elif action.kind == "terminate":
        harm(deployment.instances(str(action.host)), action.kind, action)
        _calm(deployment.pulumi("refresh", "--yes", timeout=UP_SECONDS).text)
    else:
        happened = harm(deployment.instances(str(action.host)), action.kind, action)
        progress.shaken = progress.shaken or happened
        if happened and action.kind == "edit":
            progress.excuse = progress.excuse or one_line(action)
    return False


def _update(progress: Progress, action: Action) -> bool:
    """An update, and what happens meanwhile. It may fail where there is an excuse: what it leaves counts."""
    deployment = progress.deployment
    # Looked up before: while it runs it writes the state, and not in one piece.
    hosts = deployment.instances(str(action.host))
    with failing(action.what):
        process = deployment.start(*_arguments(deployment, action))
        happened = action.after is not None and _runs_for(process, action.after)
        if happened:
            _disturb(process, hosts, action)
        text = process.communicate(timeout=UP_SECONDS)[0]
    killed = happened and action.meanwhile in KILLS
    _keep(progress, f"{action.kind}", text)
    print(f"       {'killed' if killed else f'exit code {process.returncode}'}")
    if process.returncode == 0 and not killed:
        progress.shaken = happened
        return False
    if happened or action.what:
        progress.excuse = progress.excuse or one_line(action)
    assert killed or "error: " in text, text
    if not progress.excuse:
        _again(progress, text)
    return killed


def _again(progress: Progress, text: str) -> None:
    """An update failed that nothing happened to. Where hosts are just booting, the next one must do."""
    assert progress.shaken, f"nothing had happened to it, and it failed:\n{text}"
    print("       again, once the hosts are up", flush=True)
    wait_for_hosts(progress.deployment)
    _keep(progress, "again", progress.deployment.bring_up())
    progress.shaken = False


def _keep(progress: Progress, what: str, text: str) -> None:
    (progress.logs / f"{progress.number}-{what}.txt").write_text(text)
    _calm(text)


def _arguments(deployment: Deployment, action: Action) -> list[str]:
    """Without the host's instance in the state, `replace` is an ordinary update."""
    command = ["destroy" if action.kind == "destroy" else "up", "--yes", "--skip-preview"]
    if action.kind == "replace" and deployment.instances(str(action.host)):
        command += ["--replace", deployment.urn(f"{action.host}-instance")]
    return command


def _disturb(process: subprocess.Popen[str], hosts: Sequence[Host], action: Action) -> None:
    if action.meanwhile == "kill":
        process.send_signal(signal.SIGKILL)
    elif action.meanwhile == "kill-all":
        listed = subprocess.run(
            ["ps", "--sid", str(process.pid), "-o", "pid="], stdout=subprocess.PIPE, text=True, check=True
        )
        for pid in listed.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
    elif action.meanwhile == "ctrl-c":
        os.killpg(process.pid, signal.SIGINT)
    else:
        assert action.meanwhile in TO_HOSTS
        harm(hosts, str(action.meanwhile), action)


def _runs_for(process: subprocess.Popen[str], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.1)
    return process.poll() is None


def _calm(text: str) -> None:
    for word in NEVER_SAID:
        assert word not in text, text
