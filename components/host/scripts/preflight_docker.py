"""What of docker stands against changing a host that was there before. Pure."""

import json
import re
from typing import Any

from engine_limits import engine_refusals
from preflight_found import Finding, Found

OLDEST_ENGINE = 20
"""The first with `ip6tables` (Docker Engine release notes, 20.10)."""
FIRST_WITH_CLOSED_PORTS = 28
"""The first that drops by its own rules what comes straight to a container over IPv4 (release notes of 28.0).
"""
FLAG_KEYS = {"b": "bridge", "default-address-pool": "default-address-pools", "dns-opt": "dns-opts"}
"""Flags of dockerd whose key in daemon.json has another name (dockerd's reference, "Daemon configuration
file").
"""
BOOLEANS = {"": True, "1": True, "t": True, "true": True, "0": False, "f": False, "false": False}
"""What a flag that is on or off may be given as (Go's strconv.ParseBool); nothing is on."""


def docker_refusals(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    """All that is refused of the engine, its flags, its daemon.json and what runs on it."""
    return [
        *_engine(found, wishes),
        *_flags(found, wishes),
        *_daemon_json(found, wishes),
        *_live_restore(found),
        *_networks(found, wishes),
    ]


def _engine(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if found.engine is None:
        return []
    if not found.has_docker_unit:
        text = (
            "docker does not run as docker.service: a snap and a rootless docker cannot be configured here; "
            "take it off the host, or install docker as a package in its place"
        )
        return [Finding("engine", text)]
    if _major(found.engine) < OLDEST_ENGINE:
        text = (
            f"docker engine {found.engine} is older than {OLDEST_ENGINE}.10, the oldest that can do this; "
            "install a newer one"
        )
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
    beyond = _beyond_engine(found, ours, _as_settings(found.flags))
    findings += [
        Finding("dockerd-flags", f"{_flag(flag, value)} in {found.flags_file}: {beyond[key]}")
        for flag, value in sorted(found.flags.items())
        if (key := FLAG_KEYS.get(flag, flag)) in beyond
    ]
    other = found.flags.get("config-file", "/etc/docker/daemon.json")
    if other != "/etc/docker/daemon.json":
        text = f"dockerd reads {other} (--config-file in {found.flags_file}), not /etc/docker/daemon.json"
        findings.append(Finding("dockerd-flags", f"{text}; take the flag out"))
    return findings


def _as_settings(flags: dict[str, str]) -> dict[str, Any]:
    """What the flags say, as daemon.json would."""
    settings: dict[str, Any] = {}
    for flag, value in flags.items():
        key = FLAG_KEYS.get(flag, flag)
        pools = [{"base": base} for base in re.findall(r"base=([^,\s]+)", value)]
        settings[key] = pools if key == "default-address-pools" else BOOLEANS.get(value.lower(), value)
    return settings


def _beyond_engine(found: Found, ours: dict[str, Any], flags: dict[str, Any]) -> dict[str, str]:
    """What this engine cannot do of the host's own keys and these flags, but for what the way refuses."""
    if found.engine is None:
        return {}
    refusals = engine_refusals({**found.daemon_json, **flags, **ours["settings"]}, found.engine)
    return {key: reason for key, reason in refusals.items() if key not in ours["refused"]}


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
        f"{key} is {json.dumps(found.daemon_json[key])}, and must be {json.dumps(value)}; take it out"
        for key, value in ours["settings"].items()
        if key in found.daemon_json and found.daemon_json[key] != value
    ]
    clashes += [
        f"{key} is {json.dumps(found.daemon_json[key])}: {reason}; take it out"
        for key, reason in ours["refused"].items()
        if found.daemon_json.get(key)
    ]
    # Without the flags, as the docker step looks at it.
    clashes += [
        f"{key} is {json.dumps(found.daemon_json[key])}: {reason}"
        for key, reason in _beyond_engine(found, ours, {}).items()
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


def _networks(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    """`ip6tables` is dockerd's, and so for every network of the host."""
    turned_off = _of_engine(found, wishes)["settings"].get("ip6tables") is False
    if not found.networks or not turned_off or found.daemon_json.get("ip6tables") is False:
        return []
    text = (
        f'network {wishes["way"]} sets "ip6tables": false for all of docker {found.engine}, and the networks '
        f"{', '.join(found.networks)}, which are not of this program, have IPv6: docker would no longer "
        "translate there nor close a port; take network routed, or take IPv6 off these networks"
    )
    return [Finding("networks", text)]


def leaves_ports_open(found: Found) -> bool:
    """Whether an engine that is there, or comes, leaves every port of a container open over IPv4."""
    return found.engine is None or _major(found.engine) < FIRST_WITH_CLOSED_PORTS


def _of_engine(found: Found, wishes: dict[str, Any]) -> dict[str, Any]:
    """What is wished for on this engine: the entry of the newest that is not newer; the newest before any."""
    entries = {int(major): entry for major, entry in wishes["engines"].items()}
    fitting = [major for major in entries if found.engine is None or major <= _major(found.engine)]
    return entries[max(fitting or entries)]


def _major(version: str) -> int:
    return int(version.split(".")[0])
