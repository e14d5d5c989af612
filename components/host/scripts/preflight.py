"""Looks at a host that was there before, and says what stands against the change, before anything is changed.

Wishes as JSON on standard input; refusals and warnings on standard error, one in a line. Exit code 1 with a
refusal.
"""

import json
import os
import re
import shlex
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from facts import (
    daemon_json,
    default_route,
    engine_version,
    gateway_of,
    global_addresses,
    output,
    version_of,
)
from firewalls import firewalld_runs, ufw_forwards
from preflight_rules import Found, judge

PING_SECONDS = 3
NEIGHBOUR_SECONDS = 3
"""The kernel solicits three times, a second apart (RFC 4861, 10: MAX_MULTICAST_SOLICIT and RETRANS_TIMER)."""
TRIES = 3
MOST_QUEUED = 10_000
"""Packets that wait to be read, at the most: where they come faster than they are read there is no end."""
IPV6_TRANSPARENT = 75
"""Linux, include/uapi/linux/in6.h: a socket that may send from an address that is not the host's."""
ETH_P_IPV6 = 0x86DD
APPS = Path("/etc/dualstack/apps")
ECHO_REQUEST, ECHO_REPLY = 128, 129


def found_on_host(wishes: dict[str, Any], state: Path) -> Found:
    """All that the rules look at."""
    route = default_route("-6")
    interface: str | None = wishes["interface"] or route.get("dev") or default_route("-4").get("dev")
    gateway = gateway_of(route) if route.get("dev") == interface else None
    target: str | None = wishes["target"] if gateway else None
    ping = pings(target) if target else None
    source: str | None = wishes["source"]
    back = None
    if source and target and interface and ping:
        back = answer_comes_back(interface, source, target)
    flags, flags_file = dockerd_flags()
    return Found(
        interface=interface,
        addresses=tuple(global_addresses(interface)) if interface else (),
        gateway=gateway,
        gateway_answers=bool(interface and gateway) and gateway_answers(str(interface), str(gateway)),
        route_protocol=route.get("protocol", ""),
        accept_ra=setting(f"net/ipv6/conf/{interface}/accept_ra"),
        target=target,
        ping=ping,
        pings_back=back,
        engine=engine_version(),
        has_docker_unit=bool(output("systemctl", "cat", "docker.service")),
        flags=flags,
        flags_file=flags_file,
        daemon_json=daemon_json(state) or {},
        containers=tuple(running_containers()),
        networks=tuple(ipv6_networks()),
        ufw_forwards=ufw_forwards(),
        firewalld=firewalld_runs(),
        netplan=version_of("netplan.io"),
        forwards_ipv4=setting("net/ipv4/ip_forward") == "1",
        ipv4_policy=ipv4_policy(),
    )


def setting(path: str) -> str:
    """A value below /proc/sys; empty when there is none."""
    try:
        return Path("/proc/sys", path).read_text().strip()
    except OSError:
        return ""


def ipv4_policy() -> str:
    """That of iptables' chain FORWARD, such as `DROP`; empty where there is none."""
    first = output("iptables", "--wait", "--list-rules", "FORWARD").partition("\n")[0]
    return first.removeprefix("-P FORWARD ").strip()


def pings(target: str) -> bool:
    """Whether one of three pings is answered, or of as many some seconds later."""
    command = ("ping", "-6", "-c", "3", "-i", "0.3", "-W", "1", "-q", target)
    return any(
        subprocess.run(command, capture_output=True, check=False).returncode == 0 for _ in range(TRIES)
    )


def gateway_answers(interface: str, gateway: str) -> bool:
    """Routers need not answer pings; a link-layer address that is learned anew is proof enough."""
    output("ip", "-6", "neigh", "flush", "dev", interface, "to", gateway)
    command = ("ping", "-6", "-c", "1", "-W", "1", "-I", interface, gateway)
    if subprocess.run(command, capture_output=True, check=False).returncode == 0:
        return True
    deadline = time.monotonic() + NEIGHBOUR_SECONDS
    while "lladdr" not in output("ip", "-6", "neigh", "show", "dev", interface, "to", gateway):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def answer_comes_back(interface: str, source: str, target: str) -> bool:
    """Whether an answer to a ping that claims to come from `source` arrives on the interface.

    The address is on no interface, and nothing is changed for it: the packet is sent from it by permission of
    the socket, and the answer is seen on the wire.
    """
    identifier = os.getpid() & 0xFFFF
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IPV6)) as wire:
        wire.bind((interface, ETH_P_IPV6))
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender:
            sender.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
            sender.bind((source, 0))
            deadline = time.monotonic() + PING_SECONDS
            sequence = 0
            while time.monotonic() < deadline:
                sequence += 1
                request = struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, identifier, sequence)
                sender.sendto(request + b"dualstack", (target, 0))
                if hears(wire, source, identifier, time.monotonic() + 1):
                    return True
    return False


