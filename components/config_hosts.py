"""The hosts in the config, and the containers on them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from . import config_values as values
from .config_apps import app_warnings, read_apps
from .config_networks import check_container_networks, check_ways, read_networks
from .config_reader import Reader, shown
from .config_types import DEFAULT_SUBNET, Container, ContainerNetwork, Host, Open, Port
from .container_networks.plan import DEFAULT_NETWORK
from .container_networks.registry import WAYS
from .instance_types import instance_types, table_date, types_that_hold
from .ipaddress_tools import (
    NETWORK_PREFIX,
    addresses_on_interface,
    container_capacity,
    highest_slot,
)

HOST_KEYS: Final = (
    *("name", "slot", "addresses", "network", "open", "subnet", "instanceType", "networks", "containers"),
    "apps",
)
CONTAINER_KEYS: Final = ("name", "image", "ports", "place", "networks")
ADDRESS_WAYS: Final = {"block": "block"}
NETWORK_WAYS: Final = {name: name for name in WAYS}
OPEN_WAYS: Final[Mapping[str, Open]] = {"declared": "declared", "all": "all"}


@dataclass(frozen=True)
class HostDefaults:
    """What the stack says for all hosts."""

    block_prefix: int
    instance_type: str
    subnets: tuple[str, ...] = (DEFAULT_SUBNET,)


def read_hosts(config: Reader, defaults: HostDefaults) -> tuple[tuple[Host, ...], tuple[str, ...]]:
    """The hosts, and warnings about them. What is wrong is noted in the reader's errors."""
    hosts = tuple(_host(config, index, entry, defaults) for index, entry in config.entries("hosts"))
    _refuse_twice(config, "hosts: name", Counter(host.name for host in hosts if host.name))
    _refuse_shared_slots(config, hosts)
    _refuse_same_resources(config, hosts)
    about_apps = [warning for host in hosts for warning in app_warnings(host.name, host.apps)]
    return hosts, (*_check_instance_types(config, hosts, defaults.block_prefix), *about_apps)


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
    highest = highest_slot(defaults.block_prefix)
    if entry.get("slot") in (None, ""):
        host.error(f"slot: missing; give each host a number of its own, 1 to {highest}, for good")
    addresses = host.choice("addresses", ADDRESS_WAYS, "block")
    network = host.choice("network", NETWORK_WAYS, "default-bridge")
    check_ways(host, addresses, network)
    networks = read_networks(host, network, defaults.block_prefix)
    made = Host(
        name=host.needed_text("name", values.host_name, "each host has a name of its own"),
        slot=host.number("slot", 1, highest, None) or 0,
        instance_type=host.text("instanceType", values.instance_type) or defaults.instance_type,
        addresses=addresses,
        network=network,
        open=host.choice("open", OPEN_WAYS, "declared"),
        subnet=host.choice("subnet", {name: name for name in defaults.subnets}, DEFAULT_SUBNET),
        networks=networks,
        containers=_containers(host, network, networks, defaults.block_prefix),
    )
    apps = read_apps(host, network, networks, made.containers, defaults.block_prefix)
    return replace(made, apps=apps)


def _containers(
    host: Reader, network: str, networks: tuple[ContainerNetwork, ...], prefix_length: int
) -> tuple[Container, ...]:
    capacity = container_capacity(max(prefix_length, NETWORK_PREFIX))
    count = len(host.list("containers"))
    if count > capacity:
        host.error(
            f"containers: {count} are declared, and a /{prefix_length} block holds {capacity}; "
            "declare them on another host, or take a larger block (a smaller blockPrefix) in a new subnet"
        )
    names: tuple[str, ...] = ()
    if WAYS[network].HAS_USER_NETWORKS:
        names = tuple(each.name for each in networks or (DEFAULT_NETWORK,))
    containers = tuple(
        _container(host, index, entry, max(capacity, count), names)
        for index, entry in host.entries("containers")
    )
    _refuse_twice(host, "container name", Counter(each.name for each in containers if each.name))
    _refuse_twice(host, "place", Counter(each.place for each in containers if each.place))
    return containers


def _container(
    host: Reader, index: int, entry: Mapping[str, Any], places: int, networks: tuple[str, ...]
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
        ports=_ports(container),
        networks=on,
    )


def _ports(container: Reader) -> tuple[Port, ...]:
    ports: list[Port] = []
    for value in container.list("ports"):
        try:
            ports.append(values.port(value))
        except ValueError as error:
            container.error(f"ports: {error}")
    _refuse_twice(container, "port", Counter(str(each) for each in ports))
    return tuple(sorted(set(ports), key=lambda port: (port.protocol, port.number)))


def _refuse_twice(reader: Reader, what: str, counts: Counter[Any]) -> None:
    for value, count in counts.items():
        if count > 1:
            times = "twice" if count == 2 else f"{count} times"
            reader.error(f"{what} {shown(value).strip(chr(39))} is given {times}; give each its own")


def _check_instance_types(config: Reader, hosts: tuple[Host, ...], block_prefix: int) -> tuple[str, ...]:
    """Notes the types whose interface holds too few addresses; returns warnings about unknown ones."""
    needed = addresses_on_interface(block_prefix)
    warnings: list[str] = []
    for name in dict.fromkeys(host.instance_type for host in hosts):
        users = ", ".join(host.name for host in hosts if host.instance_type == name and host.name)
        known = instance_types().get(name)
        if known is None:
            warnings.append(
                f"instance type {name} ({users}) is not in this program's table of {table_date()}: whether "
                f"its network interface holds {needed} IPv6 addresses shows when aws makes it"
            )
        elif known.ipv6_addresses < needed:
            held = [f"{each.name} ({each.ipv6_addresses})" for each in types_that_hold(needed, name)]
            config.error(
                f"instance type {name} ({users}) holds {known.ipv6_addresses} IPv6 addresses on an "
                f"interface, and a /{block_prefix} block needs {needed}, the host's own among them; "
                f"these hold enough: {', '.join(held)}"
            )
    return tuple(warnings)
