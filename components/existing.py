"""A host that exists already, in the place of an instance: the same steps, and nothing of AWS."""

from functools import partial
from ipaddress import IPv6Address, IPv6Network

import pulumi

from .container_networks.neighbours import Neighbour
from .container_networks.plan import NetworkWishes
from .derived import derived
from .docker_host_args import DockerHostArgs, ExistingHost
from .first_contact import learned_host_key
from .host.preflight import UPSTREAM_ROUTES, preflight_text
from .host_keys import fingerprint
from .machine import Machine


def existing_machine(
    parent: pulumi.Resource, name: str, args: DockerHostArgs, existing: ExistingHost
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
