"""The hosts in the config, and the containers on them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv6Network
from typing import Any, Final

from ..address_ways.registry import ADDRESS_WAYS, DEFAULT_ADDRESSES
from ..container_networks.plan import DEFAULT_NETWORK
from ..container_networks.registry import WAYS
from ..containers import Container, ContainerNetwork, Open
from ..ipaddress_tools import NETWORK_PREFIX, container_capacity
from ..wording import shown
from . import values
from .apps import app_warnings, read_apps
from .existing import (
    GIVEN,
    read_existing,
    read_given_prefix,
    refuse_answers_for_hosts,
    refuse_names_as_next_hops,
    refuse_shared_prefixes,
)
from .instance_types import check_instance_types
from .networks import check_container_networks, check_open, check_ways, read_networks
from .ports import read_ports, refuse_shared_host_ports
from .reader import Reader
from .types import DEFAULT_SUBNET, Host

HOST_KEYS: Final = (
    *("name", "slot", "addresses", "prefix", "network", "open", "subnet", "instanceType", "networks"),
    *("containers", "apps", "existing", "containersReachMetadata"),
)
CONTAINER_KEYS: Final = ("name", "image", "ports", "place", "networks")
ADDRESS_NAMES: Final = {name: name for name in ADDRESS_WAYS}
NETWORK_WAYS: Final = {name: name for name in WAYS}
MOST_PLACES_ON_DOCKER0: Final = 64
"""To start one there in its place, up to so many others are held for a moment."""
OPEN_WAYS: Final[Mapping[str, Open]] = {"declared": "declared", "all": "all"}


@dataclass(frozen=True)
class HostDefaults:
    """What the stack says for all hosts."""

    block_prefix: int
    instance_type: str
    subnets: tuple[str, ...] = (DEFAULT_SUBNET,)
    ssh_port: int = 22
    accept_new_keys: bool = False
    """Whether a host that exists may show any host key at the first connection."""


def read_hosts(config: Reader, defaults: HostDefaults) -> tuple[tuple[Host, ...], tuple[str, ...]]:
    """The hosts, and warnings about them. What is wrong is noted in the reader's errors."""
    hosts = tuple(_host(config, index, entry, defaults) for index, entry in config.entries("hosts"))
    _refuse_twice(config, "hosts: name", Counter(host.name for host in hosts if host.name))
    _refuse_shared_slots(config, hosts)
    _refuse_shared_private_ranges(config, hosts)
    _refuse_same_resources(config, hosts)
    refuse_shared_prefixes(config, hosts)
    refuse_answers_for_hosts(config, hosts)
    refuse_names_as_next_hops(config, hosts)
    about_apps = [warning for host in hosts for warning in app_warnings(host.name, host.network, host.apps)]
    return hosts, (*check_instance_types(config, hosts, defaults.block_prefix), *about_apps)


def _refuse_shared_slots(config: Reader, hosts: tuple[Host, ...]) -> None:
    by_slot: dict[tuple[str, int], list[str]] = {}
    for host in hosts:
        if host.slot:
            by_slot.setdefault((host.subnet, host.slot), []).append(host.name or "a host without a name")
    for (subnet, slot), names in by_slot.items():
        if len(names) > 1:
            of = "" if subnet == DEFAULT_SUBNET else f" of subnet {subnet}"
            given = f"slot {slot}{of} is given to {' and '.join(names)}"
            config.error(f"hosts: {given}; a slot belongs to one host")


def _refuse_shared_private_ranges(config: Reader, hosts: tuple[Host, ...]) -> None:
    """The stack's unique local prefix is one for all subnets."""
    by_slot: dict[int, list[Host]] = {}
    for host in hosts:
        if host.addresses == "private" and host.slot:
            by_slot.setdefault(host.slot, []).append(host)
    for slot, sharing in by_slot.items():
        if len({host.subnet for host in sharing}) > 1:
            names = " and ".join(host.name for host in sharing)
            config.error(
                f"hosts: {names} have slot {slot} and addresses private, and would share /64 number {slot} "
                "of the stack's unique local prefix; give each a slot of its own over all subnets"
            )


def _refuse_same_resources(config: Reader, hosts: tuple[Host, ...]) -> None:
    """A container's or app's resource is called HOST-NAME: two pairs of names can make the same one."""
    users: dict[str, dict[str, None]] = {}
    for host in hosts:
        named = [("container", each.name) for each in host.containers]
        named += [("app", each.name) for each in host.apps]
        for kind, name in named:
            pair = f"{kind} {name} of host {host.name}"
            users.setdefault(f"{host.name}-{name}", {})[pair] = None
    for resource, pairs in users.items():
        if len(pairs) > 1:
            config.error(f"hosts: {' and '.join(pairs)} would both be called {resource}; rename one of them")


