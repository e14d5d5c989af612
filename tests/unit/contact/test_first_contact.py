"""Meeting a host: what is tried again, what ends it at once, and what is said then."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import asyncssh
import pytest

from components.contact.attempt import Contact
from components.contact.waiting import NoContactError, Pace, wait_for_contact
from components.contact.wanted import Wanted, parse
from components.host_keys import fingerprint
from components.ssh_sessions import Login
from tests.unit.plugins.ssh_server import (
    HOST_KEY,
    OTHER_KEY,
    USER_KEY,
    Server,
    closing_listener,
    free_port,
    public_text,
    running_server,
    silent_listener,
)

QUICK = Pace(each=0.5, pause=0.1, report=1, silence=0.5)
PATIENT = Pace(each=60, pause=0.1, report=60, silence=1)
"""For what succeeds: on a busy machine a login takes a while."""
KNOWN, OTHER = (" ".join(public_text(key).split()[:2]) for key in (HOST_KEY, OTHER_KEY))


def host(port: int, seconds: float = 2, **more: Any) -> Wanted:
    login = Login("127.0.0.1", port, "somebody", KNOWN)
    return replace(Wanted("host-1", login, None, "user-data", seconds, "i-0123"), **more)


def meet(wanted: Wanted, key: asyncssh.SSHKey = USER_KEY, pace: Pace = QUICK) -> tuple[Contact, list[str]]:
    said: list[str] = []
    return asyncio.run(wait_for_contact(wanted, key, said.append, pace)), said


def refusal(wanted: Wanted, key: asyncssh.SSHKey = USER_KEY, pace: Pace = QUICK) -> tuple[str, list[str]]:
    said: list[str] = []
    with pytest.raises(NoContactError) as caught:
        asyncio.run(wait_for_contact(wanted, key, said.append, pace))
    return str(caught.value), said


@contextmanager
def server_that_comes_later(port: int, seconds: float) -> Iterator[None]:
    """Until then nobody listens on the port; then each connection is handed to a server that lets us in."""
    with running_server() as server:
        forward = threading.Thread(target=_forward, args=(port, seconds, server), daemon=True)
        forward.start()
        yield


def _forward(port: int, seconds: float, server: Server) -> None:
    time.sleep(seconds)
    with socket.create_server(("127.0.0.1", port)) as listener:
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", server.port)) as inner:
            back = threading.Thread(target=_copy, args=(inner, client), daemon=True)
            back.start()
            _copy(client, inner)
            back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_a_host_that_shows_its_key_and_lets_us_in_is_met_at_the_first_try() -> None:
    with running_server() as server:
        assert meet(host(server.port, 60), pace=PATIENT) == (Contact(KNOWN), [])
        assert (server.logins, server.commands) == (1, [])


def test_of_a_host_without_a_known_key_the_one_it_shows_is_told() -> None:
    with running_server() as server:
        unknown = Login("127.0.0.1", server.port, "somebody", None)
        assert meet(host(server.port, 60, login=unknown), pace=PATIENT) == (Contact(KNOWN), [])


def test_a_host_that_boots_is_waited_for() -> None:
    port = free_port()
    with server_that_comes_later(port, 0.5):
        contact, said = meet(host(port, 60), pace=PATIENT)
    assert contact == Contact(KNOWN)
    assert said[0] == "waiting for ssh, try 1, 0 s: connection refused"
    assert re.fullmatch(r"logged in at try \d+, after \d+ s", said[-1])
    assert len(said) == 2


def test_a_host_that_does_not_listen_is_tried_until_its_time_is_over() -> None:
    port = free_port()
    started = time.monotonic()
    error, said = refusal(host(port, 3), pace=replace(QUICK, pause=0.4, report=60))
    assert time.monotonic() - started < 30
    tries, seconds = re.findall(r"\d+", error.split("(")[1])[:2]
    assert int(tries) >= 5
    assert error == (
        f"host-1: no ssh at 127.0.0.1 port {port} ({tries} tries, {seconds} s): connection refused; see that "
        "the machine runs and that the way to it is open from here (sshFrom, connect), look at the console "
        "output of i-0123, then run `pulumi up` again"
    )
    assert said == ["waiting for ssh, try 1, 0 s: connection refused"]


def test_long_waiting_is_reported_now_and_then() -> None:
    _, said = refusal(host(free_port(), 6), pace=replace(QUICK, pause=1, report=1.8))
    assert [line.split(" s: ")[0] for line in said] == [
        "waiting for ssh, try 1, 0",
        "waiting for ssh, try 3, 2",
        "waiting for ssh, try 5, 4",
    ]


def test_a_host_without_an_address_that_answers_says_so() -> None:
    # A discarded address (RFC 6666): there is no route to it here, or nobody at its end.
    nowhere = Login("100::1", 22, "somebody", KNOWN)
    error, _ = refusal(host(22, 0.3, login=nowhere))
    assert error.startswith("host-1: no ssh at 100::1 port 22 (")


def test_a_silent_host_fails_within_its_bound_and_says_that_it_is_silent() -> None:
    with silent_listener() as port:
        started = time.monotonic()
        error, said = refusal(host(port, 4), pace=replace(QUICK, report=60))
        assert time.monotonic() - started < 30
    assert re.sub(r"\d+ tries, \d+ s", "N tries, N s", error) == (
        f"host-1: no ssh login at 127.0.0.1 port {port} (N tries, N s): it takes the connection and says "
        "nothing; its sshd hangs, or something else listens there: look at the console output of i-0123, "
        "then run `pulumi up` again"
    )
    assert [re.sub(r"\d s", "N s", line) for line in said] == [
        "waiting for ssh, try 1, N s: it takes the connection and says nothing"
    ]


def test_a_host_that_says_its_name_and_no_more_is_silent_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_greet, args=(listener,), daemon=True).start()
        error, _ = refusal(host(listener.getsockname()[1], 1))
        listener.shutdown(socket.SHUT_RDWR)
    assert "it stops answering before the login; its sshd hangs" in error


def _greet(listener: socket.socket) -> None:
    open_ones: list[socket.socket] = []
    try:
        while True:
            client, _ = listener.accept()
            client.sendall(b"SSH-2.0-quiet\r\n")
            open_ones.append(client)
    except OSError:
        for client in open_ones:
            client.close()


def test_a_host_that_closes_every_connection_is_tried_again() -> None:
    with closing_listener() as port:
        error, _ = refusal(host(port, 3), pace=replace(QUICK, pause=0.5))
    assert "it takes the connection and closes it" in error
    assert "tries" in error


def test_another_host_key_ends_it_at_once_before_the_login() -> None:
    with running_server(OTHER_KEY) as server:
        error, said = refusal(host(server.port, 60), pace=Pace())
        assert (server.logins, said) == (1, [])
    assert error == (
        f"host-1: 127.0.0.1 port {server.port} shows the host key {fingerprint(OTHER)}, and "
        f"{fingerprint(KNOWN)} is known; stopped before the login; perhaps another machine answers there; a "
        "host keeps the key that it was made with: to have it made anew, replace host-1-instance"
    )


@pytest.mark.parametrize(
    ("known_from", "advice"),
    [
        ("console", "have it read again: replace host-1-host-key"),
        ("accept-new", "accept the new one: replace host-1-host-key"),
        ("given", "set its hostKey to the new one, had by a way that you trust"),
    ],
)
def test_the_advice_fits_where_the_key_is_known_from(known_from: str, advice: str) -> None:
    with running_server(OTHER_KEY) as server:
        error, _ = refusal(host(server.port, 60, known_from=known_from), pace=PATIENT)
    assert error.endswith(f"if its key was changed on purpose, {advice}")


def test_a_host_with_no_ed25519_key_is_another_one() -> None:
    with running_server(asyncssh.generate_private_key("ssh-rsa")) as server:
        error, said = refusal(host(server.port, 60), pace=Pace())
    assert f"shows no ssh-ed25519 host key, and {fingerprint(KNOWN)} is known" in error
    # A server that resets the connection takes back what it said: then that try tells nothing.
    assert all("closes the connection before the login" in line for line in said)


def test_a_refused_login_ends_it_at_once() -> None:
    with running_server() as server:
        error, said = refusal(host(server.port, 60), OTHER_KEY, Pace())
        assert (server.logins, said) == (1, [])
    assert error == (
        f"host-1: 127.0.0.1 port {server.port} refused the login of somebody with the key it was given; "
        "check the user and the private key, whose public half must be in that user's authorized_keys"
    )


def test_a_bastion_that_is_not_there_is_named() -> None:
    port = free_port()
    bastion = Login("127.0.0.1", port, "somebody", KNOWN)
    error, said = refusal(host(22, 3, bastion=bastion))
    assert error.startswith(f"host-1: no ssh at its bastion 127.0.0.1 port {port} (")
    assert said[0] == "waiting for the bastion's ssh, try 1, 0 s: connection refused"


def test_a_bastion_with_another_key_is_not_logged_in_on() -> None:
    with running_server(OTHER_KEY) as server:
        bastion = Login("127.0.0.1", server.port, "somebody", KNOWN)
        error, _ = refusal(host(22, 60, bastion=bastion), pace=Pace())
    assert f"its bastion 127.0.0.1 port {server.port} shows the host key {fingerprint(OTHER)}" in error
    assert error.endswith("set its hostKey to the new one, had by a way that you trust")


def test_what_is_wanted_is_read_from_json() -> None:
    text = (
        '{"host": "host-1", "address": "2001:db8::1", "port": 22, "user": "debian", '
        '"host_key": "ssh-ed25519 AAAA", "bastion": {"address": "b", "port": 23, "user": "jump", '
        '"host_key": "ssh-ed25519 BBBB"}, '
        '"known_from": "given", "seconds": 300, "instance": "i-0123"}'
    )
    assert parse(text) == Wanted(
        host="host-1",
        login=Login("2001:db8::1", 22, "debian", "ssh-ed25519 AAAA"),
        bastion=Login("b", 23, "jump", "ssh-ed25519 BBBB"),
        known_from="given",
        seconds=300,
        instance="i-0123",
    )
