"""Refuses, at preview already, to change the addresses of a living host."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from .config_types import DEFAULT_SUBNET
from .ipaddress_tools import fixed_for_life
from .tags import BLOCK_TAG, SLOT_TAG

Inputs = Mapping[str, Any]


class AddressesFixedError(Exception):
    """A living host's subnet, slot or block prefix was changed; the message says what to do instead."""


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
    if any(tag not in tags for tags in (old_tags, new_tags) for tag in (SLOT_TAG, BLOCK_TAG)):
        return None
    return fixed_for_life(
        host,
        int(old_tags[SLOT_TAG]),
        int(new_tags[SLOT_TAG]),
        int(old_tags[BLOCK_TAG]),
        int(new_tags[BLOCK_TAG]),
    )
