"""What the process that plays EC2 was started with. moto keeps its state in the process, so this does too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from moto.core.models import DEFAULT_ACCOUNT_ID

from lab.region import Leased

ACCOUNT_ID = DEFAULT_ACCOUNT_ID
"""The account that every caller is."""


@dataclass(frozen=True)
class Context:
    """The endpoint's surroundings."""

    region: str
    images: Mapping[str, str]
    """AMI id to image name."""
    default_image: str
    """The AMI id that Canonical's public parameters name."""
    console: Callable[[str], str]
    """The console text of an instance, by its id."""
    machines: bool
    """Whether machines run behind the instances, and tell when they are up or gone."""
    dhcpv6_leases: Leased = "first"
    """What DHCPv6 leases of each interface that is made now."""


_context: Context | None = None


def use(context: Context) -> None:
    """Set the process's context."""
    global _context
    _context = context


def current() -> Context:
    """The process's context. Raises RuntimeError before an endpoint was made."""
    if _context is None:
        raise RuntimeError("no endpoint was made in this process")
    return _context


def name_default_image(image_id: str) -> None:
    """Let Canonical's parameters name this AMI from now on, as when a newer one is published."""
    use(replace(current(), default_image=image_id))


def lease(what: Leased) -> None:
    """Let DHCPv6 lease this of every interface that is made from now on."""
    use(replace(current(), dhcpv6_leases=what))
