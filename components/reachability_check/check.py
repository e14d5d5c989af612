"""The whole check: look at all hosts, try every probe, look again where something failed."""

import asyncio
import secrets
import sys
from dataclasses import replace

from ..preflight import has_route
from .evaluate import evaluate, host_failures
from .observations import FoundHost, Observations, Result
from .outside import possible_from_here, try_outside
from .parties import OUTSIDE, Party, parties
from .patience import Patience, answered, settled
from .probes import Probe, plan
from .sessions import Keys, Session, connected, inspect, observed, probe
from .table import table
from .wanted import Wanted


async def check(wanted: Wanted, keys: Keys, patience: Patience | None = None) -> tuple[str, bool]:
    """Makes the whole check. Returns the table, and whether anything failed."""
    patience = patience or Patience()
    _progress(f"connecting to {len(wanted.hosts)} hosts")
    async with connected(wanted, keys) as sessions:
        found = await settled(lambda: _inspect_all(sessions), wanted, patience)
        everybody = parties(wanted, found)
        planned = [one for one in plan(wanted, everybody, secrets.token_hex(4)) if _possible(one, found)]
        probes, remarks = possible_from_here(planned, has_ipv6=has_route("IPv6"))
        _progress(f"trying {len(probes)} probes")
        async with observed(sessions, found) as sightings:
            results = await answered(lambda tried: _try_all(sessions, found, tried), probes, patience)
        observations = Observations(found, results, sightings)
        verdicts = evaluate(probes, observations)
        if any(one.failure for one in verdicts):
            # Neighbours that failed show only now.
            observations = replace(observations, hosts=await _inspect_all(sessions))
            verdicts = evaluate(probes, observations)
    failures = list(host_failures(wanted, everybody, found))
    failed = bool(failures) or any(one.failure for one in verdicts)
    return table(everybody, verdicts, failures, remarks), failed


async def _inspect_all(sessions: list[Session]) -> dict[str, FoundHost]:
    found = await asyncio.gather(*(inspect(session) for session in sessions))
    return {session.name: host for session, host in zip(sessions, found, strict=True)}


def _possible(probe: Probe, found: dict[str, FoundHost]) -> bool:
    """What does not run is a failure by itself; its pairs would only repeat it."""
    return all(
        party.runs and (party.host is None or found[party.host].problem is None)
        for party in (probe.origin, probe.target)
    )


async def _try_all(sessions: list[Session], found: dict[str, FoundHost], probes: list[Probe]) -> list[Result]:
    by_name = {session.name: session for session in sessions}
    jobs = [
        try_outside(group)
        if origin == OUTSIDE
        else probe(by_name[origin.host or ""], _pid(origin, found), group)
        for origin, group in _by_origin(probes).items()
    ]
    return [result for results in await asyncio.gather(*jobs) for result in results]


def _by_origin(probes: list[Probe]) -> dict[Party, list[Probe]]:
    groups: dict[Party, list[Probe]] = {}
    for one in probes:
        groups.setdefault(one.origin, []).append(one)
    return groups


def _pid(origin: Party, found: dict[str, FoundHost]) -> int | None:
    container = found[origin.host or ""].container(origin.container or "")
    return container.pid if container is not None else None


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
