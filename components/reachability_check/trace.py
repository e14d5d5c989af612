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
    key = _key(probe, result)
    origin = {
        (one.what, one.where, one.way)
        for one in observations.sightings.get(probe.origin.host or "", ())
        if one.key == key
    }
    target = {
        (one.what, one.where, one.way)
        for one in observations.sightings.get(probe.target.host or "", ())
        if key is not None and one.key == key
    }

    def passed(points: set[tuple[str, str, str]], what: tuple[str, ...], where: str, way: str) -> bool:
        return any((one, where, way) in points for one in what)

    return Trace(
        left_origin=passed(origin, REQUESTS, "nic", "out"),
        arrived=passed(target, REQUESTS, "nic", "in"),
        reached_bridge=passed(target, REQUESTS, "bridge", "out"),
        answered=passed(target, ANSWERS, "bridge", "in"),
        refused=passed(target, ("reset",), "bridge", "in"),
        left_target=passed(target, ANSWERS, "nic", "out"),
        came_back=passed(origin, ANSWERS, "nic", "in"),
    )


def _key(probe: Probe, result: Result | None) -> str | None:
    if probe.kind != "tcp":
        return probe.key
    if result is None or result.source is None:
        return None
    return f"{result.source}|{result.port}|{probe.target.address}|{probe.port}"
