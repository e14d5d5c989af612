"""How the preflight looks at a host: docker's networks and flags, answers on the wire, pings."""

import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.preflight_host import DROP_IN
from tests.unit.host.test_host_files import script

preflight = script("preflight")


def test_docker0_and_the_program_s_own_networks_are_no_networks_of_the_user_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ours").mkdir()
    listed = (
        "bridge\ttrue\t\t\n"
        "web\ttrue\t\t\n"
        "four\tfalse\t\t\n"
        "containers\ttrue\t0123456789ab\t\n"
        "ours_default\ttrue\t\tours\n"
        "theirs_default\ttrue\t\ttheirs\n"
    )
    monkeypatch.setattr(preflight, "output", lambda *argv: listed)
    monkeypatch.setattr(preflight, "APPS", tmp_path)
    assert preflight.ipv6_networks() == ["theirs_default", "web"]


UNIT = """\
# /usr/lib/systemd/system/docker.service
[Service]
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// \\
    --containerd=/run/containerd/containerd.sock $DOCKER_OPTS

"""


def test_flags_are_read_from_the_unit_with_its_variables() -> None:
    assert preflight.flags_of(UNIT, {"DOCKER_OPTS": "--ipv6 --fixed-cidr-v6 2001:db8::/64"}) == (
        {
            "H": "fd://",
            "containerd": "/run/containerd/containerd.sock",
            "ipv6": "",
            "fixed-cidr-v6": "2001:db8::/64",
        },
        "/usr/lib/systemd/system/docker.service",
    )


def test_the_last_command_line_counts() -> None:
    drop_in = f"# {DROP_IN}\n[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd --ipv6\n"
    assert preflight.flags_of(UNIT + drop_in, {}) == ({"ipv6": ""}, DROP_IN)


SOURCE = "2001:db8:a:101::2"


def echo_reply(identifier: int) -> bytes:
    addresses = socket.inet_pton(socket.AF_INET6, "2001:db8:ffff::1") + socket.inet_pton(
        socket.AF_INET6, SOURCE
    )
    header = struct.pack("!IHBB", 0x60000000, 8, socket.IPPROTO_ICMPV6, 64)
    return header + addresses + struct.pack("!BBHHH", 129, 0, 0, identifier, 1)


def hears(*packets: bytes, seconds: float = 0.0) -> bool:
    """Whether the answer to ping 7 is heard on a wire with these packets, within so many seconds from now."""
    wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with wire, far:
        for packet in packets:
            far.send(packet)
        return preflight.hears(wire, SOURCE, 7, time.monotonic() + seconds)


def test_an_answer_that_came_in_time_is_heard_by_who_had_to_stand_still_for_longer() -> None:
    assert hears(echo_reply(8), echo_reply(7), seconds=-5)
    assert not hears(echo_reply(8), seconds=-5)
    assert not hears(seconds=0.1)


def test_a_wire_on_which_there_is_no_end_of_packets_is_left() -> None:
    wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with wire, far:
        far.send(echo_reply(8))
        others = 0
        for packet in preflight.passing(wire, time.monotonic() - 1):
            far.send(packet)
            others += 1
    assert others == preflight.MOST_QUEUED


def test_a_gateway_may_take_a_second_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = iter(["", "fe80::1 dev eth0 INCOMPLETE", "fe80::1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE"])
    monkeypatch.setattr(preflight, "output", lambda *argv: next(shown) if "show" in argv else "")
    assert preflight.gateway_answers("lo", "fe80::dead")


def test_a_host_is_out_of_reach_when_no_ping_is_answered_for_some_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = iter([1, 1, 0])

    def run(*_: Any, **__: Any) -> Any:
        return subprocess.CompletedProcess((), next(codes))

    monkeypatch.setattr(preflight.subprocess, "run", run)
    assert preflight.pings("2001:db8:ffff::1")
    codes = iter([1, 1, 1])
    assert not preflight.pings("2001:db8:ffff::1")