def hears(wire: socket.socket, source: str, identifier: int, deadline: float) -> bool:
    """Whether an echo reply to `source` with this identifier passes before the deadline."""
    wanted = socket.inet_pton(socket.AF_INET6, source)
    for packet in passing(wire, deadline):
        is_reply = packet[6] == socket.IPPROTO_ICMPV6 and packet[40:41] == bytes([ECHO_REPLY])
        if is_reply and packet[24:40] == wanted and packet[44:46] == struct.pack("!H", identifier):
            return True
    return False


def passing(wire: socket.socket, deadline: float) -> Iterator[bytes]:
    """What comes before the deadline, and what is there already then: a busy host may stand still longer."""
    left = MOST_QUEUED
    while left:
        over = time.monotonic() > deadline
        left -= over
        wire.settimeout(0 if over else 0.2)
        try:
            yield wire.recv(200)
        except BlockingIOError:
            return
        except TimeoutError:
            continue


def running_containers() -> list[str]:
    """Names of the containers that run and were not started by this program."""
    listed = output("docker", "ps", "--format", '{{.Names}}\t{{.Label "dualstack.spec"}}')
    rows = [line.split("\t") for line in listed.splitlines()]
    return sorted(row[0] for row in rows if len(row) < 2 or not row[1])


def ipv6_networks() -> list[str]:
    """Names of docker's bridge networks with IPv6 that are neither docker0's nor of this program."""
    form = '{{.Name}}\t{{.IPv6}}\t{{.Label "dualstack.network"}}\t{{.Label "com.docker.compose.project"}}'
    listed = output("docker", "network", "ls", "--filter", "driver=bridge", "--format", form)
    rows = [line.split("\t") for line in listed.splitlines()]
    return sorted(
        name
        for name, ipv6, ours, project in rows
        if name != "bridge" and ipv6 == "true" and not ours and not (project and (APPS / project).exists())
    )


def dockerd_flags() -> tuple[dict[str, str], str]:
    """dockerd's command line flags with their values, and the file that has the line that counts."""
    texts = output("systemctl", "cat", "docker.service")
    return flags_of(texts, environment_of_unit())


def flags_of(texts: str, environment: dict[str, str]) -> tuple[dict[str, str], str]:
    """The same, from what `systemctl cat` prints: files one after the other, each after a `# PATH` line."""
    file, command, of_command = "", "", ""
    for line in re.sub(r"\\\n", " ", texts).splitlines():
        if line.startswith("# /"):
            file = line[2:].strip()
        elif line.startswith("ExecStart="):
            command, of_command = line.partition("=")[2].strip(), file
    expanded = re.sub(
        r"\$(?:\{(\w+)\}|(\w+))", lambda match: environment.get(match[1] or match[2], ""), command
    )
    flags: dict[str, str] = {}
    words = shlex.split(expanded.lstrip("@-:+!"))[1:]
    for word, following in zip(words, [*words[1:], "-"], strict=True):
        if word.startswith("-"):
            name, equals, value = word.lstrip("-").partition("=")
            flags[name] = value if equals else ("" if following.startswith("-") else following)
    return flags, of_command


def environment_of_unit() -> dict[str, str]:
    """The variables that the unit's environment files set, such as DOCKER_OPTS of Debian's."""
    listed = output("systemctl", "show", "docker.service", "--property=EnvironmentFiles", "--value")
    found: dict[str, str] = {}
    for path in re.findall(r"(/\S+)", listed):
        try:
            lines = Path(path).read_text().splitlines()
        except OSError:
            continue
        pairs = [line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#")]
        found.update({name.strip(): " ".join(shlex.split(value)) for name, value in pairs})
    return found


def main(state: Path) -> int:
    """Says everything at once."""
    wishes: dict[str, Any] = json.load(sys.stdin)
    refusals, warnings = judge(found_on_host(wishes, state), wishes)
    for finding in warnings:
        print(f"preflight: warning: {finding.name}: {finding.text}", file=sys.stderr)
    for finding in refusals:
        print(f"preflight: refused: {finding.name}: {finding.text}", file=sys.stderr)
    if refusals:
        print("preflight: nothing was changed", file=sys.stderr)
    return 1 if refusals else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
