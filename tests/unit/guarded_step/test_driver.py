"""One guarded step against a scripted SSH server: it ends, and says what became of the change."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import asyncssh
import pytest

from components.guarded_step.answers import StepFailed
from components.guarded_step.driver import Driver
from components.guarded_step.progress import Progress
from components.guarded_step.target import GuardedStep, Target, parse_step, parse_target
from components.ssh_sessions import Login
from lab.paths import PROJECT_DIR
from tests.unit.plugins.ssh_server import (
    HOST_KEY,
    OTHER_KEY,
    USER_KEY,
    Server,
    private_text,
    public_text,
    running_server,
    silent_listener,
)

Process = asyncssh.SSHServerProcess[bytes]
CHANGE = "0123abcd"
STEP = GuardedStep("apply", "network", "ffffffffffff")
APPLY = "sudo timeout --kill-after=5 782 /usr/local/lib/dualstack/ffffffffffff/apply network 0123abcd 2"
CONFIRM = "sudo timeout --kill-after=5 20 /usr/local/lib/dualstack/ffffffffffff/confirm 0123abcd"
APPLIED = b"network: ens5 has ::1\napplied 0123abcd reverts in 2 s\n"


class Host:
    """A host that says this in its first session, and one after the other of these in the next."""

    def __init__(
        self, *answers: str, first: bytes | None = APPLIED, status: int = 0, stderr: bytes = b""
    ) -> None:
        self.answers = iter(answers)
        self.last = "unknown"
        self.first, self.status, self.stderr = first, status, stderr
        self.wanted = b""

    async def sudo(self, process: Process) -> None:
        if " confirm " not in (process.command or "").replace("/", " "):
            self.wanted = await process.stdin.read()
            if self.first is None:
                process.get_extra_info("connection").abort()
                return
            process.stdout.write(self.first)
            process.stderr.write(self.stderr)
            process.exit(self.status)
            return
        self.last = next(self.answers, self.last)
        process.stdout.write(f"{self.last}\n".encode())
        process.exit(0 if self.last == "confirmed" else 1)


def driver(server: Server, say: Callable[[str], None] = lambda _: None, **changes: Any) -> Driver:
    login = Login("127.0.0.1", changes.pop("port", server.port), "somebody", public_text(HOST_KEY))
    target = Target("host-1", login, None, 2, changes.pop("reaches", ()))
    given = {"change": CHANGE, "after_seconds": 2, "first_seconds": 1, **changes}
    return Driver(STEP, target, USER_KEY, say, **given)


def run(driver: Driver) -> str:
    return asyncio.run(driver.run("=== /etc/x 0644 root:root\n"))


def failure(driver: Driver) -> str:
    with pytest.raises(StepFailed) as failed:
        run(driver)
    return str(failed.value)


def test_a_change_is_confirmed_over_a_connection_of_its_own() -> None:
    host, said = Host("confirmed"), list[str]()
    with running_server(sudo=host.sudo) as server:
        assert run(driver(server, said.append)) == "network: ens5 has ::1; confirmed by a new ssh session"
    assert (server.commands, server.logins) == ([APPLY, CONFIRM], 2)
    assert host.wanted == b"=== /etc/x 0644 root:root\n"
    assert said == ["applied, confirming, reverts in 2 s", "confirmed by a new ssh session"]


def test_the_host_is_told_what_it_must_reach_afterwards() -> None:
    with running_server(sudo=Host("confirmed").sudo) as server:
        run(driver(server, reaches=("2001:db8::1", "2001:db8::2")))
    assert server.commands == [f"{APPLY} 2001:db8::1 2001:db8::2", CONFIRM]


def test_what_is_there_already_needs_no_confirmation() -> None:
    with running_server(sudo=Host(first=b"network: unchanged\n").sudo) as server:
        assert run(driver(server)) == "network: unchanged"
    assert server.commands == [APPLY]


def test_progress_is_told_at_once_and_then_every_half_minute_and_each_state_once() -> None:
    said = list[str]()
    progress = Progress(said.append)
    for tenth in range(3000):
        progress.tell(120 - tenth / 10, now=7000 + tenth / 10)
    assert said == [
        *(f"applied, confirming, reverts in {left} s" for left in (120, 90, 60, 30)),
        "not confirmed; asking the host whether it has reverted",
    ]


def test_a_failed_step_says_little_beside_its_one_message() -> None:
    """pulumi-command shows all of it as the error."""
    said, host = list[str](), Host(*["waiting so"] * 4, "reverted nobody confirmed it within 2 s")
    with running_server(sudo=host.sudo) as server:
        message = failure(driver(server, said.append))
    assert server.logins == 6
    assert said[0] == "applied, confirming, reverts in 2 s"
    assert said[1:] in ([], ["not confirmed; asking the host whether it has reverted"])
    assert message not in said


def test_a_change_that_is_still_being_made_is_waited_for() -> None:
    with running_server(sudo=Host("applying", "waiting so", "confirmed").sudo) as server:
        run(driver(server))
    assert server.logins == 4


REVERTED = (
    ", reverted; the network is as it was; see `journalctl -u dualstack-network-revert` on the host, and run "
    "`pulumi up` again once the cause is gone"
)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (["reverted the power went"], f"the power went{REVERTED}"),
        (
            ["reverting", "reverted nobody confirmed it within 2 s"],
            f"no new ssh session within 2 s of the change{REVERTED}",
        ),
        (
            ["waiting ::5 no longer answers", "reverted nobody confirmed it within 2 s"],
            f"::5 no longer answers, and nothing confirmed the change within 2 s{REVERTED}",
        ),
        (["failed it could not be reverted"], "it could not be reverted"),
    ],
)
def test_a_confirmation_that_comes_too_late_is_a_failure(answers: Iterable[str], message: str) -> None:
    with running_server(sudo=Host(*answers).sudo) as server:
        assert failure(driver(server)) == f"host-1: network: {message}"


def test_a_host_that_nobody_reaches_after_the_change_is_asked_until_it_says_that_it_reverted() -> None:
    host = Host("reverted nobody confirmed it within 2 s")
    with running_server(sudo=host.sudo) as server:
        server.refused = range(2, 5)
        message = failure(driver(server))
    assert message == f"host-1: network: no new ssh session within 2 s of the change{REVERTED}"
    assert server.logins == 5


def test_a_host_that_never_comes_back_is_given_up() -> None:
    with running_server(sudo=Host().sudo) as server:
        server.refused = range(2, 1000)
        assert failure(driver(server)) == (
            "host-1: network: the host does not answer, also 2 s after it was due to revert by itself (2 s "
            "after the change, and at every boot); look at it by its console, and run `pulumi up` again when "
            "it answers"
        )


def test_after_a_broken_session_the_host_is_asked_and_a_good_change_is_confirmed() -> None:
    said = list[str]()
    with running_server(sudo=Host("applying", "confirmed", first=None).sudo) as server:
        assert run(driver(server, said.append)) == "network; confirmed by a new ssh session"
    assert said[0] == "the ssh session broke; asking the host what became of the change"


def test_a_session_that_broke_before_the_revert_was_cut_by_the_change() -> None:
    host = Host("reverted nobody confirmed it within 2 s", first=None)
    with running_server(sudo=host.sudo) as server:
        message = failure(driver(server))
    assert message == f"host-1: network: no new ssh session within 2 s of the change{REVERTED}"


def test_after_a_broken_session_a_change_that_never_began_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("components.guarded_step.driver.UNKNOWN_SECONDS", 1)
    with running_server(sudo=Host("unknown", first=None).sudo) as server:
        assert failure(driver(server)) == (
            "host-1: network: the ssh session broke, and the host knows of no change; if it has still to "
            "begin, it reverts by itself; run `pulumi up` again"
        )


def test_what_the_host_refuses_is_said_after_the_last_twenty_lines_of_a_command() -> None:
    lines = "".join(f"line {number}\n" for number in range(30))
    host = Host(first=b"", status=1, stderr=f"{lines}network: refused\n".encode())
    with running_server(sudo=host.sudo) as server:
        message = failure(driver(server))
    assert message.splitlines()[0] == "host-1: network: line 10"
    assert message.splitlines()[-1] == "refused"
    assert len(message.splitlines()) == 21


def test_another_host_key_is_refused_before_anything_is_said() -> None:
    with running_server(sudo=Host().sudo) as server:
        one = driver(server)
        one.target = Target(
            "host-1", Login("127.0.0.1", server.port, "somebody", public_text(OTHER_KEY)), None, 2
        )
        message = failure(one)
    assert message.startswith(f"host-1: network: no ssh to somebody@127.0.0.1 port {server.port}: Host key ")
    assert message.endswith(
        "; nothing was changed; find out which machine answers there (docs/ssh.md), then run `pulumi up` "
        "again"
    )
    assert (server.logins, server.commands) == (1, [])


def test_a_silent_server_is_given_up_within_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.guarded_step.driver.CONNECT_SECONDS", 1)
    with running_server() as server, silent_listener() as port:
        message = failure(driver(server, port=port, first_seconds=0.5))
    assert message.startswith(f"host-1: network: no ssh to somebody@127.0.0.1 port {port} within 0.5 s: ")
    assert message.endswith(
        "; nothing was changed; see that the host runs and that the way to it is open from here, then run "
        "`pulumi up` again"
    )


def test_a_login_that_is_refused_is_not_tried_again() -> None:
    with running_server(sudo=Host().sudo) as server:
        one = driver(server)
        one.key = OTHER_KEY
        message = failure(one)
    assert message.startswith(
        f"host-1: network: no ssh to somebody@127.0.0.1 port {server.port}: Permission denied"
    )
    assert message.endswith(
        "; nothing was changed; see that the key's public half is in that user's authorized_keys, then run "
        "`pulumi up` again"
    )
    assert server.logins == 1


def test_a_host_key_that_cannot_be_read_is_an_error() -> None:
    given = {"name": "host-1", "host": "::1", "user": "me", "hostKey": "ssh-ed25519 AAAA", "revertAfter": 8}
    with pytest.raises(ValueError, match="the host key of ::1") as refused:
        parse_target(json.dumps(given))
    assert str(refused.value) == (
        "'ssh-ed25519 AAAA', the host key of ::1, is not a public key, such as `ssh-ed25519 AAAAC3...`; "
        "nothing was changed"
    )


def test_the_step_is_a_line_and_the_host_is_in_the_environment() -> None:
    assert parse_step("remove routes abc # on i-1, repair 2") == GuardedStep("remove", "routes", "abc")
    with pytest.raises(
        ValueError, match="'apply docker abc' is not `apply` or `remove`, one of network, routes"
    ):
        parse_step("apply docker abc")
    key = public_text(HOST_KEY)
    text = json.dumps(
        {"name": "host-1", "host": "::1", "port": 22.0, "user": "me", "hostKey": key, "revertAfter": 8}
    )
    target = Target("host-1", Login("::1", 22, "me", key), None, 8)
    assert parse_target(text) == target
    with_targets = json.dumps({**json.loads(text), "reaches": ["2001:db8::1"]})
    assert parse_target(with_targets) == replace(target, reaches=("2001:db8::1",))
    with pytest.raises(ValueError, match="'; reboot'"):
        parse_target(json.dumps({**json.loads(text), "reaches": ["; reboot"]}))


def test_the_program_prints_what_the_host_said_or_one_message_and_no_key() -> None:
    def started(server: Server) -> subprocess.CompletedProcess[str]:
        target = {
            "name": "host-1", "host": "127.0.0.1", "port": server.port, "user": "somebody",
            "hostKey": public_text(HOST_KEY), "bastion": None, "revertAfter": 2,
        }  # fmt: skip
        given = {"DUALSTACK_HOST": json.dumps(target), "DUALSTACK_SSH_PRIVATE_KEY": private_text(USER_KEY)}
        return subprocess.run(
            [sys.executable, "-m", "components.guarded_step", "apply network ffffffffffff # on i-1"],
            cwd=PROJECT_DIR,
            env={**os.environ, **given},
            input="x",
            capture_output=True,
            text=True,
            check=False,
        )

    with running_server(sudo=Host(first=b"network: unchanged\n").sudo) as server:
        done = started(server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "network: unchanged\n", "")
    with running_server(sudo=Host(first=b"", status=1, stderr=b"network: no\n").sudo) as server:
        done = started(server)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "host-1: network: no\n")
