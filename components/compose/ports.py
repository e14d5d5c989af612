"""The published ports of a Compose service (Compose Specification, "ports"), and where each is open."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, Literal, cast

from ..containers import Port
from ..wording import shown

Protocol = Literal["tcp", "udp"]

_HOST_PORTS: Final = re.compile(r"\d+(-\d+)?|")
_TARGET: Final = re.compile(r"(?P<first>\d+)(?:-(?P<last>\d+))?(?:/(?P<protocol>[a-z]+))?")
_VARIABLE: Final = "${"
_ALLOWED: Final = "a port such as 80, 8080:80, 127.0.0.1:8080:80, [::]:8080:80 or 53:53/udp"


@dataclass(frozen=True)
class PublishedPort:
    """One port. `target`: the container's. `host_address`: empty for all of both families.

    `published`: the host's port, None where Docker chooses one. `in_range`: it is one of several of an entry
    such as `8000-8010:8000-8010`.
    """

    target: Port
    host_address: str = ""
    published: int | None = None
    in_range: bool = False

    @property
    def is_for_others(self) -> bool:
        """Whether the host's port is on its addresses, not on a single one such as its loopback address."""
        return not self.host_address or ip_address(self.host_address).is_unspecified

    @property
    def is_open_over_ipv6(self) -> bool:
        """Whether it is open on the container's own IPv6 address: on Engine 27 and later dockerd opens it
        there unless the host's address is an IPv4 one (measured; the page docs/networks/compose.md).
        """
        return not self.host_address or ip_address(self.host_address).version == 6


def published_ports(entries: Any) -> tuple[PublishedPort, ...]:
    """The ports from a service's `ports`. Raises ValueError with the entry that is none."""
    if isinstance(entries, str) or not isinstance(entries, Sequence):
        raise ValueError(f"{shown(entries)} is not a list")
    return tuple(
        port
        for entry in cast("Sequence[Any]", entries)
        for port in (_long(cast("Mapping[str, Any]", entry)) if isinstance(entry, Mapping) else _short(entry))
    )


def _long(entry: Mapping[str, Any]) -> list[PublishedPort]:
    words = [str(entry.get("host_ip", "")), str(entry.get("published", "")), str(entry.get("target", ""))]
    host = f"[{words[0]}]" if ":" in words[0] else words[0]
    text = ":".join(word for word in (host, words[1]) if word)
    protocol = f"/{entry['protocol']}" if entry.get("protocol") else ""
    separator = ":" if text and words[1] else "::" if text else ""
    return _short(f"{text}{separator}{words[2]}{protocol}")


def _short(entry: object) -> list[PublishedPort]:
    text = str(entry)
    *before, target = text.rsplit(":", 2)
    host, published = before if len(before) == 2 else ("", *before, "")[:2]
    match = _TARGET.fullmatch(target)
    if isinstance(entry, bool) or match is None or not _HOST_PORTS.fullmatch(published):
        reason = "; write it without a variable: what it opens must be known" if _VARIABLE in text else ""
        raise ValueError(f"{shown(entry)} is not {_ALLOWED}{reason}")
    protocol = match["protocol"] or "tcp"
    if protocol not in ("tcp", "udp"):
        raise ValueError(f"{shown(entry)}: protocol {protocol} is neither tcp nor udp")
    first, last = int(match["first"]), int(match["last"] or match["first"])
    if not 1 <= first <= last <= 65535:
        raise ValueError(f"{shown(entry)} is not {_ALLOWED}: ports are 1 to 65535")
    lowest = _first_published(published, last - first)
    return [
        PublishedPort(
            target=Port(number, protocol),
            host_address=_host_address(host, text),
            published=None if lowest is None else lowest + number - first,
            in_range=last > first,
        )
        for number in range(first, last + 1)
    ]


def _first_published(text: str, more: int) -> int | None:
    """The host's first port; None where there is none, or where Docker chooses in a range."""
    if not text:
        return None
    first, _, last = text.partition("-")
    return int(first) if int(last or first) - int(first) == more else None


def _host_address(text: str, entry: str) -> str:
    if not text:
        return ""
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError(f"{shown(entry)}: {text} is not an address") from None
