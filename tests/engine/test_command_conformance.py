"""The command provider on the real engine and OpenSSH's sshd: what a new command does.

Every row was seen with pulumi-command 1.2.1 and OpenSSH 9.2, and holds for the stand-in as for the real one.
All commands are created by one `up`; each test then looks at its own.
"""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.command_stack import CommandStack, Told
from tests.engine.conftest import stand_in_only
from tests.engine.real_sshd import Sshd

REFUSED = "Unable to set '{name}'. This only works if your SSH server is configured to accept"


def commands(sshd: Sshd, closed: int) -> dict[str, dict[str, Any]]:
    """One command for each row."""

    def on(text: str | None, /, **inputs: Any) -> dict[str, Any]:
        changes = inputs.pop("to", {})
        given = {"create": text, "connection": sshd.connection(**changes), **inputs}
        return {name: value for name, value in given.items() if value is not None}

    key = sshd.key
    printing = "echo out; echo err >&2"
    return {
        "plain": on(r"printf 'a\n\n\n'; echo e >&2"),
        "status": on('echo "o"; sleep 0.1; echo e >&2; exit 3'),
        "signal": on("kill -TERM $$"),
        "cut": on("kill -9 $PPID"),
        "absent": on("no-such-command"),
        "nothing": on(None, delete="true", to={"port": closed}),
        "shebang": on("#!/no/such\necho ran"),
        "home": on("echo $HOME"),
        "variable": on("touch ran-in-spite", environment={"FOO": "1"}),
        "locale": on("echo $LC_ANY", environment={"LC_ANY": "yes"}),
        "stdin": on("cat | od -An -c | tail -n 2", stdin="line\n\ttab \u00fc"),
        "unread": on("true", stdin="x" * 100_000),
        "background": on("(sleep 1; echo late) & echo soon"),
        "binary": on(r"printf '\377'; touch " + str(sshd.folder / "binary-ran")),
        "large": on("head -c 300000 /dev/zero | tr '\\0' x; echo", logging="none"),
        "log-both": on(printing, logging="stdoutAndStderr"),
        "log-out": on(printing, logging="stdout"),
        "log-err": on(printing, logging="stderr"),
        "log-none": on(printing, logging="none"),
        "host-key-wrong": on("true", to={"host_key": key("other.pub")}),
        "host-key-malformed": on("true", to={"host_key": "junk"}),
        "host-key-name": on("true", to={"host_key": "host.example " + key("host_ed25519.pub")}),
        "host-key-lines": on("true", to={"host_key": key("host_ed25519.pub") + key("other.pub")}),
        "host-key-ecdsa": on("true", to={"host_key": key("host_ecdsa.pub")}),
        "host-key-rsa": on("true", to={"host_key": key("host_rsa.pub")}),
        "host-key-none": on("true", to={"host_key": None}),
        "key-wrong": on("true", to={"private_key": key("other")}),
        "key-none": on("true", to={"private_key": None}),
        "key-malformed": on("true", to={"private_key": "junk"}),
        "user-wrong": on("true", to={"user": "no-such-user"}),
        "closed": on("true", to={"port": closed}),
        "closed-0": on("true", to={"port": closed, "dial_error_limit": 0}),
        "closed-ipv6": on("true", to={"host": "::1", "port": closed, "dial_error_limit": 1}),
        "no-name": on("true", to={"host": "host.invalid", "dial_error_limit": 0}),
        "proxy": on("echo through", to={"proxy": sshd.connection()}),
        "proxy-closed": on("true", to={"port": closed, "dial_error_limit": 0, "proxy": sshd.connection()}),
        "proxy-wrong": on("true", to={"proxy": sshd.connection(private_key=key("other"))}),
        "local": {"kind": "local", "create": "cat; echo $FOO", "stdin": "in\n", "environment": {"FOO": "x"}},
        "local-status": {"kind": "local", "create": "echo why; exit 4"},
        "local-folder": {"kind": "local", "create": "pwd", "dir": "/usr", "interpreter": ["/bin/bash", "-c"]},
    }


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    """A port that is bound, so that no other takes it, and does not listen."""
    with socket.socket(socket.AF_INET6) as held:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        held.bind(("::", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="module")
def told(command_stack: CommandStack, sshd: Sshd, closed_port: int) -> Told:
    return command_stack.up(commands(sshd, closed_port))


@pytest.fixture(scope="module")
def state(command_stack: CommandStack, told: Told) -> dict[str, dict[str, Any]]:
    return command_stack.outputs()


def printed(state: dict[str, dict[str, Any]], name: str) -> tuple[str, str]:
    outputs = state[name]["outputs"]
    return outputs["stdout"], outputs["stderr"]


def test_one_trailing_newline_is_taken_off_each_stream(state: dict[str, Any], told: Told) -> None:
    assert printed(state, "plain") == ("a\n\n", "e")
    assert sorted(told.live("plain")) == ["", "", "a", "e"]


def test_an_id_is_the_name_and_eight_digits(state: dict[str, Any]) -> None:
    assert re.fullmatch("plain[0-9a-f]{8}", state["plain"]["id"])


def test_the_state_holds_what_was_given_and_the_connection_as_a_secret(state: dict[str, Any]) -> None:
    assert sorted(state["plain"]["inputs"]) == ["connection", "create"]
    assert sorted(state["plain"]["outputs"]) == ["connection", "create", "stderr", "stdout"]
    for part in ("inputs", "outputs"):
        assert "ciphertext" in state["plain"][part]["connection"]


def test_a_failed_command_is_told_with_all_it_printed_and_is_not_stored(
    state: dict[str, Any], told: Told
) -> None:
    quoted = r'"echo \"o\"; sleep 0.1; echo e >&2; exit 3"'
    assert f"Process exited with status 3: running {quoted}:\no\ne" in told.error("status")
    assert "status" not in state
    assert told.exit_code != 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("signal", 'Process exited with status 143 from signal TERM: running "kill -TERM $$":'),
        ("cut", 'wait: remote command exited without exit status or exit signal: running "kill -9 $PPID":'),
        ("absent", 'Process exited with status 127: running "no-such-command":'),
        ("binary", "grpc: error while marshaling: string field contains invalid UTF-8"),
        ("variable", 'could not set environment variable "FOO": ssh: setenv failed'),
        (
            "host-key-wrong",
            "after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch",
        ),
        ("host-key-malformed", "failed to parse host key: ssh: no key found"),
        (
            "host-key-rsa",
            "ssh: handshake failed: ssh: no common algorithm for host key; we offered: [ssh-rsa], "
            "peer offered: [rsa-sha2-512",
        ),
        (
            "key-wrong",
            "after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate, "
            "attempted methods [none publickey], no supported methods remain",
        ),
        (
            "user-wrong",
            "after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate, "
            "attempted methods [none publickey], no supported methods remain",
        ),
        (
            "key-none",
            "after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate, "
            "attempted methods [none], no supported methods remain",
        ),
        ("key-malformed", "ssh: no key found"),
        ("closed", "after 2 failed attempts: dial tcp 127.0.0.1:{closed}: connect: connection refused"),
        ("closed-0", "after 0 failed attempts: dial tcp 127.0.0.1:{closed}: connect: connection refused"),
        ("closed-ipv6", "after 1 failed attempts: dial tcp [::1]:{closed}: connect: connection refused"),
        ("no-name", "after 0 failed attempts: dial tcp: lookup host.invalid"),
        (
            "proxy-closed",
            "proxy: after 0 failed attempts: ssh: rejected: connect failed (Connection refused)",
        ),
        (
            "proxy-wrong",
            "proxy: after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate",
        ),
        ("local-status", 'exit status 4: running "echo why; exit 4":\nwhy'),
    ],
)
def test_each_failure_has_its_words(
    state: dict[str, Any], told: Told, closed_port: int, name: str, reason: str
) -> None:
    assert reason.replace("{closed}", str(closed_port)) in told.error(name)
    assert name not in state


