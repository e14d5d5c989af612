"""Dial attempts and the pauses between them, as the real provider makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event
from typing import Final, TypeVar

from lab.plugins.servicer import ProviderError

_Result = TypeVar("_Result")

# The defaults of Pulumi's Go package `retry`, in seconds.
FIRST_PAUSE: Final = 0.1
PAUSE_GROWTH: Final = 1.5
LONGEST_PAUSE: Final = 5.0

UNLIMITED: Final = -1
CANCELLED: Final = "context canceled"
_SLICE: Final = 0.1


class DialError(Exception):
    """One attempt failed, and another one may not."""


async def with_retries(
    name: str,
    limit: int,
    attempt: Callable[[], Awaitable[_Result]],
    show: Callable[[str], None],
    cancelled: Event,
) -> _Result:
    """The result of the first attempt that does not raise DialError.

    Makes `limit` + 1 attempts and counts `limit` of them in the error, as the real provider does; `UNLIMITED`
    goes on for ever. Raises ProviderError with the last attempt's reason.
    """
    failed, pause = 0, FIRST_PAUSE
    while not cancelled.is_set():
        try:
            return await attempt()
        except DialError as error:
            if UNLIMITED < limit < failed + 1:
                raise ProviderError(f"after {failed} failed attempts: {error}") from error
        failed += 1
        show(f"{name} {failed}/{'inf' if limit == UNLIMITED else limit} failed: retrying")
        await _pause(pause, cancelled)
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE)
    raise ProviderError(CANCELLED)


async def _pause(seconds: float, cancelled: Event) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not cancelled.is_set():
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0:
            return
        await asyncio.sleep(min(left, _SLICE))
