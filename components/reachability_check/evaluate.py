"""Judges every probe: did it go as it should, who answered, and under which address was it seen. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address

from .explain import explain
from .observations import FoundHost, Observations, Result, Sighting
from .parties import Party
from .probes import Probe
from .trace import packet_key
from .wanted import Wanted

OWN_ADDRESS = "own address"
HOST_ADDRESS = "host's address"
UNREACHABLE = ("no route to host", "network is unreachable", "permission denied")
"""What a filter that rejects makes of a connection, beside no answer at all."""


@dataclass(frozen=True)
class Verdict:
    """What a probe proved. `text`: for the table. `seen`: under which address, "" where nobody looked.
    `failure`: one line that names the layer. `warning`: one line, for what is not ours to promise.
    """

    probe: Probe
    text: str
    seen: str = ""
    failure: str | None = None
    warning: str | None = None


def evaluate(probes: Iterable[Probe], observations: Observations) -> list[Verdict]:
    """A verdict for each probe, in their order."""
    return [_judge(probe, observations) for probe in probes]


def host_failures(wanted: Wanted, everybody: Iterable[Party], found: dict[str, FoundHost]) -> Iterator[str]:
    """What is wrong before anything is tried: hosts out of reach, and what `container_failures` says."""
    for host in wanted.hosts:
        problem = found[host.name].problem
        if problem is not None:
            yield f"{host.name}: {problem}"
    yield from container_failures(everybody, found)


def container_failures(everybody: Iterable[Party], found: dict[str, FoundHost]) -> Iterator[str]:
    """Containers that do not run, or have an address that is not theirs, on the hosts that are reached. A
    docker0 that is down as no container has started is no fault.
    """
    for party in everybody:
        if party.container is None or party.host is None or found[party.host].problem is not None:
            continue
        if not party.runs:
            yield f"{party.name}: does not run; on {party.host}: docker logs {party.container}"
        elif party.planned is not None and party.addresses != party.planned:
            planned = ", ".join(address for _, address in party.planned)
            yield f"{party.name}: has the address {party.all_addresses}, planned was {planned}"


def _judge(probe: Probe, observations: Observations) -> Verdict:
    result = observations.results.get(probe.key)
    if result is None:
        return Verdict(probe, "not tried", failure=explain(probe, None, observations))
    if probe.kind == "closed":
        return _judge_closed(probe, result)
    if probe.kind == "silent":
        return _judge_silent(probe, result)
    if probe.target.host is None:
        return _judge_internet(probe, result, observations)
    if not result.ok:
        return Verdict(probe, result.error or "failed", failure=explain(probe, result, observations))
    if probe.crosses_hosts:
        return _judge_by_witness(probe, result, observations)
    return Verdict(probe, "ok")


def _judge_closed(probe: Probe, result: Result) -> Verdict:
    if result.error == "no answer" or (probe.origin.container and result.error in UNREACHABLE):
        return Verdict(probe, "closed")
    answer = result.error or "it accepts connections"
    inside = probe.origin.container is not None
    declared = {number for port in probe.target.ports for number in (port.number, port.on_host)}
    if not inside and probe.port in declared and not probe.target.internal:
        reason = f"gateway: port {probe.port} answers, and the subnet is to be egress-only: {answer}"
        return Verdict(probe, "open", failure=reason)
    isolated = inside or probe.target.internal
    whose = "on a network that is isolated from this one" if isolated else "which no container declared"
    return Verdict(probe, "open", failure=f"filter: port {probe.port}, {whose}, answers: {answer}")


def _judge_silent(probe: Probe, result: Result) -> Verdict:
    if result.error == "no answer" or result.error in UNREACHABLE:
        return Verdict(probe, "closed")
    if not result.ok:
        return Verdict(probe, result.error or "failed", failure=f"ping: could not be tried: {result.error}")
    return Verdict(probe, "open", failure="filter: answers, on a network that is isolated from this one")


def _judge_internet(probe: Probe, result: Result, observations: Observations) -> Verdict:
    if not result.ok:
        route = probe.origin.route
        hint = f"; does the upstream router have the route {route}?" if route else ""
        return Verdict(probe, result.error or "failed", warning=f"does not answer: {result.error}{hint}")
    if probe.kind != "http":
        return Verdict(probe, "ok")
    try:
        address = ip_address(result.body or "")
    except ValueError:
        return Verdict(probe, "no address", warning="answers, but not with the caller's address alone")
    source = str(address)
    if isinstance(address, IPv4Address):
        return Verdict(probe, "ok", source)  # by way of NAT64, as DNS64 had it
    if source in _expected(probe, observations):
        return Verdict(probe, "ok", _words(probe))
    return Verdict(
        probe, "ok", source, f"bridge: seen as {source}: its own address was translated on the way (NAT)"
    )


def _expected(probe: Probe, observations: Observations) -> set[str]:
    """Under which addresses the origin may be seen: its own, or its host's where that translates."""
    if not probe.translated:
        return {address for _, address in probe.origin.addresses}
    found = observations.hosts[probe.origin.host or ""]
    return {address.split("/")[0] for address in found.nic_addresses}


def _words(probe: Probe) -> str:
    return HOST_ADDRESS if probe.translated else OWN_ADDRESS


def _judge_by_witness(probe: Probe, result: Result, observations: Observations) -> Verdict:
    """The far host must have seen the probe come in from the address that was promised, and a container's
    answer come out of the bridge, from the container's own MAC. (A translated connection has another port on
    its way, and one to a published port another address behind it: by those packets are not known again.)
    """
    if probe.translated and probe.kind == "tcp":
        return Verdict(probe, "ok")
    packets = packets_of(probe, result, observations.sightings.get(probe.target.host or "", ()))
    arrived = [one for one in packets if one.what in ("request", "connect") and _passed(one, "nic", "in")]
    if not arrived:
        where = probe.target.host
        return Verdict(
            probe, "ok", "nobody", f"ENI: answered, but nothing arrived at {where}: another answers"
        )
    sources = sorted({one.source for one in arrived} - _expected(probe, observations))
    words = _words(probe)
    if sources:
        return Verdict(probe, "ok", sources[0], f"bridge: seen as {sources[0]}, which is not its {words}")
    if probe.device is not None and not _answered_by_container(probe, packets, observations):
        return Verdict(
            probe, "ok", words, f"neighbour: {probe.target.host} answers in the place of its container"
        )
    return Verdict(probe, "ok", words)


def _answered_by_container(probe: Probe, packets: list[Sighting], observations: Observations) -> bool:
    container = observations.hosts[probe.target.host or ""].container(probe.target.container or "")
    return container is not None and any(
        one.what in ("reply", "accept") and _passed(one, "bridge", "in") and one.mac in container.macs
        for one in packets
    )


def packets_of(probe: Probe, result: Result, sightings: Iterable[Sighting]) -> list[Sighting]:
    """The sightings that belong to a probe."""
    key = packet_key(probe, result)
    return [one for one in sightings if one.key == key]


def _passed(sighting: Sighting, where: str, way: str) -> bool:
    return sighting.where == where and sighting.way == way
