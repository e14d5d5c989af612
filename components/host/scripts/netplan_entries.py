"""Entries of netplan's files: how files merge, what an entry is about, and what of it is IPv4's. Pure."""

import re
from typing import Any, cast

IPV6_ONLY = re.compile(r"dhcp6|accept-ra|ra-|gateway6|ipv6-|link-local")
Settings = dict[str, Any]


def merged(first: Any, second: Any) -> Any:
    """As netplan merges files: mappings merge, sequences append, later scalars win."""
    if isinstance(first, dict) and isinstance(second, dict):
        one, other = cast("Settings", first), cast("Settings", second)
        return {key: merged(one.get(key), other.get(key)) for key in {**one, **other}}
    if isinstance(first, list) and isinstance(second, list):
        before, after = cast("list[Any]", first), cast("list[Any]", second)
        return before + [each for each in after if each not in before]
    chosen: Any = cast("Any", first) if second is None else second
    return chosen


def configures(id: str, settings: Settings, name: str, mac: str) -> bool:
    """Whether this entry of a netplan file is about the interface with that name and MAC address."""
    match = entry_of(settings, "match")
    if "macaddress" in match:
        return str(match["macaddress"]).lower() == mac
    return name in (id, settings.get("set-name"), match.get("name"))


def is_ipv6(value: Any) -> bool:
    """Whether a netplan value (an address, a route, a rule) is about IPv6."""
    if isinstance(value, dict):
        entry = cast("Settings", value)
        parts = [entry[key] for key in ("to", "via", "from") if key in entry] or list(entry)
        return any(is_ipv6(each) for each in parts)
    return ":" in str(value)


def ipv4_settings(settings: Settings) -> Settings:
    """The entry without all that is about IPv6 addressing; the rest as it was."""
    kept: Settings = {}
    for key, value in settings.items():
        if IPV6_ONLY.match(key):
            continue
        if key in ("addresses", "routes", "routing-policy"):
            value = [each for each in value if not is_ipv6(each)]
            if not value:
                continue
        kept[key] = value
    return kept


def network_in(content: Any) -> Settings:
    """What a file's content has below `network`. Raises ValueError where no device could be read there."""
    network = mapping_in(content, "network")
    ethernets = mapping_in(network, "ethernets")
    for each in ethernets:
        mapping_in(ethernets, each)
    return network


def mapping_in(mapping: Any, key: str) -> Settings:
    """The mapping under a key; empty when there is none. Raises ValueError where either is something else."""
    found: Any = entry_of(mapping, key) if isinstance(mapping, dict | None) else mapping
    if not isinstance(found, dict):
        raise ValueError(f"has no mapping at `{key}`")
    return cast("Settings", found)


def entry_of(mapping: Any, key: str) -> Settings:
    """The mapping under a key; empty when there is none. The same object, where there is one."""
    found: Any = mapping.get(key) if mapping else None
    return found or {}


def is_filled(entries: Any) -> bool:
    """Whether this is a mapping of device definitions, with something in it."""
    return isinstance(entries, dict) and bool(cast("Settings", entries))
