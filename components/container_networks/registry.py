"""The table of ways: adding one adds a module and a row here."""

from collections.abc import Mapping
from ipaddress import IPv6Network
from types import MappingProxyType
from typing import Final

from . import default_bridge, nat66, routed, shared_link
from .plan import HostPlan, NetworkWishes
from .way import NetworkWay

WAYS: Final[Mapping[str, NetworkWay]] = MappingProxyType(
    {
        "default-bridge": default_bridge,
        "routed": routed,
        "nat66": nat66,
        "ndp-proxy": shared_link,
        "static-routes": shared_link,
    }
)


def plan_host(wishes: NetworkWishes, prefix: IPv6Network | str) -> HostPlan:
    """The plan of a host's networks by its way. Raises AddressPlanError, and KeyError for an unknown way."""
    return WAYS[wishes.way].plan(wishes, IPv6Network(prefix))
