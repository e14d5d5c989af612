"""A host that exists already, in the place of an instance: the same steps, and nothing of AWS."""

from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING, NotRequired, TypedDict

import pulumi
from pulumi_aws.ec2.instance import Instance

from .container_networks.neighbours import Neighbour
from .container_networks.plan import NetworkWishes
from .derived import derived
from .first_contact import learned_host_key
from .host.preflight import UPSTREAM_ROUTES, preflight_text
from .host_keys import fingerprint

if TYPE_CHECKING:
    from .instance import DockerHostArgs


class NeighbourHost(TypedDict):
    """Another host, to whose containers this one has a route where both are on one link."""

    name: str
    """Its name."""
    prefix: pulumi.Input[str]
    """What its containers have their IPv6 addresses from, in CIDR form."""
    address: pulumi.Input[str]
    """Its own IPv6 address on the link."""


class ExistingHost(TypedDict):
    """A host that was there before, and that is given back as it was found."""

    address: pulumi.Input[str]
    """Where SSH goes: a name, or an address of either family."""
    host_key: NotRequired[pulumi.Input[str]]
    """Its public SSH host key, one line. Needed without `host_keys: accept-new`."""
    interface: NotRequired[str]
    """The network interface that leads out. Default: that of the IPv6 default route."""
    internet_targets: NotRequired[list[str]]
    """The first that is an IPv6 address must answer a ping, before anything is changed. Default: none, then
    the gateway alone is asked."""
    neighbours: NotRequired[list[NeighbourHost]]
    """With network static-routes, the other hosts; those that are not on its link are passed over. Default:
    none."""
    accept: NotRequired[list[str]]
    """Names of findings, such as `firewall`, that shall be warnings instead of refusals. Default: none."""


@dataclass(frozen=True)
class Machine:
    """What a `DockerHost` works on. `id`: another one is another machine. `instance`: None for a host that
    was there before; `address`: its own IPv6 address, None where only the host itself can tell.
    """

    id: pulumi.Output[str]
    ssh_address: pulumi.Output[str]
    host_key: pulumi.Output[str]
    address: pulumi.Output[str] | None
    instance: Instance | None = None


def existing_machine(
    parent: pulumi.Resource, name: str, args: "DockerHostArgs", existing: ExistingHost
) -> Machine:
    """A machine that is known by its host key: one that was installed anew has another. Raises ValueError
    where it has none, and none may be accepted.
    """
    address = pulumi.Output.from_input(existing["address"])
    if "host_key" in existing:
        key = pulumi.Output.from_input(existing["host_key"])
    elif args.get("host_keys") == "accept-new":
        key = learned_host_key(name, parent, args, address)
    else:
        raise ValueError(f"DockerHost {name}: give its host_key in existing, or host_keys: accept-new")
    return Machine(id=derived(fingerprint, key), ssh_address=address, host_key=key, address=None)


def preflight_of(
    existing: ExistingHost, prefix: pulumi.Input[str], networks: NetworkWishes
) -> pulumi.Output[str]:
    """What the preflight has to know."""
    text = partial(
        preflight_text,
        wishes=networks,
        interface=existing.get("interface"),
        internet_targets=tuple(existing.get("internet_targets", ())),
        accept=tuple(existing.get("accept", ())),
    )
    return derived(text, pulumi.Output.from_input(prefix))


def neighbours_of(existing: ExistingHost | None) -> pulumi.Output[list[Neighbour]]:
    """The other hosts, as the routes are made from them."""
    given = pulumi.Output.all(*(existing or {}).get("neighbours", []))
    return given.apply(
        lambda entries: [
            Neighbour(entry["name"], IPv6Network(entry["prefix"]), IPv6Address(entry["address"]))
            for entry in entries
        ]
    )


def upstream_route(way: str, prefix: pulumi.Output[str], address: pulumi.Output[str]) -> pulumi.Output[str]:
    """The route that the upstream router needs, `PREFIX via ADDRESS`; empty where it needs none."""
    if way not in UPSTREAM_ROUTES:
        return pulumi.Output.from_input("")
    return pulumi.Output.concat(prefix, " via ", address)
