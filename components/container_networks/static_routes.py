"""User-defined networks as of `routed`, and on each host a route to the prefix of every other.

It needs a link that the hosts share, and a prefix for each that lies outside of the link's own.
"""

from typing import Final

# Docker's side is that of `routed`.
from .routed import (
    HAS_USER_NETWORKS,
    TRANSLATED,
    daemon_settings,
    docker_filter_rules,
    filter_rules,
    network_options,
    plan,
    publish,
    refusals,
    refused_settings,
)

__all__ = [
    "ADDRESSES",
    "HAS_USER_NETWORKS",
    "TRANSLATED",
    "daemon_settings",
    "docker_filter_rules",
    "filter_rules",
    "network_options",
    "plan",
    "publish",
    "refusals",
    "refused_settings",
]

ADDRESSES: Final = ("given",)
