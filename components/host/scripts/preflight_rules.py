"""What stands against changing a host that was there before: a judgement on what was found. Pure.

Each finding has a name. A refusal ends the step before anything is changed; one whose name the user accepts
is a warning.
"""

import json
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from typing import Any

OLDEST_ENGINE = 20
"""The first with `ip6tables` (Docker Engine release notes, 20.10)."""
FIRST_WITH_CLOSED_PORTS = 28
"""The first that drops by its own rules what comes straight to a container over IPv4 (release notes of 28.0).
"""
OLDEST_NETPLAN = (0, 104)
FLAG_KEYS = {"b": "bridge", "default-address-pool": "default-address-pools", "dns-opt": "dns-opts"}
"""Flags of dockerd whose key in daemon.json has another name (dockerd's reference, "Daemon configuration
file").
"""


@dataclass(frozen=True)
class Found:
    """The host. Addresses are text with their lengths; `None` is what was not there or not tried.

    `route_protocol` and `accept_ra`: who made the default route, and the kernel's setting for the interface.
    `ping`, `pings_back`: whether the target answers the host's own address, and one of the prefix.
    `containers`: names of those that run and are not of this program. `flags`: dockerd's, with their values,
    and `flags_file`: the file that sets them. `daemon_json`: as it was before this program. `forwards_ipv4`:
    whether the kernel does, and `ipv4_policy`: what iptables does with what no rule of its own is about.
    """

    interface: str | None
    addresses: tuple[str, ...]
    gateway: str | None
    gateway_answers: bool
    route_protocol: str
    accept_ra: str
    target: str | None
    ping: bool | None
    pings_back: bool | None
    engine: str | None
    has_docker_unit: bool
    flags: dict[str, str]
    flags_file: str
    daemon_json: dict[str, Any]
    containers: tuple[str, ...]
    ufw_forwards: str | None
    firewalld: bool
    netplan: str | None
    forwards_ipv4: bool
    ipv4_policy: str


@dataclass(frozen=True)
class Finding:
    """One thing that stands against the change, or that is to be known of it."""

    name: str
    text: str


def judge(found: Found, wishes: dict[str, Any]) -> tuple[list[Finding], list[Finding]]:
    """The refusals and the warnings. `wishes`: what `components/host/preflight.py` writes."""
    refusals = [
        *_address(found, wishes),
        *_default_route(found),
        *_ping(found),
        *_route_back(found, wishes),
        *_engine(found, wishes),
        *_flags(found, wishes),
        *_daemon_json(found, wishes),
        *_live_restore(found),
        *_firewall(found),
        *_netplan(found, wishes),
    ]
    accepted = wishes["accept"]
    warnings = [Finding(one.name, f"{one.text} (accepted)") for one in refusals if one.name in accepted]
    return [one for one in refusals if one.name not in accepted], [*warnings, *_warnings(found, wishes)]


