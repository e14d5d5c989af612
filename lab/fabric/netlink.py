"""Cables and what is configured on their ends, by rtnetlink. The edge to the kernel.

Every function may be repeated: what is there already is replaced by itself, what is gone already stays gone.
Devices are born in the namespaces they belong to, so none ever stands in the machine's own.
"""

import errno
import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from ipaddress import ip_interface
from typing import Any, TypeVar

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from lab.fabric import namespaces
from lab.fabric.addressing import is_ipv6
from lab.fabric.model import Address, Cable, End, Namespace, Route

_NO_DUPLICATE_DETECTION = 0x02
_NO_PREFIX_ROUTE = 0x200
_PERMANENT = 0x80
_PROXY = 0x08
_GONE = {errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENODEV}
_AF_INET, _AF_INET6 = 2, 10

Item = TypeVar("Item")


def lay(cable: Cable) -> None:
    """Make a cable's two ends in their namespaces; a cable that lies there with its hardware is kept.

    The ends are down; both namespaces must be there.
    """

    def make() -> None:
        far_handle = os.open(namespaces.FOLDER / far.namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with kernel_socket() as kernel:
                if _index(kernel, near.device) is not None:
                    return
                peer = {"ifname": far.device, "address": far.mac, "mtu": far.mtu, "net_ns_fd": far_handle}
                kernel.link("add", kind="veth", ifname=near.device, address=near.mac, mtu=near.mtu, peer=peer)
        finally:
            os.close(far_handle)

    near, far = cable.near, cable.far
    namespaces.inside(near.namespace, make)


def take_away(cable: Cable) -> None:
    """Remove a cable, both its ends."""
    if not (namespaces.FOLDER / cable.near.namespace).exists():
        return

    def delete() -> None:
        with kernel_socket() as kernel, _already(_GONE):
            index = _index(kernel, cable.near.device)
            if index is not None:
                kernel.link("del", index=index)

    namespaces.inside(cable.near.namespace, delete)


def set_state(end: End, state: str) -> None:
    """Set an end `up` or `down`; the other end sees its carrier come or go."""

    def act() -> None:
        with kernel_socket() as kernel:
            kernel.link("set", index=_index(kernel, end.device), state=state)

    namespaces.inside(end.namespace, act)


def configure(end: End, before: End | None) -> None:
    """Bring an end from what it was to what it shall be; `before` is None for one that was just laid.

    First everything that goes, then everything that comes, so that an address may move between two ends if
    all ends are given to `clear` before.
    """
    if before is None:
        namespaces.set_values(end.namespace, end.settings)

    def act() -> None:
        with kernel_socket() as kernel:
            index = _index(kernel, end.device)
            if before is None:
                kernel.link("set", index=index, state="up")
            for address in _new(end.addresses, before and before.addresses):
                _address(kernel, "replace", index, address)
            for neighbour in _new(end.neighbours, before and before.neighbours):
                family = _AF_INET6 if is_ipv6(neighbour.address) else _AF_INET
                kernel.neigh(
                    "replace", dst=neighbour.address, lladdr=neighbour.mac, ifindex=index, state=_PERMANENT,
                    family=family,
                )  # fmt: skip
            for proxy in _new(end.proxies, before and before.proxies):
                kernel.neigh("replace", dst=proxy, ifindex=index, flags=_PROXY, family=_AF_INET6)
            for route in _new(end.routes, before and before.routes):
                _route(kernel, "replace", route, index)

    namespaces.inside(end.namespace, act)


def clear(before: End, end: End) -> None:
    """Take away what an end had and shall have no more."""
    gone = End(
        end.namespace, end.device, end.mac, end.mtu,
        addresses=_new(before.addresses, end.addresses),
        neighbours=_new(before.neighbours, end.neighbours),
        proxies=_new(before.proxies, end.proxies),
        routes=_new(before.routes, end.routes),
    )  # fmt: skip
    if not (gone.addresses or gone.neighbours or gone.proxies or gone.routes):
        return

    def act() -> None:
        with kernel_socket() as kernel:
            index = _index(kernel, end.device)
            removals: list[Callable[[], Any]] = [
                *(lambda route=route: _route(kernel, "del", route, index) for route in gone.routes),
                *(
                    lambda proxy=proxy: kernel.neigh(
                        "del", dst=proxy, ifindex=index, flags=_PROXY, family=_AF_INET6
                    )
                    for proxy in gone.proxies
                ),
                *(
                    lambda address=neighbour.address: kernel.neigh("del", dst=address, ifindex=index)
                    for neighbour in gone.neighbours
                ),
                *(
                    lambda address=address: _address(kernel, "del", index, address)
                    for address in gone.addresses
                ),
            ]
            for remove in removals:
                with _already(_GONE):
                    remove()

    namespaces.inside(end.namespace, act)


def configure_namespace(wanted: Namespace, before: Namespace | None) -> None:
    """Bring what is not on a cable to what it shall be: settings, loopback addresses, routes to nowhere."""
    namespaces.set_values(wanted.name, _new(wanted.settings, before and before.settings))

    def act() -> None:
        with kernel_socket() as kernel:
            loopback = _index(kernel, "lo")
            for address in _new(before.addresses if before else (), wanted.addresses):
                with _already(_GONE):
                    _address(kernel, "del", loopback, address)
            for route in _new(before.routes if before else (), wanted.routes):
                with _already(_GONE):
                    _route(kernel, "del", route, None)
            for address in _new(wanted.addresses, before and before.addresses):
                _address(kernel, "replace", loopback, address)
            for route in _new(wanted.routes, before and before.routes):
                _route(kernel, "replace", route, None)

    if before is None or (before.addresses, before.routes) != (wanted.addresses, wanted.routes):
        namespaces.inside(wanted.name, act)


def move(device: str, mtu: int, source: str, target: str) -> None:
    """Move a device to another namespace; its addresses and all else stay behind, its MAC goes with it."""

    def act() -> None:
        handle = os.open(namespaces.FOLDER / target, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with kernel_socket() as kernel:
                kernel.link("set", index=_index(kernel, device), state="down", mtu=mtu)
                kernel.link("set", index=_index(kernel, device), net_ns_fd=handle)
        finally:
            os.close(handle)

    namespaces.inside(source, act)


@contextmanager
def kernel_socket() -> Generator[Any]:
    """A netlink socket of this thread's namespace. Its methods are made up at run time, hence no type."""
    with IPRoute() as kernel:
        yield kernel


def is_there(device: str) -> bool:
    """Whether this thread's namespace has a device of that name."""
    with kernel_socket() as kernel:
        return _index(kernel, device) is not None


def _index(kernel: Any, device: str) -> int | None:
    found = kernel.link_lookup(ifname=device)
    return found[0] if found else None


def _address(kernel: Any, command: str, index: int | None, address: Address) -> None:
    interface = ip_interface(address.interface)
    flags = 0
    if interface.version == 6:
        flags |= _NO_DUPLICATE_DETECTION
    if not interface.is_link_local or interface.version == 4:
        flags |= _NO_PREFIX_ROUTE
    options: dict[str, Any] = {"flags": flags} if command == "replace" else {}
    if not address.is_source:
        options |= {"preferred_lft": 0, "valid_lft": 0xFFFFFFFF} if command == "replace" else {}
    kernel.addr(
        command, index=index, address=str(interface.ip), prefixlen=interface.network.prefixlen, **options
    )


def _route(kernel: Any, command: str, route: Route, index: int | None) -> None:
    destination_ipv6 = is_ipv6(route.destination)
    options: dict[str, Any] = {"family": _AF_INET6 if destination_ipv6 else _AF_INET}
    if route.kind != "unicast":
        options["type"] = route.kind
    else:
        options["oif"] = index
        if not route.gateway:
            options["scope"] = 253 if not destination_ipv6 else 0
    if route.gateway and is_ipv6(route.gateway) and not destination_ipv6:
        options["via"] = {"family": _AF_INET6, "addr": route.gateway}
    elif route.gateway:
        options["gateway"] = route.gateway
    kernel.route(command, dst=route.destination, **options)


def _new(wanted: tuple[Item, ...], before: Iterable[Item] | None) -> tuple[Item, ...]:
    known = set(before or ())
    return tuple(item for item in wanted if item not in known)


@contextmanager
def _already(codes: set[int]) -> Generator[None]:
    try:
        yield
    except NetlinkError as error:
        if error.code not in codes:
            raise


def remove_cables() -> None:
    """Remove every veth of this thread's namespace: a namespace that something still holds keeps none."""
    with kernel_socket() as kernel:
        for index in kernel.link_lookup(kind="veth"):
            with _already(_GONE):
                kernel.link("del", index=index)
