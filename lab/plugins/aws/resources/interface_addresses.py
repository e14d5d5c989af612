"""The three lists of an interface (private IPv4 addresses, IPv6 addresses, IPv6 prefixes): one logic, three
tables.

Each is given as values or as a count, never both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from lab.plugins.aws import canonical
from lab.plugins.aws.operation import Operation
from lab.plugins.servicer import UNKNOWN, Properties, contains_unknown


@dataclass(frozen=True)
class AddressKind:
    """One list: its names as input and at EC2, and how many of it are not counted."""

    values: str
    count: str
    described: str
    field: str
    assign_call: str
    unassign_call: str
    values_argument: str
    count_argument: str
    canonical: Callable[[Any], Any]
    create_values: Callable[[list[str]], dict[str, Any]]
    create_count: str
    uncounted: int = 0

    def create_arguments(self, inputs: Properties) -> dict[str, Any]:
        """The part of CreateNetworkInterface for this list."""
        if inputs.get(self.values):
            return self.create_values(inputs[self.values])
        if inputs.get(self.count):
            return {self.create_count: inputs[self.count]}
        return {}

    def read(self, interface: Any) -> Properties:
        """Values and count of a described interface."""
        values = [one[self.field] for one in interface.get(self.described, [])]
        return {self.values: values, self.count: max(0, len(values) - self.uncounted)}

    def preview(self, outputs: Properties, news: Properties) -> Properties:
        """The outputs that follow when values or count change."""
        wanted, count = news.get(self.values), news.get(self.count)
        if wanted is not None and self.normal(wanted) != self.normal(outputs.get(self.values) or []):
            known = not contains_unknown(wanted)
            return {self.values: wanted, self.count: len(wanted) - self.uncounted if known else UNKNOWN}
        if count is not None and count != outputs.get(self.count):
            return {self.values: UNKNOWN}
        return {}

    def normal(self, values: Any) -> Any:
        """The values as a comparable set."""
        return UNKNOWN if contains_unknown(values) else {self.canonical(value) for value in values}


def _private_addresses(values: list[str]) -> dict[str, Any]:
    pairs = [{"PrivateIpAddress": one, "Primary": index == 0} for index, one in enumerate(values)]
    return {"PrivateIpAddresses": pairs}


KINDS: Final = (
    AddressKind(
        values="privateIps",
        count="privateIpsCount",
        described="PrivateIpAddresses",
        field="PrivateIpAddress",
        assign_call="assign_private_ip_addresses",
        unassign_call="unassign_private_ip_addresses",
        values_argument="PrivateIpAddresses",
        count_argument="SecondaryPrivateIpAddressCount",
        canonical=canonical.address,
        create_values=_private_addresses,
        create_count="SecondaryPrivateIpAddressCount",
        uncounted=1,
    ),
    AddressKind(
        values="ipv6Addresses",
        count="ipv6AddressCount",
        described="Ipv6Addresses",
        field="Ipv6Address",
        assign_call="assign_ipv6_addresses",
        unassign_call="unassign_ipv6_addresses",
        values_argument="Ipv6Addresses",
        count_argument="Ipv6AddressCount",
        canonical=canonical.address,
        create_values=lambda values: {"Ipv6Addresses": [{"Ipv6Address": one} for one in values]},
        create_count="Ipv6AddressCount",
    ),
    AddressKind(
        values="ipv6Prefixes",
        count="ipv6PrefixCount",
        described="Ipv6Prefixes",
        field="Ipv6Prefix",
        assign_call="assign_ipv6_addresses",
        unassign_call="unassign_ipv6_addresses",
        values_argument="Ipv6Prefixes",
        count_argument="Ipv6PrefixCount",
        canonical=canonical.network,
        create_values=lambda values: {"Ipv6Prefixes": [{"Ipv6Prefix": one} for one in values]},
        create_count="Ipv6PrefixCount",
    ),
)


def unassign(operation: Operation, id: str, kind: AddressKind, old: Properties, new: Properties) -> None:
    """Gives back what is no longer wanted; of a smaller count the last ones."""
    before: list[str] = old[kind.values]
    gone: list[str] = []
    if new.get(kind.values) is not None:
        wanted = kind.normal(new[kind.values])
        gone = [one for one in before if kind.canonical(one) not in wanted]
    elif new.get(kind.count) is not None:
        gone = before[kind.uncounted :][new[kind.count] :]
    if gone:
        call = getattr(operation.ec2, kind.unassign_call)
        call(NetworkInterfaceId=id, **{kind.values_argument: gone})


def assign(operation: Operation, id: str, kind: AddressKind, old: Properties, new: Properties) -> None:
    """Adds what is wanted and not there; for a larger count as many as are missing."""
    call = getattr(operation.ec2, kind.assign_call)
    if new.get(kind.values) is not None:
        known = kind.normal(old[kind.values])
        added = [one for one in new[kind.values] if kind.canonical(one) not in known]
        if added:
            call(NetworkInterfaceId=id, **{kind.values_argument: added})
    elif new.get(kind.count) is not None and new[kind.count] > old[kind.count]:
        call(NetworkInterfaceId=id, **{kind.count_argument: new[kind.count] - old[kind.count]})
