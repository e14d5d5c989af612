"""One call to a resource: its clients, its clock, its progress line, and the errors it ends in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from lab.plugins.servicer import ProviderError

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0


class CancelledError(Exception):
    """The user pressed Ctrl-C while the plugin waited."""


@dataclass
class Operation:
    """What the functions of a resource type get. `id` is set as soon as EC2 has made the resource."""

    ec2: Any
    region: str
    account: str
    partition: str
    log: Callable[[str], None]
    cancelled: threading.Event
    timeout: float = 0
    id: str = ""

    @classmethod
    def for_reading(cls, ec2: Any, region: str, account: str, partition: str) -> Operation:
        """An operation that waits for nothing and shows nothing."""
        return cls(ec2, region, account, partition, lambda _message: None, threading.Event())

    def arn(self, resource: str) -> str:
        """An EC2 ARN, such as that of `vpc/vpc-0123`."""
        return f"arn:{self.partition}:ec2:{self.region}:{self.account}:{resource}"

    def wait(self, what: str, probe: Callable[[], str | None], seconds: float) -> None:
        """Calls `probe` until it gives None; it says otherwise what is still missing, which is shown as
        progress.

        `seconds` is the provider's own limit; the program's `customTimeouts` go before it. Raises
        `ProviderError` at the limit, `CancelledError` on Ctrl-C.
        """
        limit = self.timeout or seconds
        began, pause = time.monotonic(), FIRST_PAUSE
        while (missing := probe()) is not None:
            waited = time.monotonic() - began
            if waited >= limit:
                raise ProviderError(f"waiting for {what}: timeout after {limit:g} s ({missing})")
            if pause >= 0.5:
                self.log(f"waiting for {what}: {missing}, {waited:.0f} s")
            if self.cancelled.wait(min(pause, limit - waited)):
                raise CancelledError(f"waiting for {what}: cancelled ({missing})")
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def retry(self, what: str, call: Callable[[], Any], codes: tuple[str, ...], seconds: float) -> None:
        """Repeats an API call while EC2 refuses it with one of `codes`; the last refusal is raised at the
        limit.
        """
        refusal: list[ClientError] = []

        def attempt() -> str | None:
            refusal.clear()
            try:
                call()
            except ClientError as error:
                if error_code(error) not in codes:
                    raise
                refusal.append(error)
                return error_code(error)
            return None

        try:
            self.wait(what, attempt, seconds)
        except ProviderError:
            raise refusal[0] from None


def _field(error: ClientError, name: str, default: str) -> str:
    response = cast("dict[str, Any]", error.response)  # pyright: ignore[reportUnknownMemberType]
    return str(response.get("Error", {}).get(name, default))


def error_code(error: ClientError) -> str:
    """EC2's error code."""
    return _field(error, "Code", "Unknown")


def is_missing(error: ClientError) -> bool:
    """Whether the thing asked for does not exist (`InvalidVpcID.NotFound` and its kin)."""
    code = error_code(error)
    return code.endswith((".NotFound", "NotFoundException", "IDNotFound", ".Unknown", "GatewayNotFound"))


def describe(error: ClientError) -> str:
    """`Code: message`, on one line."""
    message = _field(error, "Message", "")
    return f"{error_code(error)}: {' '.join(message.split())}"


@contextmanager
def doing(what: str) -> Generator[None]:
    """Errors of AWS as one line that begins with what was being done, as in `creating EC2 Subnet: Code:
    message`.
    """
    try:
        yield
    except ClientError as error:
        raise ProviderError(f"{what}: {describe(error)}") from error
    except BotoCoreError as error:
        raise ProviderError(f"{what}: {' '.join(str(error).split())}") from error


def found(call: Callable[[], Any]) -> Any:
    """The call's result, or None when EC2 says that the thing does not exist."""
    try:
        return call()
    except ClientError as error:
        if is_missing(error):
            return None
        raise
