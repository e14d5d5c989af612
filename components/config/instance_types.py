"""Whether the instance types in the config hold the addresses that the hosts need."""

from typing import Final

from ..address_ways.registry import ADDRESS_WAYS
from ..instance_types import instance_types, table_date, types_that_hold
from .reader import Reader
from .types import Host

_OR_A_PREFIX: Final = "; or take addresses prefix, which needs one"


def check_instance_types(config: Reader, hosts: tuple[Host, ...], block_prefix: int) -> tuple[str, ...]:
    """Notes the types whose interface holds too little; returns warnings about unknown ones."""
    warnings: list[str] = []
    on_aws = [host for host in hosts if host.existing is None and host.addresses in ADDRESS_WAYS]
    for name, way in dict.fromkeys((host.instance_type, host.addresses) for host in on_aws):
        using = [host for host in on_aws if (host.instance_type, host.addresses) == (name, way)]
        users = ", ".join(host.name for host in using if host.name)
        needed, reason = ADDRESS_WAYS[way].interface_slots(block_prefix)
        known = instance_types().get(name)
        enough = ", ".join(f"{each.name} ({each.ipv6_addresses})" for each in types_that_hold(needed, name))
        if known is None:
            warnings.append(
                f"instance type {name} ({users}) is not in this program's table of {table_date()}: whether "
                f"its network interface holds {_held(way, needed)} shows when aws makes it"
            )
        elif known.ipv6_addresses < needed:
            config.error(
                f"instance type {name} ({users}) holds {known.ipv6_addresses} IPv6 addresses on an "
                f"interface, and {reason}; these hold enough: {enough}{_OR_A_PREFIX if known.nitro else ''}"
            )
        elif way == "prefix" and not known.nitro:
            config.error(
                f"instance type {name} ({users}) is not built on nitro, and aws delegates prefixes to types "
                f"that are; these hold one: {enough}"
            )
    return tuple(warnings)


def _held(way: str, needed: int) -> str:
    return "a prefix" if way == "prefix" else f"{needed} IPv6 addresses"
