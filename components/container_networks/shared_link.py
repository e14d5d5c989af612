"""User-defined networks on hosts that share a link: Docker's side is that of `routed`.

The ways differ in how packets for a host's prefix get to that host:

- `ndp-proxy`: the prefix is a part of the link's own /64. Neighbours take every address of it to be on the
  link, and ask for it there (RFC 4861). The host answers for all of its prefix, so that whatever runs behind
  it is reached as soon as it is there.
- `static-routes`: the prefix lies outside of the link's own. Each host has a route to that of every other.
"""

from typing import Final

from .routed import HAS_USER_NETWORKS as HAS_USER_NETWORKS
from .routed import TRANSLATED as TRANSLATED
from .routed import daemon_settings as daemon_settings
from .routed import docker_filter_rules as docker_filter_rules
from .routed import filter_rules as filter_rules
from .routed import network_options as network_options
from .routed import plan as plan
from .routed import publish as publish
from .routed import refusals as refusals
from .routed import refused_settings as refused_settings

ADDRESSES: Final = ("given",)
