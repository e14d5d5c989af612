"""Refuses, at preview already, to change the addresses of a living host."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from .ipaddress_tools import fixed_for_life
from .tags import BLOCK_TAG, SLOT_TAG

Inputs = Mapping[str, Any]


class AddressesFixedError(Exception):
    """A living host's slot or block prefix was changed; the message says what to do instead."""


def addresses_stay(host: str, interface: str) -> pulumi.ResourceHookBinding | None:
    """A hook for the network interface `interface` of `host`, run before it is updated, in previews too.

    A replaced interface (another subnet) is a new one and may have any addresses. None under the SDK's mocks:
    they cannot register hooks, and whoever tests a program that uses this package needs none.
    """
    if isinstance(get_monitor(), MockMonitor):
        return None

    def compare(args: pulumi.ResourceHookArgs) -> None:
        refusal = refused_change(host, args.old_inputs or {}, args.new_inputs or {})
        if refusal is not None:
            raise AddressesFixedError(refusal)

    name, in_previews_too = f"{interface}-addresses-stay", pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHookBinding(before_update=[pulumi.ResourceHook(name, compare, in_previews_too)])


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
