"""Why a pair does not reach each other. Pure.

The layers: host, gateway, ENI, bridge, filter, neighbour, listener. Each is looked at by a function that
names the fault or returns None; the first that names one is believed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .observations import FoundContainer, FoundHost, Observations, Result
from .parties import Party
from .probes import Probe
from .trace import Trace, trace_of


@dataclass(frozen=True)
class Case:
    """A probe that failed, and all that is known about it."""

    probe: Probe
    result: Result | None
    observations: Observations
    trace: Trace

    def found(self, party: Party) -> FoundHost | None:
        """The host of a party, as it was found; None outside the fleet."""
        return None if party.host is None else self.observations.hosts.get(party.host)


def explain(probe: Probe, result: Result | None, observations: Observations) -> str:
    """One line: the layer and what is wrong there."""
    case = Case(probe, result, observations, trace_of(probe, result, observations))
    for layer in LAYERS:
        fault = layer(case)
        if fault is not None:
            return fault
    return (result and result.error) or "was not tried"


def _host(case: Case) -> str | None:
    for party in (case.probe.origin, case.probe.target):
        found = case.found(party)
        if found is not None and found.problem is not None:
            return f"host: {party.host} {found.problem}"
        if party.container and not party.runs:
            return f"host: {party.name} does not run"
    return None


def _gateway(case: Case) -> str | None:
    if case.probe.origin.host == case.probe.target.host:
        return None
    for party in (case.probe.origin, case.probe.target):
        found = case.found(party)
        if found is None:
            continue
        if found.gateway is None:
            return f"gateway: {party.host} has no IPv6 default route"
        if found.gateway_state == "FAILED":
            return f"gateway: {found.gateway} does not answer {party.host}'s neighbour solicitation"
    return None


def _bridge(case: Case) -> str | None:
    for party in (case.probe.origin, case.probe.target):
        found = case.found(party)
        if found is None or not party.container:
            continue
        device = _device(case, party)
        if device in found.bridges and not found.bridges[device].addresses:
            return f"bridge: {device} on {party.host} has no IPv6 address"
        if device is not None and device not in found.bridges:
            return f"bridge: there is no {device} on {party.host}"
        if not found.forwarding:
            return f"bridge: {party.host} does not forward IPv6 (net.ipv6.conf.all.forwarding is 0)"
    return None


def _device(case: Case, party: Party) -> str | None:
    """The bridge of a container that a probe's packets pass; for the origin, that of its first network."""
    return case.probe.device if party == case.probe.target else case.probe.origin_device


def _clash(case: Case) -> str | None:
    for party in (case.probe.origin, case.probe.target):
        found = case.found(party)
        held = [] if found is None else [one.split("/")[0] for one in found.nic_addresses]
        if party.container and found is not None and party.address in held:
            return f"neighbour: {party.host} holds its container's address {party.address} on {found.nic}"
    return None


def _listener(case: Case) -> str | None:
    refused = case.trace.refused or (case.result is not None and case.result.error == "connection refused")
    if case.probe.kind != "tcp" or not refused:
        return None
    found = case.found(case.probe.target)
    container = found.container(case.probe.target.container or "") if found else None
    return f"listener: {_what_listens(container, case.probe.port)}"


def _what_listens(container: FoundContainer | None, port: int | None) -> str:
    own = [one for one in container.listeners if one[1] == port] if container else []
    if any(version == 6 and everywhere for version, _, everywhere in own):
        return f"port {port} was closed when it was tried, and is open now"
    if any(version == 6 for version, _, _ in own):
        return f"port {port} listens on one address only; bind `::`"
    if own:
        return f"port {port} listens on IPv4 only; bind `::`"
    return f"nothing listens on port {port}"


def _way_there(case: Case) -> str | None:
    if not case.probe.crosses_hosts:
        return None
    origin, target = case.probe.origin.host, case.probe.target.host
    if not case.trace.left_origin:
        device = case.probe.origin_device or "itself"
        return f"filter: {origin} does not pass it on from {device}: a filter or a route there stops it"
    if not case.trace.arrived and case.probe.target.route:
        return f"route: left {origin} and never arrived at {target}: {no_route(case.probe.target.route)}"
    if not case.trace.arrived:
        return (
            f"ENI: left {origin} and never arrived at {target}: does the ENI hold "
            f"{case.probe.address}, and do the security groups allow it?"
        )
    return None


def _delivery(case: Case) -> str | None:
    found = case.found(case.probe.target)
    if found is None or not case.probe.target.container or case.trace.reached_bridge:
        return None
    device = case.probe.device or ""
    bridge = found.bridges.get(device)
    if bridge and bridge.neighbours.get(case.probe.address) in ("FAILED", "INCOMPLETE"):
        return f"neighbour: {case.probe.address} answers no neighbour solicitation on {device}"
    if case.trace.arrived:
        to = device or "its container"
        return f"filter: arrived at {case.probe.target.host}, and a filter there does not pass it to {to}"
    return None


def _way_back(case: Case) -> str | None:
    if not case.probe.crosses_hosts:
        return None
    origin, target = case.probe.origin.host, case.probe.target.host
    if case.probe.target.container and not case.trace.answered:
        return f"listener: {case.probe.target.name} got it and does not answer"
    if not case.trace.left_target:
        return f"filter: the answer does not leave {target}: a filter or a route there stops it"
    if not case.trace.came_back and case.probe.origin.route:
        missing = no_route(case.probe.origin.route)
        return f"route: the answer left {target} and never came back to {origin}: {missing}"
    if not case.trace.came_back:
        return f"ENI: the answer left {target} and never came back to {origin}"
    return f"filter: the answer came back to {origin} and was not passed on"


def no_route(route: str) -> str:
    """What is wrong where nothing comes to a host's containers. `route`: as `PREFIX via ADDRESS`."""
    prefix, _, address = route.partition(" via ")
    return f"nobody routes {prefix} to the host; add the route on the upstream router: {prefix} via {address}"


def _from_outside(case: Case) -> str | None:
    if case.probe.origin.host is not None or case.result is None:
        return None
    if case.probe.target.route:
        route = case.probe.target.route
        return f"route: {case.result.error} from here: does the upstream router have the route {route}?"
    return (
        f"ENI: {case.result.error} from here: does the security group open port {case.probe.port} to this "
        "machine, and does this machine reach the internet over IPv6?"
    )


LAYERS: tuple[Callable[[Case], str | None], ...] = (
    _host,
    _gateway,
    _bridge,
    _clash,
    _listener,
    _way_there,
    _delivery,
    _way_back,
    _from_outside,
)
