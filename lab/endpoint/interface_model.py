"""moto's network interface, with what EC2's has besides: prefixes, a primary IPv6 address, one order."""

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from . import context

FILTERS = {
    "status": "status",
    "mac-address": "mac_address",
    "attachment.device-index": "device_index",
    "attachment.status": "attachment_status",
    "source-dest-check": "source_dest_check_text",
    "ipv6-addresses.ipv6-address": "ipv6_addresses",
    "addresses.association.public-ip": "public_ip",
    "association.public-ip": "public_ip",
    "interface-type": "interface_type",
}


class StrictInterface(NetworkInterface):
    """An elastic network interface. Its addresses were checked before it is made."""

    ipv6_addresses: list[str]
    _group_set: list[Any]

    def __init__(
        self,
        backend: Any,
        subnet: Any,
        *args: Any,
        ipv6_prefixes: list[str] | None = None,
        primary_ipv6: bool = False,
        **options: Any,
    ) -> None:
        self.assigned_prefixes = list(ipv6_prefixes or [])
        self.has_primary_ipv6 = primary_ipv6
        self.dhcpv6_leases = context.current().dhcpv6_leases
        self.is_detaching = False
        super().__init__(backend, subnet, *args, **options)
        self.mac_address = mac_address(self.id)
        if self.subnet.ipv6_native:
            self.private_ip_address = None
            self.private_ip_addresses = []

    @property
    def network_interface_id(self) -> str:
        """The id, under the name that DescribeInstances has for it."""
        return self.id

    @property
    def association(self) -> Any:
        """The public address's mapping, None without one."""
        return super().association if self.public_ip else None

    @property
    def attachment(self) -> Any:
        """What DescribeNetworkInterfaces says of it; None where there is none."""
        attachment = super().attachment
        if attachment:
            attachment.status = self.attachment_status or ""
        return attachment

    @property
    def ipv6_prefixes(self) -> list[dict[str, str]]:
        """The prefixes as Describe answers have them."""
        return [{"Ipv6Prefix": prefix} for prefix in self.assigned_prefixes]

    @property
    def network_interface_ipv6_addresses_list(self) -> list[dict[str, Any]]:
        """The addresses as DescribeNetworkInterfaces has them, in the order they were assigned."""
        return [
            {"Ipv6Address": address, "IsPrimaryIpv6": self.has_primary_ipv6 and index == 0}
            for index, address in enumerate(self.ipv6_addresses)
        ]

    @property
    def instance_ipv6_address_list(self) -> list[dict[str, Any]]:
        """The addresses as DescribeInstances has them."""
        return self.network_interface_ipv6_addresses_list

    @property
    def ipv6_address(self) -> str | None:
        """The primary address, if there is one."""
        return self.ipv6_addresses[0] if self.has_primary_ipv6 and self.ipv6_addresses else None

    @property
    def ipv6_native(self) -> bool:
        """Whether the subnet has IPv6 only."""
        return bool(self.subnet.ipv6_native)

    @property
    def group_set(self) -> list[Any]:
        """The security groups in the order they were given."""
        return self._group_set

    def change_groups(self, groups: list[Any]) -> None:
        """Have these security groups from now on."""
        self._group_set = groups

    @property
    def attachment_status(self) -> str | None:
        """`attached`, `detaching` or nothing."""
        if not self.attachment_id:
            return None
        return "detaching" if self.is_detaching else "attached"

    @property
    def source_dest_check_text(self) -> str:
        """`true` or `false`, as a filter is written."""
        return str(bool(self.source_dest_check)).lower()

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        """The value that a Describe filter compares."""
        if filter_name in FILTERS:
            value: Any = getattr(self, FILTERS[filter_name])
            return str(value) if isinstance(value, int) else value
        return super().get_filter_value(filter_name, method_name)


def mac_address(interface_id: str) -> str:
    """A locally administered address of its own for each interface: 06 and the last ten digits of its id."""
    digits = interface_id[-10:]
    return ":".join(["06", *(digits[index : index + 2] for index in range(0, 10, 2))])
