"""User-defined networks in a part of the link's own /64: as `routed`, and the host answers for its part.

Neighbours take every address of a shared link's /64 to be on the link, and ask for it there (RFC 4861). The
host answers for all of its prefix, so that whatever runs behind it is reached as soon as it is there.
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
