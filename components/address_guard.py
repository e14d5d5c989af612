"""Refuses, at preview already, to change the addresses of a living host."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from .address_ways.registry import DEFAULT_ADDRESSES
from .config.types import DEFAULT_SUBNET
from .tags import ADDRESSES_TAG, BLOCK_TAG, SLOT_TAG, UNIQUE_LOCAL_TAG

Inputs = Mapping[str, Any]


class AddressesFixedError(Exception):
    """A living host's subnet, addresses or slot were changed; the message says what to do instead."""


def addresses_stay(host: str, interface: str) -> pulumi.ResourceHookBinding | None:
    """A hook for the network interface `interface` of `host`, run before it is updated, in previews too.

    A replaced interface is a new one and may have any addresses; its subnet is another hook's business.
    None under the SDK's mocks: they cannot register hooks, and whoever tests a program that uses this package
    needs none.
    """
    return _before_update(f"{interface}-addresses-stay", partial(refused_change, host))


def subnet_stays(host: str) -> pulumi.ResourceHookBinding | None:
    """The same for the component that holds the interface of `host`, whose property names the subnet."""
    return _before_update(f"{host}-subnet-stays", partial(refused_move, host))


def _before_update(
    name: str, refusal: Callable[[Inputs, Inputs], str | None]
) -> pulumi.ResourceHookBinding | None:
    if isinstance(get_monitor(), MockMonitor):
        return None

    def compare(args: pulumi.ResourceHookArgs) -> None:
        text = refusal(args.old_inputs or {}, args.new_inputs or {})
        if text is not None:
            raise AddressesFixedError(text)

    hook = pulumi.ResourceHook(name, compare, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])


def refused_move(host: str, old: Inputs, new: Inputs) -> str | None:
    """Why the host may not lie in another subnet, or None."""
    was, wanted = old.get("subnetName") or DEFAULT_SUBNET, new.get("subnetName") or DEFAULT_SUBNET
    if was == wanted:
        return None
    return (
        f"host {host} lives in subnet {was} and cannot move to subnet {wanted}: its addresses would change; "
        f"keep subnet {was}, or add a new host in subnet {wanted} and then remove {host}"
    )


def refused_change(host: str, old: Inputs, new: Inputs) -> str | None:
    """Why the network interface's inputs may not change so, or None. They are compared by their tags: the
    addresses themselves may be unknown in a preview.
    """
    old_tags: Mapping[str, str] = old.get("tags") or {}
    new_tags: Mapping[str, str] = new.get("tags") or {}
    if SLOT_TAG not in old_tags or SLOT_TAG not in new_tags:
        return None
    was, wanted = (tags.get(ADDRESSES_TAG, DEFAULT_ADDRESSES) for tags in (old_tags, new_tags))
    if was != wanted:
        return (
            f"host {host} has addresses {was} and cannot get addresses {wanted}: all of its addresses would "
            f"change; keep addresses {was}, or add a new host with addresses {wanted} in another slot and "
            f"then remove {host}"
        )
    refused = fixed_for_life(
        host,
        int(old_tags[SLOT_TAG]),
        int(new_tags[SLOT_TAG]),
        int(old_tags.get(BLOCK_TAG, 0)),
        int(new_tags.get(BLOCK_TAG, 0)),
    )
    return refused or _refused_unique_local(host, old_tags, new_tags)


def fixed_for_life(
    host: str, old_slot: int, new_slot: int, old_block_prefix: int, new_block_prefix: int
) -> str | None:
    """Why a living host may not get this slot or block prefix, and what to do instead; None if it may."""
    if old_slot != new_slot:
        return (
            f"host {host} lives in slot {old_slot} and cannot move to slot {new_slot}: its addresses would "
            f"change; keep slot {old_slot}, or add a new host with slot {new_slot} and then remove {host}"
        )
    if old_block_prefix != new_block_prefix:
        return (
            f"host {host} has a /{old_block_prefix} block and cannot get a /{new_block_prefix}: every block "
            f"of its subnet would move; keep blockPrefix {old_block_prefix}, or make a new subnet (another "
            "subnetIndex) for hosts with the new one"
        )
    return None


def _refused_unique_local(host: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    was, wanted = old.get(UNIQUE_LOCAL_TAG), new.get(UNIQUE_LOCAL_TAG)
    if was == wanted or not isinstance(was, str) or not isinstance(wanted, str):
        return None
    return (
        f"host {host} has its private addresses from {was} and cannot get them from {wanted}: its containers "
        f"would all get other addresses; set ulaPrefix to {was}, or bring the stack up without hosts that "
        f"have addresses private, and then with them and {wanted}"
    )