def _host(config: Reader, index: int, entry: Mapping[str, Any], defaults: HostDefaults) -> Host:
    name = entry.get("name")
    where = f"host {name}: " if isinstance(name, str) and name else f"hosts[{index}]: "
    host = Reader(entry, where, config.errors)
    host.refuse_unknown(HOST_KEYS)
    existing = read_existing(host, key_needed=not defaults.accept_new_keys)
    names = {**ADDRESS_NAMES, GIVEN: GIVEN}
    addresses = host.choice("addresses", names, GIVEN if existing else DEFAULT_ADDRESSES)
    way = ADDRESS_WAYS.get(addresses, ADDRESS_WAYS[DEFAULT_ADDRESSES])
    highest = way.highest_slot(defaults.block_prefix)
    if existing is None and entry.get("slot") in (None, ""):
        host.error(f"slot: missing; give each host a number of its own, 1 to {highest}, for good")
    network = host.choice("network", NETWORK_WAYS, "default-bridge")
    check_ways(host, addresses, network)
    prefix = read_given_prefix(host, addresses, existing=existing is not None)
    prefix_length = way.containers_prefix_length(defaults.block_prefix)
    if prefix is not None:
        prefix_length = IPv6Network(prefix).prefixlen
    networks = read_networks(host, network, prefix_length)
    made = Host(
        name=host.needed_text("name", values.host_name, "each host has a name of its own"),
        slot=host.number("slot", 1, highest, None) or 0,
        instance_type=host.text("instanceType", values.instance_type) or defaults.instance_type,
        addresses=addresses,
        network=network,
        open=check_open(host, network, host.choice("open", OPEN_WAYS, "declared")),
        subnet=host.choice("subnet", {name: name for name in defaults.subnets}, DEFAULT_SUBNET),
        networks=networks,
        containers=_containers(host, network, networks, prefix_length),
        existing=existing,
        prefix=prefix,
        containers_reach_metadata=host.boolean("containersReachMetadata", default=False),
    )
    ssh_port = (existing.port if existing else None) or defaults.ssh_port
    refuse_shared_host_ports(host, made.containers, ssh_port)
    apps = read_apps(host, network, networks, made.containers, prefix_length, ssh_port)
    return replace(made, apps=apps)


def _containers(
    host: Reader, network: str, networks: tuple[ContainerNetwork, ...], prefix_length: int
) -> tuple[Container, ...]:
    capacity = container_capacity(max(prefix_length, NETWORK_PREFIX))
    if not WAYS[network].HAS_USER_NETWORKS:
        capacity = min(capacity, MOST_PLACES_ON_DOCKER0)
    count = len(host.list("containers"))
    if count > capacity:
        host.error(f"containers: {count} are declared, and {_too_many(network, prefix_length, capacity)}")
    names: tuple[str, ...] = ()
    if WAYS[network].HAS_USER_NETWORKS:
        names = tuple(each.name for each in networks or (DEFAULT_NETWORK,))
    containers = tuple(
        _container(host, index, entry, max(capacity, count), network, names)
        for index, entry in host.entries("containers")
    )
    _refuse_twice(host, "container name", Counter(each.name for each in containers if each.name))
    _refuse_twice(host, "place", Counter(each.place for each in containers if each.place))
    return containers


def _too_many(network: str, prefix_length: int, capacity: int) -> str:
    if prefix_length > NETWORK_PREFIX:
        return (
            f"a /{prefix_length} block holds {capacity}; declare them on another host, or take a larger "
            "block (a smaller blockPrefix) in a new subnet, or addresses prefix"
        )
    if not WAYS[network].HAS_USER_NETWORKS:
        return f"docker0 takes {capacity}, one after the other; declare them on another host, or take routed"
    return f"a network holds {capacity}; declare them on another host"


def _container(
    host: Reader, index: int, entry: Mapping[str, Any], places: int, network: str, networks: tuple[str, ...]
) -> Container:
    name = entry.get("name")
    where = f"container {name}: " if isinstance(name, str) and name else f"containers[{index}]: "
    container = Reader(entry, host.where + where, host.errors)
    container.refuse_unknown(CONTAINER_KEYS)
    on = container.texts("networks", values.network_name)
    check_container_networks(container, on, networks)
    return Container(
        name=container.needed_text("name", values.container_name, "each container has a name"),
        image=container.needed_text("image", values.image, "give one such as docker.io/library/nginx:stable"),
        place=container.number("place", 1, places, index + 1) or 0,
        ports=read_ports(container, network),
        networks=on,
    )


def _refuse_twice(reader: Reader, what: str, counts: Counter[Any]) -> None:
    for value, count in counts.items():
        if count > 1:
            times = "twice" if count == 2 else f"{count} times"
            reader.error(f"{what} {shown(value).strip(chr(39))} is given {times}; give each its own")
