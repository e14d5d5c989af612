"""The docker step: daemon.json for the engine on the host, its networks, and the units of the containers."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..container_networks.plan import DEFAULT_BRIDGE, HostPlan, PlannedNetwork
from ..container_networks.registry import WAYS
from .facts import Facts, HostError
from .files import HostFile
from .scripts.engine_limits import engine_refusals
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


def docker_files(facts: Facts, engine: str, plan: HostPlan) -> tuple[HostFile, ...]:
    """daemon.json, merged with the host's own keys, the units, and what docker0 and each network shall be.

    `engine`: the version, e.g. 26.1.5. Raises HostError when the engine cannot do what the plan says, or the
    host's own daemon.json says otherwise about a key that is needed.
    """
    way, version = WAYS[plan.way], major(engine)
    _refuse(way.refusals(plan, version), plan.way)
    ours = way.daemon_settings(plan, version)
    found = facts.daemon_json or {}
    _refuse_clashes(found, ours, way.refused_settings(version))
    merged = {**found, **ours}
    _refuse_beyond_engine(merged, engine)
    places = f"{INSTALL_DIRECTORY}/{scripts_bundle()[1]}/places"
    return (
        *([HostFile(DAEMON_JSON, json.dumps(merged, indent=2) + "\n")] if ours else []),
        HostFile("/etc/systemd/system/dualstack-containers.service", _START_ALL.format(places=places)),
        HostFile("/etc/systemd/system/dualstack-container@.service", _RUN_ONE.format(places=places)),
        HostFile("/etc/dualstack/docker", f"bridge={_address_of_docker0(plan)}\n"),
        *(network_file(network, plan.way, engine) for network in user_networks(plan)),
    )


def user_networks(plan: HostPlan) -> tuple[PlannedNetwork, ...]:
    """The networks that are made by `docker network create`: all but docker0."""
    return tuple(network for network in plan.networks if network.name != DEFAULT_BRIDGE)


def network_file(network: PlannedNetwork, way: str, engine: str) -> HostFile:
    """What a network is made with, for the host's `networks` script: one `key=value` on a line."""
    options = WAYS[way].network_options(network, major(engine))
    return HostFile(
        f"/etc/dualstack/networks/{network.name}",
        "".join(f"{key}={value}\n" for key, value in _network_lines(network, options)),
    )


def _network_lines(network: PlannedNetwork, options: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    yield "ipv6", network.subnet
    yield "ipv6_gateway", network.gateway
    if network.automatic:
        yield "ipv6_range", network.automatic
    if not network.ipv4:
        yield "ipv4", "none"
    elif network.ipv4_subnet:
        yield "ipv4", network.ipv4_subnet
    if network.ipv4_gateway:
        yield "ipv4_gateway", network.ipv4_gateway
    for name, value in sorted(options.items()):
        yield "option", f"{name}={value}"


def _address_of_docker0(plan: HostPlan) -> str:
    for network in plan.networks:
        if network.name == DEFAULT_BRIDGE:
            return f"{network.gateway}/{network.subnet.prefixlen}"
    return ""


def docker_warnings(engine: str) -> tuple[str, ...]:
    """One line for an engine newer than any that this package was tested with."""
    if major(engine) <= NEWEST_TESTED:
        return ()
    return (
        f"docker engine {engine} is newer than the newest tested, {NEWEST_TESTED}: look at the reachability "
        "table, and at what is open",
    )


def parse_engine(text: str) -> str:
    """The version from what the engine step printed, `{"engine": "26.1.5"}`. Raises HostError otherwise."""
    try:
        engine: str = json.loads(text)["engine"]
        major(engine)
    except (ValueError, KeyError, TypeError):
        raise HostError(f"not what the engine step prints: {text[:200]!r}") from None
    return engine


def _refuse(refusals: list[str], way: str) -> None:
    if refusals:
        raise HostError(f"docker on this host cannot do network {way} as declared: {'; '.join(refusals)}")


def _refuse_beyond_engine(settings: Mapping[str, Any], engine: str) -> None:
    if refusals := engine_refusals(settings, engine):
        raise HostError(
            f"the host's own {DAEMON_JSON} asks for what its docker engine {engine} cannot do: "
            + "; ".join(f"{key} is {json.dumps(settings[key])}: {reason}" for key, reason in refusals.items())
        )


def _refuse_clashes(found: Mapping[str, Any], ours: Mapping[str, Any], refused: Mapping[str, str]) -> None:
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


def major(engine: str) -> int:
    """The major version, 26 of 26.1.5."""
    return int(engine.split(".")[0])
