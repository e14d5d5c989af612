"""Reaching a host over SSH: keys, host keys, retries, and the words for each failure."""

import asyncio
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from lab.plugins.command.connection import Target
from lab.plugins.command.retry import DialError, with_retries
from lab.plugins.servicer import ProviderError
from tests.unit.plugins.ssh_server import (
    HOST_KEY,
    OTHER_KEY,
    USER_KEY,
    Recorder,
    Server,
    closing_listener,
    failure,
    free_port,
    private_text,
    public_text,
    run,
    running_agent,
    running_server,
    silent_listener,
)

NO_METHODS = "no supported methods remain"


def test_another_host_key_is_refused_before_anything_is_sent(server: Server, log: Recorder) -> None:
    connection = server.connection(hostKey=public_text(OTHER_KEY), dialErrorLimit=2)
    with pytest.raises(ProviderError) as caught:
        run("hello", connection, log)
    reason = "after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch"
    assert caught.value.message == reason
    assert log.lines == ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]
    assert server.commands == []


def test_without_a_host_key_any_server_is_trusted(server: Server) -> None:
    assert run("hello", server.connection(hostKey=None)).stdout == "hello"


@pytest.mark.parametrize(
    "form", ["{key}", "{key} a comment", "host.example {key}", "# a note\n\n{key}\n{other}"]
)
def test_a_host_key_may_have_a_comment_a_host_name_or_further_lines(server: Server, form: str) -> None:
    text = form.format(key=public_text(HOST_KEY).strip(), other=public_text(OTHER_KEY).strip())
    assert run("hello", server.connection(hostKey=text)).stdout == "hello"


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 %%%", "ssh-ed25519 QUJD"])
def test_a_malformed_host_key_fails_at_once(server: Server, text: str) -> None:
    connection = server.connection(hostKey=text, dialErrorLimit=60)
    assert failure("hello", connection) == "failed to parse host key: ssh: no key found"
    assert server.logins == 0


@pytest.mark.parametrize(
    ("changes", "tried"),
    [
        ({"privateKey": private_text(OTHER_KEY)}, "none publickey"),
        ({"privateKey": None}, "none"),
        ({"user": "nobody"}, "none publickey"),
        ({"privateKey": None, "password": "wrong"}, "none password"),
    ],
)
def test_a_refused_login_names_the_ways_tried(server: Server, changes: dict[str, Any], tried: str) -> None:
    reason = failure("hello", server.connection(dialErrorLimit=1, **changes))
    assert reason.startswith("after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate, ")
    assert re.search(r"attempted methods \[(.*)\], " + NO_METHODS, reason)[1].startswith(tried)  # type: ignore[index]


def test_a_password_logs_in(server: Server) -> None:
    assert run("hello", server.connection(privateKey=None, password="right")).stdout == "hello"


def test_a_locked_private_key_needs_its_password(server: Server) -> None:
    locked = USER_KEY.export_private_key("pkcs8-pem", "secret").decode()
    given = server.connection(privateKey=locked, privateKeyPassword="secret")
    assert run("hello", given).stdout == "hello"
    assert "passphrase protected" in failure("hello", server.connection(privateKey=locked))
    wrong = server.connection(privateKey=locked, privateKeyPassword="other")
    assert failure("hello", wrong) == "x509: decryption password incorrect"


def test_a_malformed_private_key_fails_at_once(server: Server) -> None:
    assert failure("hello", server.connection(privateKey="junk", dialErrorLimit=60)) == "ssh: no key found"
    assert server.logins == 0


def test_an_agent_that_is_not_there_is_an_error_at_once(server: Server, tmp_path: Path) -> None:
    path = str(tmp_path / "agent")
    reason = f"dial unix {path}: connect: no such file or directory"
    assert failure("hello", server.connection(privateKey=None, agentSocketPath=path)) == reason


def test_an_agent_s_key_logs_in(server: Server, tmp_path: Path) -> None:
    with running_agent(tmp_path / "agent"):
        connection = server.connection(privateKey=None, agentSocketPath=str(tmp_path / "agent"))
        assert run("hello", connection).stdout == "hello"


