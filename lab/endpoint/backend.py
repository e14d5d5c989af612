"""moto's EC2 state, with what the lab adds: no default VPC, the lab's images, documentation addresses."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from moto.ec2 import urls
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.models.subnets import Subnet

from .addresses import Ipv6Space
from .context import current
from .errors import refused
from .interface_model import StrictInterface


class StrictSubnet(Subnet):
    """A subnet with EC2's defaults: nothing public, no DNS64."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.default_for_az = False
        self.map_public_ip_on_launch = False
        self.enable_dns64 = False

    @property
    def ipv6_cidr_block_association_set(self) -> list[dict[str, Any]]:
        """The associations, their state as a plain word."""
        return [
            {
                "Ipv6CidrBlock": association["ipv6CidrBlock"],
                "AssociationId": association["associationId"],
                "Ipv6CidrBlockState": {"State": association["ipv6CidrBlockState"]["State"]},
            }
            for association in self.ipv6_cidr_block_associations.values()
            if association["ipv6CidrBlockState"]["State"] == "associated"
        ]

    @property
    def ipv6_cidr(self) -> str | None:
        """The one IPv6 block, if there is one."""
        return next((item["Ipv6CidrBlock"] for item in self.ipv6_cidr_block_association_set), None)


class StrictBackend(EC2Backend):
    """A region's EC2 resources."""

    def __init__(self, region_name: str, account_id: str) -> None:
        self.last_vpc_number = 0
        self.requests: dict[tuple[str, str], tuple[str, Any]] = {}
        """(operation, client token) to (the request's digest, what it made)."""
        super().__init__(region_name, account_id)

    @property
    def _url_module(self) -> Any:
        return urls

    def create_default_vpc(self) -> Any:
        """None while the region is made: an account that has deleted its default VPC."""
        if hasattr(self, "default_vpc"):
            raise refused("OperationNotPermitted", "The lab has no default VPC: create one with CreateVpc")
        return None

    def _load_amis(self) -> None:
        for image_id, name in current().images.items():
            image: Any = Ami(
                self,
                image_id,
                name=name,
                description=f"The lab's image {name}",
                public=True,
                virtualization_type="hvm",
                architecture="x86_64",
                hypervisor="xen",
                root_device_type="ebs",
                root_device_name="/dev/sda1",
                region_name=f"{self.region_name}a",
            )
            self.amis[image_id] = image

    def get_vpc(self, vpc_id: str) -> Any:
        """The VPC. Raises EC2ClientError when there is none."""
        if vpc_id not in self.vpcs:
            raise refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
        return self.vpcs[vpc_id]

    def describe_vpcs(self, vpc_ids: list[str] | None = None, filters: Any = None) -> list[Any]:
        """The VPCs, all or those named, that match the filters."""
        for vpc_id in vpc_ids or []:
            self.get_vpc(vpc_id)
        return super().describe_vpcs(vpc_ids, filters)

    def describe_subnets(self, subnet_ids: list[str] | None = None, filters: Any = None) -> list[Any]:
        """The subnets, all or those named, that match the filters."""
        for subnet_id in subnet_ids or []:
            self.get_subnet(subnet_id)
        return super().describe_subnets(subnet_ids, filters)

    def describe_security_groups(
        self, group_ids: list[str] | None = None, groupnames: list[str] | None = None, filters: Any = None
    ) -> list[Any]:
        """The groups, all or those named, that match the filters."""
        for group_id in group_ids or []:
            if self.get_security_group_from_id(group_id) is None:
                raise refused("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        return super().describe_security_groups(group_ids, groupnames, filters)

    def describe_addresses(
        self,
        allocation_ids: list[str] | None = None,
        public_ips: list[str] | None = None,
        filters: Any = None,
    ) -> list[Any]:
        """The elastic addresses, all or those named, that match the filters."""
        known = {mapping.allocation_id for mapping in self.addresses}
        for allocation_id in allocation_ids or []:
            if allocation_id not in known:
                message = f"The allocation ID '{allocation_id}' does not exist"
                raise refused("InvalidAllocationID.NotFound", message)
        return super().describe_addresses(allocation_ids, public_ips, filters)

    def create_security_group(
        self, name: str, description: str, vpc_id: str | None = None, *args: Any, **options: Any
    ) -> Any:
        """As moto's, in a VPC that must be named."""
        if not vpc_id:
            raise refused("VPCIdNotSpecified", "No default VPC for this user")
        self.get_vpc(vpc_id)
        return super().create_security_group(name, description, vpc_id, *args, **options)

    def create_network_interface(self, subnet: Any, *args: Any, **options: Any) -> StrictInterface:
        """A new interface, its arguments checked before."""
        interface: Any = StrictInterface(self, subnet, *args, **options)
        self.enis[interface.id] = interface
        return interface

    def delete_network_interface(self, eni_id: str) -> None:
        """Delete an interface and unmap its public address."""
        interface = self.get_network_interface(eni_id)
        mappings: list[Any] = list(self.addresses)
        for mapping in mappings:
            if mapping.eni is interface:
                mapping.eni = mapping.instance = mapping.association_id = None
        super().delete_network_interface(eni_id)
        interface.subnet.del_subnet_ip(interface.private_ip_address or "")

    def forget_mappings_of(self, instance: Any) -> None:
        """Let public addresses stay with interfaces that outlive the instance."""
        for mapping in self.addresses:
            if mapping.instance is instance:
                mapping.instance = None

    def interfaces_in(self, subnet_id: str) -> list[StrictInterface]:
        """The subnet's interfaces."""
        interfaces: list[Any] = list(self.enis.values())
        return [interface for interface in interfaces if interface.subnet.id == subnet_id]

    def ipv4_taken(self, subnet_id: str) -> set[IPv4Address]:
        """The subnet's IPv4 addresses that are given away."""
        return {
            IPv4Address(item["PrivateIpAddress"])
            for interface in self.interfaces_in(subnet_id)
            for item in interface.private_ip_addresses
        }

    def ipv6_space(self, subnet: Any) -> Ipv6Space:
        """The subnet's IPv6 block and what of it is given away."""
        interfaces = self.interfaces_in(subnet.id)
        return Ipv6Space(
            IPv6Network(subnet.ipv6_cidr) if subnet.ipv6_cidr else None,
            frozenset(IPv6Address(text) for eni in interfaces for text in eni.ipv6_addresses),
            frozenset(IPv6Network(text) for eni in interfaces for text in eni.assigned_prefixes),
        )

    def public_ipv4_in_use(self) -> Iterable[str]:
        """Every public IPv4 address that is allocated or mapped."""
        yield from (mapping.public_ip for mapping in self.addresses)
        yield from (interface.public_ip for interface in self.enis.values() if interface.public_ip)

    def ipv6_cidrs_in_use(self) -> set[str]:
        """The IPv6 blocks of the region's VPCs."""
        return {
            item["cidr_block"]
            for vpc in self.vpcs.values()
            for item in vpc.get_cidr_block_association_set(ipv6=True)
        }


def ipv4_network(subnet: Any) -> IPv4Network | None:
    """The subnet's IPv4 block, None in a subnet that has IPv6 only."""
    return IPv4Network(subnet.cidr_block) if subnet.cidr_block else None
