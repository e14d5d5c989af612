"""The way of one probe's packets through two hosts, from what each saw. Pure."""

from dataclasses import dataclass

from .observations import Observations, Result
from .probes import Probe

REQUESTS = ("request", "connect")
ANSWERS = ("reply", "accept", "reset")


@dataclass(frozen=True)
class Trace:
    """Which of the points on its way a probe's packets passed: there by NIC and bridge, and back."""

    left_origin: bool
    arrived: bool
    reached_bridge: bool
    answered: bool
    refused: bool
    left_target: bool
    came_back: bool


def trace_of(probe: Probe, result: Result | None, observations: Observations) -> Trace:
    """The trace of a probe."""
    key = packet_key(probe, result)

    def points_on(host: str | None) -> set[tuple[str, str, str]]:
        seen = observations.sightings.get(host or "", ())
        return {(one.what, one.where, one.way) for one in seen if one.key == key}

    def passed(points: set[tuple[str, str, str]], what: tuple[str, ...], where: str, way: str) -> bool:
        return any((one, where, way) in points for one in what)

    origin, target = points_on(probe.origin.host), points_on(probe.target.host)
    return Trace(
        left_origin=passed(origin, REQUESTS, "nic", "out"),
        arrived=passed(target, REQUESTS, "nic", "in"),
        reached_bridge=passed(target, REQUESTS, "bridge", "out"),
        answered=passed(target, ANSWERS, "bridge", "in"),
        refused=passed(target, ("reset",), "bridge", "in"),
        left_target=passed(target, ANSWERS, "nic", "out"),
        came_back=passed(origin, ANSWERS, "nic", "in"),
    )


def packet_key(probe: Probe, result: Result | None) -> str | None:
    """What a probe's packets are known by; None for a TCP one that never had a port."""
    if probe.kind != "tcp":
        return probe.key
    if result is None or result.source is None:
        return None
    return f"{result.source}|{result.port}|{probe.address}|{probe.port}"