def test_a_failed_attempt_to_dial_is_counted_live(told: Told) -> None:
    assert told.live("closed") == ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]
    assert told.live("key-malformed") == []


def test_the_shell_names_an_absent_command(told: Told) -> None:
    assert "no-such-command: command not found" in told.error("absent")


def test_without_create_nothing_is_dialled(state: dict[str, Any]) -> None:
    assert printed(state, "nothing") == ("", "")


def test_the_text_goes_to_the_login_shell(state: dict[str, Any]) -> None:
    assert printed(state, "shebang") == ("ran", "")


def test_no_start_up_file_of_the_user_who_runs_the_tests_is_read(state: dict[str, Any], sshd: Sshd) -> None:
    assert printed(state, "home") == (str(sshd.folder), "")


def test_a_refused_variable_is_told_and_nothing_runs(told: Told) -> None:
    assert any(REFUSED.format(name="FOO") in message for message in told.errors("variable"))
    assert not (Path.home() / "ran-in-spite").exists()


@pytest.mark.parametrize(
    ("name", "stdout"),
    [
        ("locale", "yes"),
        ("stdin", "   l   i   n   e  \\n  \\t   t   a   b     303 274"),
        ("unread", ""),
        ("background", "soon\nlate"),
        ("host-key-name", ""),
        ("host-key-lines", ""),
        ("host-key-ecdsa", ""),
        ("host-key-none", ""),
        ("proxy", "through"),
        ("local", "in\nx"),
        ("local-folder", "/usr"),
    ],
)
def test_each_success_has_its_output(state: dict[str, Any], name: str, stdout: str) -> None:
    assert printed(state, name)[0].splitlines()[:2] == stdout.splitlines()[:2]


def test_output_that_is_not_text_is_refused_after_the_command_ran(sshd: Sshd, told: Told) -> None:
    assert (sshd.folder / "binary-ran").exists()


def test_large_output_is_stored_whole(state: dict[str, Any]) -> None:
    assert printed(state, "large")[0] == "x" * 300_000


@pytest.mark.parametrize(
    ("name", "shown"),
    [("log-both", ["err", "out"]), ("log-out", ["out"]), ("log-err", ["err"]), ("log-none", [])],
)
def test_logging_chooses_the_live_lines_and_outputs_stay_whole(
    state: dict[str, Any], told: Told, name: str, shown: list[str]
) -> None:
    assert sorted(told.live(name)) == shown
    assert printed(state, name) == ("out", "err")


@stand_in_only
def test_a_silent_server_times_out(command_stack: CommandStack, sshd: Sshd, told: Told) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        target = sshd.connection(port=port, per_dial_timeout=1, dial_error_limit=0)
        answer = command_stack.up({"silent": {"create": "true", "connection": target}})
    reason = f"after 0 failed attempts: ssh: handshake failed: 127.0.0.1:{port} did not finish it within 1 s"
    assert reason in answer.error("silent")


@stand_in_only
def test_wrong_inputs_are_refused_at_preview_and_show_no_key(command_stack: CommandStack, sshd: Sshd) -> None:
    wrong = {"create": "true", "connection": sshd.connection(), "logging": "loud"}
    text = command_stack.preview({"bad": wrong}, check=False).text
    assert 'logging is "loud"; allowed: stdoutAndStderr, stdout, stderr, none' in text
    assert "OPENSSH PRIVATE KEY" not in text
