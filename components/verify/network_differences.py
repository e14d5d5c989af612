"""Differences in addresses and routes. Pure."""

from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Interface

from .difference import Difference, of_sets
from .found import Found, FoundAddress, FoundRoute
from .wanted import Wanted, subnet_of

DOCKER0 = "docker0"


def network_differences(wanted: Wanted, found: Found) -> list[Difference]:
    """On the interface that leads out, on the bridges, and in the table of routes."""
    return [
        *_own_addresses(wanted, found),
        *_stolen_addresses(wanted, found),
        *_bridges(wanted, found),
        *_default_route(wanted, found),
        *_routes(wanted, found),
    ]


def _own_addresses(wanted: Wanted, found: Found) -> list[Difference]:
    """Where the network is ours: the host's own address, for good, and no other."""
    if wanted.address is None:
        return []
    there = found.addresses.get(wanted.nic, ())
    return of_sets("address", wanted.nic, (_said(one) for one in there), [str(IPv6Interface(wanted.address))])


def _said(one: FoundAddress) -> str:
    words = [str(IPv6Interface(one.address))]
    words += ["leased, not static"] if one.dynamic else []
    words += ["held by somebody else, too"] if one.failed else []
    return ", ".join(words)


def _stolen_addresses(wanted: Wanted, found: Found) -> Iterable[Difference]:
    """Where the network is the host's own: none of a container's addresses."""
    if wanted.address is not None:
        return
    of_containers = {
        IPv6Address(address) for container in wanted.containers for _, address in container.addresses
    } | {IPv6Address(address) for app in wanted.apps for _, _, address in app.addresses}
    held = [
        one.address
        for one in found.addresses.get(wanted.nic, ())
        if IPv6Interface(one.address).ip in of_containers
    ]
    yield from of_sets("address", wanted.nic, (f"{one}, a container's" for one in held), (), "user")


def _bridges(wanted: Wanted, found: Found) -> Iterable[Difference]:
    if not found.docker_runs:
        return
    if wanted.bridge:
        there = [str(IPv6Interface(one.address)) for one in found.addresses.get(DOCKER0, ())]
        yield from of_sets("address", DOCKER0, there, [str(IPv6Interface(wanted.bridge))])
    for network in wanted.networks:
        if network.device is not None and found.networks.get(network.name) is not None:
            length = network.ipv6.partition("/")[2]
            there = [str(IPv6Interface(one.address)) for one in found.addresses.get(network.device, ())]
            should = str(IPv6Interface(f"{network.ipv6_gateway}/{length}"))
            yield from of_sets("address", network.device, there, [should])


def _default_route(wanted: Wanted, found: Found) -> list[Difference]:
    if wanted.gateway is None:
        return []
    there = [f"default via {one.via} dev {one.device}" for one in found.routes if one.to == "default"]
    return of_sets("route", "default", there, [f"default via {wanted.gateway} dev {wanted.nic}"])


def _routes(wanted: Wanted, found: Found) -> list[Difference]:
    """Ours; and, where the network is ours, those that somebody added: no step takes them away, as a program
    that adds routes may be there for a reason.
    """
    should = [_route(to, *_hop(hop, wanted.nic)) for to, hop in wanted.routes]
    should += [_route(subnet, "", device) for subnet, device in _on_bridges(wanted, found)]
    subnets = {to for to, _ in wanted.routes} | {subnet for subnet, _ in _on_bridges(wanted, found)}
    ours = [_said_of(one) for one in found.routes if one.to in subnets]
    added = [
        _said_of(one)
        for one in found.routes
        if one.to not in subnets and wanted.address is not None and _is_added(one, wanted.nic)
    ]
    return [
        *of_sets("route", "others", ours, should),
        *of_sets("route", "added by somebody", added, (), "user"),
    ]


def _said_of(one: FoundRoute) -> str:
    return _route(one.to, one.via, one.device, one.kind)


def _hop(hop: str, nic: str) -> tuple[str, str, str]:
    """Next hop, device and kind of a wanted route, from `via HOP` or `unreachable`."""
    return ("", "", "unreachable") if hop == "unreachable" else (hop.removeprefix("via "), nic, "unicast")


def _on_bridges(wanted: Wanted, found: Found) -> list[tuple[str, str]]:
    if not found.docker_runs:
        return []
    pairs = [(subnet_of(wanted.bridge), DOCKER0)] if wanted.bridge else []
    return pairs + [
        (network.ipv6, network.device)
        for network in wanted.networks
        if network.device and found.networks.get(network.name) is not None
    ]


def _is_added(one: FoundRoute, nic: str) -> bool:
    """Whether somebody added it on the interface that leads out, or made an address unreachable."""
    if one.to == "default" or one.protocol == "kernel":
        return False
    return one.device == nic or one.kind in ("unreachable", "blackhole", "prohibit")


def _route(to: str, via: str, device: str, kind: str = "unicast") -> str:
    if kind != "unicast":
        return f"{kind} {to}"
    return f"{to} via {via} dev {device}" if via else f"{to} dev {device}"
