"""Faults that a test asks for: an operation that fails, answers late or takes long, some times or often."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

ANY_OPERATION = "*"
FIELDS = ("operation", "code", "message", "status", "times", "rate", "latency", "lingers")
LINGERING = ("DetachNetworkInterface",)
"""The operations whose effect can be made to take long."""


@dataclass(frozen=True)
class Fault:
    """What happens to calls of an operation."""

    operation: str
    """`CreateSubnet`, or `*` for every operation."""
    code: str | None = None
    """The error answered in place of doing it; None: it is done."""
    message: str = "Asked for by the lab"
    status: int = 400
    """The HTTP status of the error."""
    times: int | None = None
    """How many calls it still strikes; None: all."""
    rate: float = 1.0
    """The share of the calls that it strikes, evenly spread: 0.5 is every second one."""
    latency: float = 0.0
    """Seconds by which the answer is late; what is done is done before them."""
    lingers: float = 0.0
    """Seconds for which an interface is `detaching`; the answer comes at once."""
    share: float = 0.0
    """What the calls so far have added up to of the next strike."""


def fault_from(wish: Mapping[str, Any]) -> Fault:
    """The fault a POST describes. Raises ValueError that says what is wrong with it."""
    unknown = set(wish) - set(FIELDS)
    if unknown:
        raise ValueError(f"unknown field {min(unknown)}: a fault has {', '.join(FIELDS)}")
    if not isinstance(wish.get("operation"), str):
        raise ValueError("operation is missing: give the name of an operation, or *")
    try:
        defaults = {"rate": 1, "latency": 0, "lingers": 0}
        numbers = {name: float(wish.get(name, default)) for name, default in defaults.items()}
        given: dict[str, Any] = {**wish, **numbers}
        fault = Fault(**given)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a field has the wrong type: {error}") from None
    if not 0 < fault.rate <= 1 or min(fault.latency, fault.lingers) < 0:
        raise ValueError("rate must be over 0 and at most 1, latency and lingers 0 or more")
    if fault.times is not None and fault.times < 1:
        raise ValueError("times must be 1 or more")
    if fault.lingers and fault.operation not in LINGERING:
        raise ValueError(f"lingers is of {', '.join(LINGERING)} alone, not of {fault.operation}")
    return fault


def strike(faults: tuple[Fault, ...], operation: str) -> tuple[tuple[Fault, ...], Fault | None]:
    """The faults after a call of the operation, and the one that strikes it: the first that does."""
    after: list[Fault] = []
    struck: Fault | None = None
    for fault in faults:
        if struck or fault.operation not in (operation, ANY_OPERATION):
            after.append(fault)
            continue
        share = fault.share + fault.rate
        if share < 1 - 1e-9:
            after.append(replace(fault, share=share))
            continue
        struck = fault
        times = None if fault.times is None else fault.times - 1
        if times != 0:
            after.append(replace(fault, share=max(0.0, share - 1), times=times))
    return tuple(after), struck
