"""What a host must know of its neighbours on a shared link: the routes of the ways that are for one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from types import MappingProxyType
from typing import Final, Literal

Step = Literal["routes", "ndp-proxy"]
STEPS: Final[Mapping[str, tuple[Step, ...]]] = MappingProxyType(
    {"ndp-proxy": ("routes", "ndp-proxy"), "static-routes": ("routes",)}
)
"""The steps on the host that a way needs beside those of every way."""

ON_THE_LINK_ALONE: Final = ("static-routes",)
"""Ways that promise containers each other, and the internet nothing: it is the router's matter."""


@dataclass(frozen=True)
class Neighbour:
    """Another host of the link. `prefix`: its containers'; `next_hop`: its own address on the link."""

    name: str
    prefix: IPv6Network
    next_hop: IPv6Address


@dataclass(frozen=True)
class Route:
    """A route on a host. `via` None: packets for `to` that no more exact route takes are turned down."""

    to: IPv6Network
    via: IPv6Address | None


def host_routes(prefix: IPv6Network, neighbours: Iterable[Neighbour]) -> tuple[Route, ...]:
    """A host's routes: to each neighbour's prefix, and none out of its own for addresses that nobody has.

    Without the last one, a packet for an unused address goes out again by the link's own route or the
    default one, and may come back.
    """
    return (
        Route(prefix, None),
        *(
            Route(each.prefix, each.next_hop)
            for each in sorted(neighbours, key=lambda each: each.prefix)
            if each.prefix != prefix
        ),
    )


def steps_of(way: str) -> tuple[Step, ...]:
    """The further steps of a way, in their order."""
    return STEPS.get(way, ())
