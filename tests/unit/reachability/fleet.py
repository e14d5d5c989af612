"""Two hosts with a container each, in slots 1 and 2, and what a healthy check sees of them."""

import json
from dataclasses import replace
from ipaddress import IPv6Network
from typing import Any

from components.reachability_check.observations import (
    FoundBridge,
    FoundContainer,
    FoundHost,
    Observations,
    Result,
    Sighting,
)
from components.reachability_check.parties import parties
from components.reachability_check.probes import Probe, plan
from components.reachability_check.wanted import Wanted, parse

SUBNET = "2001:db8:0:100::"
WEB_1, WEB_2 = f"{SUBNET}a", f"{SUBNET}e"
MACS = {WEB_1: "02:42:ac:11:00:02", WEB_2: "02:42:ac:11:00:03"}


def wanted(*, targets: tuple[str, ...] = (), open_: str = "declared") -> Wanted:
    return parse(
        json.dumps(
            {
                "hosts": [host(1, f"{SUBNET}8/126", open_), host(2, f"{SUBNET}c/126", open_)],
                "ssh": {"user": "debian", "port": 22, "proxy": None},
                "internet_targets": targets,
            }
        )
    )


def host(number: int, block: str, open_: str) -> dict[str, Any]:
    return {
        "name": f"host-{number}",
        "instance": f"i-{number}",
        "address": f"{SUBNET}{number}:{number}",
        "prefix": block,
        "gateway": "fe80:ec2::1",
        "ssh_address": f"{SUBNET}{number}:{number}",
        "host_key": "ssh-ed25519 AAAA",
        "open": open_,
        "network": "default-bridge",
        "networks": [],
        "containers": [{"name": f"web-{number}", "image": "web", "place": 1, "ports": ["80/tcp"]}],
    }


def found() -> dict[str, FoundHost]:
    return {
        "host-1": found_host(1, WEB_1, f"{SUBNET}9/126"),
        "host-2": found_host(2, WEB_2, f"{SUBNET}d/126"),
    }


def found_host(number: int, container: str, bridge: str) -> FoundHost:
    return FoundHost(
        nic="ens5",
        gateway="fe80:ec2::1",
        gateway_state="REACHABLE",
        nic_addresses=(f"{SUBNET}{number}:{number}/64",),
        bridges={"docker0": FoundBridge((bridge,))},
        forwarding=True,
        containers=(
            FoundContainer(
                f"web-{number}", 100, (("bridge", container),), (MACS[container],), ((6, 80, True),)
            ),
        ),
    )


def probes(fleet: Wanted, hosts: dict[str, FoundHost]) -> list[Probe]:
    return plan(fleet, parties(fleet, hosts), "run")


def the_probe(all_probes: list[Probe], origin: str, target: str, kind: str) -> Probe:
    (one,) = [
        probe
        for probe in all_probes
        if (probe.origin.name, probe.target.name, probe.kind) == (origin, target, kind)
    ]
    return one


def healthy(all_probes: list[Probe], hosts: dict[str, FoundHost]) -> Observations:
    """Everything answers, and every host saw the packets pass as they should."""
    results = {probe.key: healthy_result(probe) for probe in all_probes}
    sightings: dict[str, list[Sighting]] = {name: [] for name in hosts}
    for probe in all_probes:
        if probe.crosses_hosts and probe.kind in ("ping", "tcp"):
            add_sightings(probe, results[probe.key], sightings)
    return Observations(hosts, results, {name: tuple(seen) for name, seen in sightings.items()})


def healthy_result(probe: Probe) -> Result:
    if probe.kind == "closed":
        return Result(probe.key, ok=False, error="no answer")
    if probe.kind == "http":
        return Result(probe.key, ok=True, body=probe.origin.address)
    if probe.kind == "tcp" and probe.origin.host:
        return Result(probe.key, ok=True, source=probe.origin.address, port=40000)
    return Result(probe.key, ok=True)


def add_sightings(probe: Probe, result: Result, sightings: dict[str, list[Sighting]]) -> None:
    tcp = probe.kind == "tcp"
    key = f"{result.source}|{result.port}|{probe.address}|{probe.port}" if tcp else probe.key
    there, back = ("connect", "accept") if tcp else ("request", "reply")
    source, target = probe.origin.address, probe.target.address
    mac = MACS.get(target, "0e:00:00:00:00:01")
    sightings[probe.origin.host or ""] += [
        Sighting(there, key, source, "nic", "out", ""),  # type: ignore[arg-type]
        Sighting(back, key, target, "nic", "in", ""),  # type: ignore[arg-type]
    ]
    sightings[probe.target.host or ""] += [
        Sighting(there, key, source, "nic", "in", ""),  # type: ignore[arg-type]
        Sighting(there, key, source, "bridge", "out", ""),  # type: ignore[arg-type]
        Sighting(back, key, target, "bridge", "in", mac),  # type: ignore[arg-type]
        Sighting(back, key, target, "nic", "out", ""),  # type: ignore[arg-type]
    ]


def with_result(observations: Observations, result: Result) -> Observations:
    return replace(observations, results={**observations.results, result.key: result})


def without_sightings(
    observations: Observations, host_name: str, key: str, *points: tuple[str, str]
) -> Observations:
    """As if the host had not seen the probe at these points (device, direction)."""
    kept = tuple(
        one
        for one in observations.sightings[host_name]
        if one.key != key or (one.where, one.way) not in points
    )
    return replace(observations, sightings={**observations.sightings, host_name: kept})


def with_host(observations: Observations, name: str, **changes: Any) -> Observations:
    return replace(
        observations, hosts={**observations.hosts, name: replace(observations.hosts[name], **changes)}
    )


def block(number: int) -> IPv6Network:
    return wanted().hosts[number - 1].plan.prefix