def _address(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if found.interface is None:
        return []
    if not found.addresses:
        text = f"{found.interface} has no global IPv6 address; give it a static one first"
        return [Finding("address", text)]
    if wishes["prefix"] is None:
        return []
    prefix = IPv6Network(wishes["prefix"])
    for text in found.addresses:
        interface = IPv6Interface(text)
        if interface.ip in prefix:
            said = f"{interface.ip}, the host's own address, lies in {prefix}, which is for containers"
            return [Finding("address", f"{said}; take another prefix")]
        if wishes["source"] and prefix.subnet_of(interface.network):
            said = (
                f"{prefix} lies in {interface.network}, which is on the link of {found.interface}: the "
                "router asks the link for each address, and nobody answers for a container"
            )
            return [Finding("address", f"{said}; take network ndp-proxy, or a prefix routed to the host")]
    if found.gateway and IPv6Address(found.gateway) in prefix:
        said = f"the gateway {found.gateway} lies in {prefix}, which is for containers"
        return [Finding("address", f"{said}; take another prefix")]
    return []


def _default_route(found: Found) -> list[Finding]:
    if found.interface is None or found.gateway is None:
        text = "there is no IPv6 default route; the host must reach the internet over IPv6 first"
        return [Finding("default-route", text)]
    if found.route_protocol == "ra" and found.accept_ra == "1":
        text = (
            f"the kernel learns the default route of {found.interface} from router advertisements, and drops "
            f"it when forwarding is turned on: set net.ipv6.conf.{found.interface}.accept_ra = 2 in "
            "/etc/sysctl.d, or make the route static"
        )
        return [Finding("default-route", text)]
    return []


def _ping(found: Found) -> list[Finding]:
    if found.gateway is None:
        return []
    if not found.gateway_answers:
        text = f"the gateway {found.gateway} does not answer neighbour solicitation on {found.interface}"
        return [Finding("ping", text)]
    if found.ping is False:
        return [Finding("ping", f"no answer from {found.target}: IPv6 does not lead out of this host")]
    return []


def _route_back(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if found.pings_back is not False:
        return []
    own = IPv6Interface(found.addresses[0]).ip if found.addresses else "this host"
    text = (
        f"no answer comes back to {wishes['source']}: nobody routes {wishes['prefix']} to this host; add the "
        f"route on the upstream router: {wishes['prefix']} via {own}"
    )
    return [Finding("route-back", text)]


def _engine(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if found.engine is None:
        return []
    if not found.has_docker_unit:
        text = "docker does not run as docker.service: a snap and a rootless docker cannot be configured here"
        return [Finding("engine", text)]
    if _major(found.engine) < OLDEST_ENGINE:
        text = f"docker engine {found.engine} is older than {OLDEST_ENGINE}.10, the oldest that can do this"
        return [Finding("engine", text)]
    return [Finding("engine", text) for text in _of_engine(found, wishes)["refusals"]]


def _flags(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    ours = _of_engine(found, wishes)
    findings = [
        Finding(
            "dockerd-flags",
            f"{_flag(flag, value)} in {found.flags_file} stands against {_reason(key, ours)}; take it out",
        )
        for flag, value in sorted(found.flags.items())
        if (key := FLAG_KEYS.get(flag, flag)) in ours["settings"] or key in ours["refused"]
    ]
    other = found.flags.get("config-file", "/etc/docker/daemon.json")
    if other != "/etc/docker/daemon.json":
        text = f"dockerd reads {other} (--config-file in {found.flags_file}), not /etc/docker/daemon.json"
        findings.append(Finding("dockerd-flags", f"{text}; take the flag out"))
    return findings


def _flag(flag: str, value: str) -> str:
    dashes = "-" if len(flag) == 1 else "--"
    return f"{dashes}{flag}={value}" if value else f"{dashes}{flag}"


def _reason(key: str, ours: dict[str, Any]) -> str:
    """dockerd refuses to start with a key that is a flag, too, whatever its value."""
    if key in ours["settings"]:
        return f'"{key}": {json.dumps(ours["settings"][key])} in daemon.json, and dockerd takes only one'
    return f"the containers' networks ({ours['refused'][key]})"


def _daemon_json(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    ours = _of_engine(found, wishes)
    clashes = [
        f"{key} is {json.dumps(found.daemon_json[key])}, and must be {json.dumps(value)}"
        for key, value in ours["settings"].items()
        if key in found.daemon_json and found.daemon_json[key] != value
    ]
    clashes += [
        f"{key} is {json.dumps(found.daemon_json[key])}: {reason}"
        for key, reason in ours["refused"].items()
        if found.daemon_json.get(key)
    ]
    return [Finding("daemon-json", f"/etc/docker/daemon.json: {clash}") for clash in clashes]


def _live_restore(found: Found) -> list[Finding]:
    if not found.containers or not (found.daemon_json.get("live-restore") or "live-restore" in found.flags):
        return []
    text = (
        f"live-restore is on, and {', '.join(found.containers)} would run on without the network that they "
        "have now; stop them, or turn live-restore off"
    )
    return [Finding("live-restore", text)]


def _firewall(found: Found) -> list[Finding]:
    findings: list[Finding] = []
    if found.ufw_forwards is not None and found.ufw_forwards.upper() != "ACCEPT":
        text = (
            f"ufw is active, and its forward policy is {found.ufw_forwards}: nothing reaches a container; "
            "`ufw default allow routed` leaves that to this program's own filter"
        )
        findings.append(Finding("firewall", text))
    if found.firewalld:
        text = (
            "firewalld is active, and rejects what no zone forwards: nothing reaches a container; disable "
            "it, or let your zones forward to the containers, and accept this"
        )
        findings.append(Finding("firewall", text))
    return findings


def _netplan(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if not wishes["netplan"]:
        return []
    if found.netplan is None:
        return [
            Finding("netplan", f"netplan is not installed, and network {wishes['way']} writes routes by it")
        ]
    if _numbers(found.netplan) < OLDEST_NETPLAN:
        text = f"netplan {found.netplan} is too old for network {wishes['way']}, which needs 0.104"
        return [Finding("netplan", text)]
    return []


def _warnings(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    warnings: list[Finding] = []
    if any(text.endswith("/128") for text in found.addresses):
        text = f"{found.addresses[0]} is alone on its link: every packet takes the way over {found.gateway}"
        warnings.append(Finding("address", text))
    if found.containers:
        text = f"{', '.join(found.containers)} run already, and stop and start again when docker is restarted"
        warnings.append(Finding("containers", text))
    if found.ufw_forwards is not None and found.ufw_forwards.upper() == "ACCEPT":
        warnings.append(Finding("firewall", "ufw is active: its own rules may close what is declared open"))
    if found.forwards_ipv4 and found.ipv4_policy != "DROP" and _leaves_ports_open(found):
        text = (
            "IPv4 forwarding was not turned on by docker, so over IPv4 every port of every container is open "
            "to whoever sends to its private address by this host: take net.ipv4.ip_forward out of "
            "/etc/sysctl.d and reboot, or have a firewall of yours drop it"
        )
        warnings.append(Finding("ipv4-forwarding", text))
    if not wishes["netplan"] and found.netplan is None:
        text = "netplan is not installed; nothing is needed from it, and the host's network is left alone"
        warnings.append(Finding("netplan", text))
    return warnings


def _leaves_ports_open(found: Found) -> bool:
    return found.engine is None or _major(found.engine) < FIRST_WITH_CLOSED_PORTS


def _of_engine(found: Found, wishes: dict[str, Any]) -> dict[str, Any]:
    """What is wished for on this engine: the entry of the newest that is not newer; the newest before any."""
    entries = {int(major): entry for major, entry in wishes["engines"].items()}
    fitting = [major for major in entries if found.engine is None or major <= _major(found.engine)]
    return entries[max(fitting or entries)]


def _major(version: str) -> int:
    return int(version.split(".")[0])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
