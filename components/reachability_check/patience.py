"""How long the check waits for what is about to come: a container that restarts, a server that starts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from .evaluate import container_failures
from .observations import FoundHost, Result
from .parties import parties
from .probes import Probe
from .wanted import Wanted

REFUSED: Final = "connection refused"

Found = dict[str, FoundHost]
Look = Callable[[], Awaitable[Found]]
Try = Callable[[list[Probe]], Awaitable[list[Result]]]


@dataclass(frozen=True)
class Patience:
    """In seconds. `containers`: for all that are declared to run, each at its addresses. From the end of the
    first try, `listener`: for a port that refuses, as a server may be up later than its container; `answer`:
    for what is silent, where each try takes some seconds. `pause`: between two looks.
    """

    containers: float = 60
    listener: float = 15
    answer: float = 4
    pause: float = 1


async def settled(look: Look, wanted: Wanted, patience: Patience) -> Found:
    """What `look` finds on the hosts, once every declared container runs, or when the time is over."""
    end = time.monotonic() + patience.containers
    found = await look()
    while any(container_failures(parties(wanted, found), found)) and time.monotonic() < end:
        await asyncio.sleep(patience.pause)
        found = await look()
    return found


async def answered(attempt: Try, probes: list[Probe], patience: Patience) -> dict[str, Result]:
    """The results of all probes by key, from the last time that each was tried: those that failed are tried
    again, as a first packet may be lost. What must not answer is tried once.
    """
    results = {one.key: one for one in await attempt(probes)}
    started = time.monotonic()
    while again := [one for one in probes if _may_come(one, results, time.monotonic() - started, patience)]:
        await asyncio.sleep(patience.pause)
        results |= {one.key: one for one in await attempt(again)}
    return results


def _may_come(probe: Probe, results: dict[str, Result], waited: float, patience: Patience) -> bool:
    result = results.get(probe.key)
    if result is None or result.ok or probe.kind in ("closed", "silent"):
        return False
    return waited < (patience.listener if result.error == REFUSED else patience.answer)
