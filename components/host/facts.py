"""What the first step found out about a host, as typed values."""

import json
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Interface
from typing import Any


class HostError(ValueError):
    """A host that cannot have what is wanted; the message says what was found and what to do."""


@dataclass(frozen=True)
class Nic:
    """The interface that leads out.

    `netplan_id`: its name in netplan's files, None when netplan does not know it. `ipv4_settings`: what those
    say about it, without IPv6. `files`: those that say something. `others`: what else they configure.
    """

    name: str
    mac: str
    mtu: int
    netplan_id: str | None
    ipv4_settings: dict[str, Any]
    files: tuple[str, ...]
    others: dict[str, Any]


@dataclass(frozen=True)
class CloudInit:
    """cloud-init's state; `files` are the netplan files that it wrote."""

    status: str
    version: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """A host as it was found. `gateway`: of its live IPv6 default route; `engine`: Docker's version;
    `has_ipv4`: on the interface that leads out; `name_servers`: those it learned over IPv6, without IPv4.
    `addresses`: the interface's own, with their lengths, of a host that was there before.
    """

    nic: Nic
    gateway: IPv6Address | None
    engine: str | None
    netplan: str | None
    cloud_init: CloudInit | None
    daemon_json: dict[str, Any] | None
    architecture: str
    os_id: str
    os_version: str
    os_codename: str | None
    python: str
    has_ipv4: bool = True
    name_servers: tuple[IPv6Address, ...] = ()
    addresses: tuple[IPv6Interface, ...] = ()


def own_address(text: str, preferred: str) -> str:
    """The IPv6 address of a host that was there before: the preferred one if it has that, else its first.

    `text`: the first step's output. `preferred`: where SSH goes. Raises HostError when it has none.
    """
    facts = parse_facts(text)
    found = [str(address.ip) for address in facts.addresses]
    if not found:
        raise HostError(f"{facts.nic.name} has no global IPv6 address; give it a static one first")
    same = [address for address in found if _is_same(address, preferred)]
    return (same or found)[0]


def _is_same(address: str, other: str) -> bool:
    try:
        return IPv6Address(address) == IPv6Address(other)
    except ValueError:
        return False  # a name, or IPv4


def parse_facts(text: str) -> Facts:
    """The facts from the first step's output. Raises HostError when that is not what the step prints."""
    try:
        values: dict[str, Any] = json.loads(text)
        return _facts(values)
    except (ValueError, KeyError, TypeError) as error:
        raise HostError(f"the facts are not what the facts step prints ({error!r}): {text[:200]!r}") from None


def _facts(values: dict[str, Any]) -> Facts:
    nic: dict[str, Any] = values["nic"]
    cloud_init: dict[str, Any] | None = values["cloud_init"]
    return Facts(
        nic=Nic(
            name=nic["name"],
            mac=nic["mac"],
            mtu=nic["mtu"],
            netplan_id=nic["netplan_id"],
            ipv4_settings=nic["ipv4_settings"],
            files=tuple(nic.get("files", ())),
            others=nic.get("others", {}),
        ),
        gateway=IPv6Address(values["gateway"]) if values["gateway"] else None,
        engine=values["engine"],
        netplan=values["netplan"],
        cloud_init=CloudInit(cloud_init["status"], cloud_init["version"], tuple(cloud_init["files"]))
        if cloud_init
        else None,
        daemon_json=values["daemon_json"],
        architecture=values["architecture"],
        os_id=values["os"]["id"],
        os_version=values["os"]["version"],
        os_codename=values["os"].get("codename") or None,
        python=values["python"],
        has_ipv4=values.get("has_ipv4", True),
        name_servers=tuple(IPv6Address(each) for each in values.get("name_servers", ())),
        addresses=tuple(IPv6Interface(address) for address in values.get("addresses", ())),
    )
