"""Differences in Docker's networks and containers, and in Compose projects. Pure."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network

from ..host.steps import INSTALL_DIRECTORY, scripts_bundle
from .difference import Difference, of_sets
from .found import Found, FoundContainer, FoundInterface, FoundNetwork
from .wanted import Wanted, WantedApp, WantedContainer, WantedNetwork


def docker_differences(wanted: Wanted, found: Found) -> Iterable[Difference]:
    """None beside Docker's own unit where dockerd does not run: all would follow from that."""
    if not found.docker_runs:
        return
    for network in wanted.networks:
        yield from _network(network, found.networks.get(network.name))
    names = [network.name for network in wanted.networks]
    stale = [name for name in found.labelled_networks if name not in names]
    yield from of_sets("docker network", "no longer declared", stale, ())
    for container in wanted.containers:
        yield from _container(container, found.containers.get(container.name))
    yield from _stale_containers(wanted, found)
    for app in wanted.apps:
        yield from _app(app, found.apps.get(app.name, {}))


def _network(wanted: WantedNetwork, found: FoundNetwork | None) -> list[Difference]:
    should = [
        f"subnet {wanted.ipv6} gateway {wanted.ipv6_gateway}"
        + (f" range {wanted.ipv6_range}" if wanted.ipv6_range else ""),
        *(f"option {name}={value}" for name, value in wanted.options),
    ]
    if wanted.ipv4 == "none":
        should.append("no IPv4")
    elif wanted.ipv4:
        should.append(
            f"subnet {wanted.ipv4}" + (f" gateway {wanted.ipv4_gateway}" if wanted.ipv4_gateway else "")
        )
    if found is None:
        return of_sets("docker network", wanted.name, ["is not there"], should)
    has = [*_subnets(found, wanted), *_options(found, wanted)]
    if not found.ours:
        has.append("was made by hand")
    if not found.ipv6_enabled:
        has.append("has no IPv6")
    return of_sets("docker network", wanted.name, has, should, "up" if found.ours else "user")


def _subnets(found: FoundNetwork, wanted: WantedNetwork) -> Iterable[str]:
    has_ipv4 = False
    for subnet, gateway, part in found.ipam:
        if ip_network(subnet).version == 4:
            has_ipv4 = True
            if wanted.ipv4:
                yield f"subnet {subnet}" + (
                    f" gateway {_bare(gateway)}" if gateway and wanted.ipv4_gateway else ""
                )
        else:
            yield f"subnet {ip_network(subnet)} gateway {_bare(gateway) if gateway else 'none'}" + (
                f" range {ip_network(part)}" if part else ""
            )
    if not has_ipv4 and wanted.ipv4 == "none":
        yield "no IPv4"


def _bare(address: str) -> str:
    """Without a length, which some engines put there."""
    return str(ip_address(address.partition("/")[0]))


def _options(found: FoundNetwork, wanted: WantedNetwork) -> Iterable[str]:
    for name, _ in wanted.options:
        if name in found.options:
            yield f"option {name}={found.options[name]}"


def _container(wanted: WantedContainer, found: FoundContainer | None) -> list[Difference]:
    should = ["runs", f"image {wanted.image}"]
    should += [line for on, address in wanted.addresses for line in _right(on, address)]
    if found is None:
        return of_sets("container", wanted.name, ["is not there"], should)
    if not found.ours:
        return of_sets("container", wanted.name, ["was started by hand"], should, "user")
    has = ["runs" if found.runs else f"is {found.status.split()[0]}", f"image {found.image}"]
    if found.runs:
        has += [line for on, address in wanted.addresses for line in _has(found, on, address)]
    return of_sets("container", wanted.name, has, should if found.runs else should[:2])


def _stale_containers(wanted: Wanted, found: Found) -> Iterable[Difference]:
    """What a killed update started, and the program then declared no more: no resource could take it away."""
    declared = [container.name for container in wanted.containers]
    remove = f"sudo {INSTALL_DIRECTORY}/{scripts_bundle()[1]}/remove container"
    for name in found.labelled_containers:
        if name not in declared:
            lines = ("- is there, and no longer declared", f"  `{remove} {name}` on the host takes it away")
            yield Difference("container", name, lines, "user")


def _right(network: str, address: str) -> Iterable[str]:
    yield f"{address} on network {network}"
    yield f"{address} on its interface"
    yield f"disable_ipv6 is 0 on network {network}"


def _has(found: FoundContainer, network: str, wanted: str) -> Iterable[str]:
    address, inside = found.networks.get(network, ("", None))
    yield f"{address or 'no IPv6 address'} on network {network}"
    yield f"{wanted if _is_inside(wanted, inside) else 'not ' + wanted} on its interface"
    setting = inside.disable_ipv6 if inside else "unknown"
    yield f"disable_ipv6 is {setting} on network {network}"


def _is_inside(address: str, inside: FoundInterface | None) -> bool:
    return inside is not None and address in inside.addresses


def _app(wanted: WantedApp, found: Mapping[str, FoundContainer]) -> Iterable[Difference]:
    for service in wanted.services:
        its = [(name, one) for name, one in found.items() if one.service == service]
        subject = f"{wanted.name}: service {service}"
        if not its:
            yield from of_sets("compose", subject, ["has no container"], ["runs"])
            continue
        stopped = [f"{name} is {one.status}" for name, one in its if not _is_well(one)]
        yield from of_sets("compose", subject, stopped, ["runs"] if stopped else [])
        addresses = [(on, address) for each, on, address in wanted.addresses if each == service]
        if addresses and not stopped and its[0][1].runs:
            network = {on: f"{wanted.name}_{on}" for on, _ in addresses}
            yield from of_sets(
                "compose",
                subject,
                [line for on, address in addresses for line in _has(its[0][1], network[on], address)],
                [line for on, address in addresses for line in _right(network[on], address)],
            )


def _is_well(one: FoundContainer) -> bool:
    """It runs, or has done its work and ended well."""
    return one.runs or one.status == "exited 0"
