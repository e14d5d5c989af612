"""The docker step: daemon.json for the engine on the host, and the units that start containers in order."""

import json
from ipaddress import IPv6Network
from typing import Any, Final

from ..container_networks import default_bridge
from ..ipaddress_tools import bridge_address
from .facts import Facts, HostError
from .files import HostFile
from .steps import INSTALL_DIRECTORY, scripts_bundle

DAEMON_JSON: Final = "/etc/docker/daemon.json"
NEWEST_TESTED: Final = 28
"""The newest engine of the lab's hosts; 29.7 was measured with this configuration by hand, once."""

_START_ALL = """\
# Written by dualstack. dockerd starts containers in no fixed order, and an address on docker0 is a matter of
# order: so nothing that is declared has a restart policy, and this starts it, in the order of the places.
[Unit]
Description=Start the declared containers in the order of their places
After=docker.service
Requires=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={places} start-all
TimeoutStartSec=300

[Install]
WantedBy=docker.service
"""
_RUN_ONE = """\
# Written by dualstack. Keeps one declared container running, always at its own address.
[Unit]
Description=Declared container %i
After=docker.service dualstack-containers.service
Requires=docker.service
PartOf=docker.service
StartLimitIntervalSec=0

[Service]
ExecStart={places} run %i
ExecStop=-/usr/bin/docker stop %i
Restart=always
RestartSec=2

[Install]
WantedBy=docker.service
"""


def docker_files(facts: Facts, engine: str, block: IPv6Network) -> tuple[HostFile, ...]:
    """daemon.json, merged with the host's own keys, and the two units. `engine`: the version, e.g. 26.1.5.

    Raises HostError when the host's own daemon.json says otherwise about a key that is needed.
    """
    ours = default_bridge.daemon_settings(_major(engine), block)
    _refuse_clashes(facts.daemon_json or {}, ours, default_bridge.refused_settings(_major(engine)))
    merged = {**(facts.daemon_json or {}), **ours}
    places = f"{INSTALL_DIRECTORY}/{scripts_bundle()[1]}/places"
    return (
        HostFile(DAEMON_JSON, json.dumps(merged, indent=2) + "\n"),
        HostFile("/etc/systemd/system/dualstack-containers.service", _START_ALL.format(places=places)),
        HostFile("/etc/systemd/system/dualstack-container@.service", _RUN_ONE.format(places=places)),
        HostFile("/etc/dualstack/docker", f"bridge={bridge_address(block)}/{block.prefixlen}\n"),
    )


def docker_warnings(engine: str) -> tuple[str, ...]:
    """One line for an engine newer than any that this package was tested with."""
    if _major(engine) <= NEWEST_TESTED:
        return ()
    return (
        f"docker engine {engine} is newer than the newest tested, {NEWEST_TESTED}: look at the reachability "
        "table, and at what is open",
    )


def parse_engine(text: str) -> str:
    """The version from what the engine step printed, `{"engine": "26.1.5"}`. Raises HostError otherwise."""
    try:
        engine: str = json.loads(text)["engine"]
        _major(engine)
    except (ValueError, KeyError, TypeError):
        raise HostError(f"not what the engine step prints: {text[:200]!r}") from None
    return engine


def _refuse_clashes(found: dict[str, Any], ours: dict[str, Any], refused: dict[str, str]) -> None:
    clashes = [
        f"{key} is {json.dumps(found[key])}, and must be {json.dumps(value)}"
        for key, value in ours.items()
        if key in found and found[key] != value
    ]
    clashes += [
        f"{key} is {json.dumps(found[key])}: {reason}" for key, reason in refused.items() if found.get(key)
    ]
    if clashes:
        raise HostError(
            f"the host's own {DAEMON_JSON} stands against this program: {'; '.join(clashes)}; "
            "take these keys out of it, or use another host"
        )


def _major(engine: str) -> int:
    return int(engine.split(".")[0])