@pytest.mark.parametrize("limit", [0, 2])
def test_a_closed_port_is_tried_once_more_than_the_limit_counts(log: Recorder, limit: int) -> None:
    port = free_port()
    connection = {"host": "127.0.0.1", "port": port, "dialErrorLimit": limit}
    with pytest.raises(ProviderError) as caught:
        run("hello", connection, log)
    refused = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert caught.value.message == f"after {limit} failed attempts: {refused}"
    assert len(log.lines) == limit


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    port = free_port()
    reason = failure("hello", {"host": "::1", "port": port, "dialErrorLimit": 0})
    assert reason == f"after 0 failed attempts: dial tcp [::1]:{port}: connect: connection refused"


def test_an_unknown_name_is_told() -> None:
    reason = failure("hello", {"host": "host.invalid", "dialErrorLimit": 0})
    assert reason == "after 0 failed attempts: dial tcp: lookup host.invalid: no such host"


def test_a_server_that_closes_at_once_is_tried_again(server: Server, log: Recorder) -> None:
    server.refused_first = 1
    assert run("hello", server.connection(dialErrorLimit=3), log).stdout == "hello"
    assert log.lines == ["Dial 1/3 failed: retrying", "hello"]
    with closing_listener() as port:
        reason = failure("hello", server.connection(port=port))
    assert reason == "after 0 failed attempts: ssh: handshake failed: EOF"


def test_a_silent_server_times_out_where_the_real_provider_hangs() -> None:
    with silent_listener() as port:
        started = time.monotonic()
        connection = {"host": "127.0.0.1", "port": port, "dialErrorLimit": 0, "perDialTimeout": 1}
        reason = f"ssh: handshake failed: 127.0.0.1:{port} did not finish it within 1 s"
        assert failure("hello", connection) == f"after 0 failed attempts: {reason}"
        assert 0.9 < time.monotonic() - started < 30


def test_the_pauses_grow_by_half_up_to_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def note(seconds: float, cancelled: threading.Event) -> None:
        pauses.append(round(seconds, 3))

    async def refuse() -> None:
        raise DialError("no")

    monkeypatch.setattr("lab.plugins.command.retry._pause", note)
    with pytest.raises(ProviderError, match="after 12 failed attempts: no"):
        asyncio.run(with_retries("Dial", 12, refuse, lambda line: None, threading.Event()))
    assert pauses[:4] == [0.1, 0.15, 0.225, 0.338]
    assert pauses[-2:] == [5.0, 5.0]


def test_ctrl_c_ends_dialling_and_says_so(log: Recorder) -> None:
    cancelled = threading.Event()
    connection = {"host": "127.0.0.1", "port": free_port(), "dialErrorLimit": -1}
    threading.Thread(target=_set_once_told, args=(cancelled, log), daemon=True).start()
    with pytest.raises(ProviderError, match=r"^context canceled$"):
        run("hello", connection, log, cancelled=cancelled)
    assert log.lines[0] == "Dial 1/inf failed: retrying"


def _set_once_told(cancelled: threading.Event, log: Recorder) -> None:
    while not log.lines:
        time.sleep(0.05)
    cancelled.set()


def test_a_proxy_is_one_hop_with_a_login_and_a_host_key_of_its_own(server: Server, log: Recorder) -> None:
    with running_server() as bastion:
        connection = server.connection(proxy=bastion.connection())
        # The bastion of this test does not forward; the refusal comes back as it does from a real one.
        reason = "proxy: after 0 failed attempts: ssh: rejected: connect failed ("
        assert failure("hello", connection).startswith(reason)
        wrong = server.connection(proxy=bastion.connection(hostKey=public_text(OTHER_KEY)))
        mismatch = "proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch"
        assert failure("hello", wrong) == mismatch
        bad = server.connection(proxy=bastion.connection(privateKey="junk"))
        assert failure("hello", bad) == "proxy: ssh: no key found"


def test_a_target_shows_no_secret() -> None:
    target = Target("h", password="open sesame", private_key="a key", private_key_password="another")
    assert repr(target) == (
        "Target(host='h', user='root', port=22, agent_socket_path=None, dial_error_limit=10, "
        "per_dial_timeout=15, host_key=None, proxy=None)"
    )
