"""What the preflight found on the host, and what it says of it, as plain values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Found:
    """The host. Addresses are text with their lengths; `None` is what was not there or not tried.

    `route_protocol` and `accept_ra`: who made the default route, and the kernel's setting for the interface.
    `ping`, `pings_back`: whether the target answers the host's own address, and one of the prefix.
    `containers`: names of those that run and are not of this program. `networks`: those of docker's networks
    with IPv6 that are not of it, without docker0's. `flags`: dockerd's, with their values,
    and `flags_file`: the file that sets them. `daemon_json`: as it was before this program. `forwards_ipv4`:
    whether the kernel does, and `ipv4_policy`: what iptables does with what no rule of its own is about.
    """

    interface: str | None
    addresses: tuple[str, ...]
    gateway: str | None
    gateway_answers: bool
    route_protocol: str
    accept_ra: str
    target: str | None
    ping: bool | None
    pings_back: bool | None
    engine: str | None
    has_docker_unit: bool
    flags: dict[str, str]
    flags_file: str
    daemon_json: dict[str, Any]
    containers: tuple[str, ...]
    networks: tuple[str, ...]
    ufw_forwards: str | None
    firewalld: bool
    netplan: str | None
    forwards_ipv4: bool
    ipv4_policy: str


@dataclass(frozen=True)
class Finding:
    """One thing that stands against the change, or that is to be known of it."""

    name: str
    text: str
