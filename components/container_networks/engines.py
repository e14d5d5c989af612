"""Which of Docker Engine's major versions was the first with what the ways take or work around.

Sources: the release notes of Docker Engine 27 and 28.
"""

from typing import Final

from .plan import HostPlan

FIRST_WITH_IP6TABLES: Final = 27
"""From here on dockerd filters and translates IPv6 unless told not to; before, only as an experiment."""
FIRST_WITH_GATEWAY_MODES: Final = 27
"""A network's `gateway_mode_ipv6`, and with it the mode `routed`."""
FIRST_WITH_OPEN_PING: Final = 28
"""Before that the mode `routed` lets no ping in."""
FIRST_WITHOUT_IPV4: Final = 28
"""`docker network create --ipv4=false`."""


def refused_without_ipv4(plan: HostPlan, engine: int) -> list[str]:
    """The plan's networks without IPv4 that this engine cannot make, each with the version needed."""
    return [
        f"network {network.name}: a network without IPv4 needs docker engine {FIRST_WITHOUT_IPV4}, and this "
        f"is {engine}; leave ipv4 on, or install a newer engine"
        for network in plan.networks
        if not network.ipv4 and engine < FIRST_WITHOUT_IPV4
    ]
