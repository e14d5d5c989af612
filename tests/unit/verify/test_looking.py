"""Which hosts are looked at, and what is said of one that cannot be."""

import socket
from dataclasses import replace

import pytest

from components.host_keys import derive_host_key
from components.ssh_sessions import Login
from components.verify.looking import look_at, questions
from components.verify.state import StateError, chosen
from components.verify.wanted import wanted_on
from tests.unit.verify.healthy import host

KEY = derive_host_key("a seed that guards nothing", "tests", "host")


def test_a_host_that_does_not_answer_is_named_with_the_way_to_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    there = replace(host(), login=Login("127.0.0.1", port, "debian", KEY.public), key=KEY.private)
    (looked,) = look_at([there])
    assert looked.found is None
    assert looked.problem is not None
    assert looked.problem.startswith(f"debian@127.0.0.1 port {port}: ")
    assert "refused" in looked.problem


def test_a_host_whose_first_step_never_ended_well_is_named() -> None:
    (looked,) = look_at([replace(host(), steps=())])
    assert looked.problem == (
        "the state has no facts of it: its first step never ended well; run `pulumi up`"
    )


def test_all_hosts_or_those_that_are_named() -> None:
    one, two = host(), replace(host(), name="host-2")
    assert chosen([one, two], [], "dev") == [one, two]
    assert chosen([one, two], ["host-2"], "dev") == [two]
    with pytest.raises(StateError, match="stack dev has no host host-9; it has host-1, host-2"):
        chosen([one, two], ["host-9"], "dev")
    with pytest.raises(StateError, match="stack dev has no hosts; run `pulumi up` first"):
        chosen([], [], "dev")


def test_the_host_is_asked_for_what_it_should_have_and_never_told_a_secret() -> None:
    asked = questions(wanted_on(host()))
    assert asked["devices"] == ["ens5", "docker0"]
    assert asked["containers"] == ["web"]
    assert asked["cloud_init"] is True
    assert list(asked["tables"]) == ["dualstack"]
