"""Hosts in the config that exist already: how they are reached, and what they take in place of AWS's."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address, IPv6Network
from typing import Any, Final, cast

from ..host.preflight import FINDINGS
from . import key_values, values
from .reader import Reader
from .types import Existing, Host

EXISTING_KEYS: Final = ("address", "user", "port", "hostKey", "privateKey", "interface", "accept")
ONLY_ON_AWS: Final = ("slot", "subnet", "instanceType", "containersReachMetadata")
GIVEN: Final = "given"
WIDEST_PREFIX: Final = 48
LONGEST_PREFIX: Final = 126
"""The narrowest that holds a container beside the host's own address on the network."""


def read_existing(host: Reader, *, key_needed: bool) -> Existing | None:
    """How the host is reached; None for one that AWS shall make. What is wrong is noted."""
    given = host.mapping("existing")
    if not given:
        return None
    for key in ONLY_ON_AWS:
        if host.values.get(key) not in (None, ""):
            host.error(f"{key}: is aws's; a host that exists already has none")
    existing = Reader(given, f"{host.where}existing: ", host.errors)
    existing.refuse_unknown(EXISTING_KEYS)
    return Existing(
        address=existing.needed_text("address", values.dns_or_address, "give its name or address"),
        host_key=_host_key(existing, key_needed),
        user=existing.text("user", values.user),
        port=existing.number("port", 1, 65535, None),
        private_key=existing.text("privateKey", key_values.private_key),
        interface=existing.text("interface", values.interface),
        accept=_accept(existing),
    )


def read_given_prefix(host: Reader, addresses: str, *, existing: bool) -> str | None:
    """The prefix that a host's containers have, where it is given. What is wrong is noted."""
    if addresses == GIVEN and not existing:
        host.error(
            "addresses: given is for a host that exists already: a vpc delivers only what the network "
            "interface holds; take block"
        )
    if existing and addresses == "private":
        host.error(
            "addresses: private, and with it network nat66, is for hosts on aws alone, and this host exists "
            "already; take given, with a public prefix, and another network"
        )
    elif existing and addresses != GIVEN:
        host.error(
            f"addresses: {addresses} is had from aws, and this host exists already; take given, with a prefix"
        )
    if addresses != GIVEN:
        if host.values.get("prefix"):
            host.error("prefix: only with addresses given")
        return None
    hint = "give what its containers have their addresses from, such as 2001:db8:a:101::/64"
    prefix = host.needed_text("prefix", values.ipv6_cidr, hint)
    length = IPv6Network(prefix).prefixlen if prefix else LONGEST_PREFIX
    if not WIDEST_PREFIX <= length <= LONGEST_PREFIX:
        host.error(f"prefix: {prefix} is not /{WIDEST_PREFIX} to /{LONGEST_PREFIX}")
    return prefix or None


def refuse_names_as_next_hops(config: Reader, hosts: Sequence[Host]) -> None:
    """Notes hosts with static routes whose own address is not known from the config."""
    for host in hosts:
        if host.network == "static-routes" and host.existing and ":" not in host.existing.address:
            config.error(
                f"host {host.name}: existing: address: {host.existing.address} is not an IPv6 address, and "
                "with network static-routes it is the next hop of the other hosts"
            )


def refuse_shared_prefixes(config: Reader, hosts: Sequence[Host]) -> None:
    """Notes hosts whose containers would have the same addresses."""
    given = [(host.name, IPv6Network(host.prefix)) for host in hosts if host.prefix]
    for index, (name, prefix) in enumerate(given):
        for other, its in given[:index]:
            if prefix.overlaps(its):
                config.error(
                    f"hosts: the prefixes of {other} ({its}) and {name} ({prefix}) overlap; give each host "
                    "one of its own"
                )


def refuse_answers_for_hosts(config: Reader, hosts: Sequence[Host]) -> None:
    """Notes prefixes for which a host would answer its neighbours in the place of a host that has an address
    of it.
    """
    for host in hosts:
        if host.network != "ndp-proxy" or not host.prefix:
            continue
        for other in hosts:
            if (address := _ipv6_address(other)) and address in IPv6Network(host.prefix):
                config.error(
                    f"host {host.name}: prefix: {host.prefix} holds {address}, the address of {other.name}, "
                    f"and with network ndp-proxy {host.name} would answer for it; give a part of the link's "
                    "prefix that nobody else uses"
                )


def needs_aws(config: Reader) -> bool:
    """Whether anything of this stack is on AWS: yes, unless all its hosts exist already."""
    existing = [_existing_of(host) for host in config.list("hosts")]
    return not existing or not all(existing)


def needs_stack_key(config: Reader) -> bool:
    """Whether the stack's private key is for anything: yes, unless every host has one of its own."""
    existing = [_existing_of(host) for host in config.list("hosts")]
    return not existing or not all(host.get("privateKey") for host in existing)


def _ipv6_address(host: Host) -> IPv6Address | None:
    """Where SSH goes to a host that exists, unless that is a name or of IPv4."""
    try:
        return IPv6Address(host.existing.address) if host.existing else None
    except ValueError:
        return None


def _existing_of(host: object) -> Mapping[str, Any]:
    """What an entry of `hosts` says under `existing`, whatever the entry is."""
    found: Any = cast("Mapping[str, Any]", host).get("existing") if isinstance(host, Mapping) else None
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def _host_key(existing: Reader, needed: bool) -> str | None:
    if not needed:
        return existing.text("hostKey", key_values.host_key)
    hint = (
        "give its public ssh host key, as `ssh-keyscan -t ed25519` shows it, or take the one it shows at the "
        "first connection on trust, with hostKeys: accept-new"
    )
    return existing.needed_text("hostKey", key_values.host_key, hint)


def _accept(existing: Reader) -> tuple[str, ...]:
    accepted = existing.texts("accept", lambda text: text)
    for name in accepted:
        if name not in FINDINGS:
            existing.error(f"accept: {name!r} is nothing that is refused; these are: {', '.join(FINDINGS)}")
    return accepted
