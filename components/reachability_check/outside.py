"""The outside view: what the machine that runs Pulumi reaches by itself."""

import asyncio
import os
from collections.abc import Sequence

from .observations import Result
from .parties import OUTSIDE
from .probes import Probe

CONNECT_SECONDS = 4.0
NO_VIEW = "this machine has no IPv6 route: what the internet reaches was not tried"
"""Said where SSH takes another way than IPv6 (`connect`): no fault of the hosts, and no proof either."""


def possible_from_here(probes: Sequence[Probe], *, has_ipv6: bool) -> tuple[list[Probe], list[str]]:
    """The probes that can be tried, and a remark where that leaves some out."""
    possible = [one for one in probes if has_ipv6 or one.origin != OUTSIDE]
    return possible, [NO_VIEW] if len(possible) < len(probes) else []


async def try_outside(probes: Sequence[Probe]) -> list[Result]:
    """Connects to each probe's address and port over TCP, side by side."""
    return list(await asyncio.gather(*(_connect(one) for one in probes)))


async def _connect(probe: Probe) -> Result:
    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(probe.address, probe.port), CONNECT_SECONDS
        )
    except TimeoutError:
        return Result(probe.key, ok=False, error="no answer")
    except OSError as problem:
        return Result(probe.key, ok=False, error=_words(problem))
    writer.close()
    return Result(probe.key, ok=True)


def _words(problem: OSError) -> str:
    # asyncio puts words of its own in the place of the system's.
    return os.strerror(problem.errno).lower() if problem.errno else str(problem)
