"""The operations on VPCs, subnets, gateways and routes, as strict as EC2's."""

from ipaddress import IPv6Network, ip_network
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.responses import EC2Response
from moto.ec2.utils import generic_filter

from .backend import StrictBackend
from .errors import bad_parameter, bad_value, has_dependencies, refused

SUBNET_IPV6_PREFIX_LENGTH = 64
"""EC2 long took nothing else; now it takes /44 to /64 in steps of 4, which the lab does not route."""

SUBNET_FLAGS = {
    "MapPublicIpOnLaunch": "map_public_ip_on_launch",
    "AssignIpv6AddressOnCreation": "assign_ipv6_address_on_creation",
    "EnableDns64": "enable_dns64",
}
RESOURCE_NAME_RECORDS = {
    "EnableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecord",
    "EnableResourceNameDnsAAAARecordOnLaunch": "EnableResourceNameDnsAAAARecord",
}


class NetworkOperations(EC2Response):
    """VPCs and subnets."""

    def delete_vpc(self) -> ActionResult:
        """DeleteVpc: of an empty one."""
        backend: StrictBackend = self.ec2_backend
        vpc = backend.get_vpc(self._get_param("VpcId"))
        self.error_on_dryrun()
        if vpc_has_dependencies(backend, vpc.id):
            raise has_dependencies("vpc", vpc.id)
        backend.delete_vpc(vpc.id)
        for acl_id in [acl.id for acl in backend.network_acls.values() if acl.vpc_id == vpc.id]:
            del backend.network_acls[acl_id]
        return EmptyResult()

    def disassociate_vpc_cidr_block(self) -> ActionResult:
        """DisassociateVpcCidrBlock: of a block without subnets."""
        association_id = self._get_param("AssociationId")
        for vpc in self.ec2_backend.vpcs.values():
            association = vpc._cidr_block_association_set.get(association_id)
            block = ip_network(association["cidr_block"]) if association else None
            subnets = self.ec2_backend.describe_subnets(filters={"vpc-id": [vpc.id]})
            if block and any(_has_cidr_in(subnet, block) for subnet in subnets):
                raise refused(
                    "InvalidCidrBlock.InUse",
                    f"The vpc {vpc.id} currently has a subnet within CIDR block {block}",
                )
        return super().disassociate_vpc_cidr_block()

    def create_subnet(self) -> ActionResult:
        """CreateSubnet: an IPv6 block of the VPC's that no other subnet has."""
        backend: StrictBackend = self.ec2_backend
        vpc = backend.get_vpc(self._get_param("VpcId"))
        block = self._get_param("Ipv6CidrBlock")
        self.error_on_dryrun()
        if block:
            self.params["Ipv6CidrBlock"] = checked_subnet_block(backend, vpc, block)
        zones = backend.describe_availability_zones()
        zone_id = self._get_param("AvailabilityZoneId")
        if zone_id:
            names = [zone.name for zone in zones if zone.zone_id == zone_id]
            if not names:
                raise bad_parameter("availabilityZoneId", zone_id)
            self.params["AvailabilityZone"] = names[0]
            del self.params["AvailabilityZoneId"]
        elif not self._get_param("AvailabilityZone"):
            self.params["AvailabilityZone"] = zones[0].name
        elif self._get_param("AvailabilityZone") not in [zone.name for zone in zones]:
            names = ", ".join(zone.name for zone in zones)
            raise bad_value(
                f"Value ({self._get_param('AvailabilityZone')}) for parameter availabilityZone is invalid."
                f" Subnets can currently only be created in the following availability zones: {names}."
            )
        return super().create_subnet()

    def delete_subnet(self) -> ActionResult:
        """DeleteSubnet: of one without interfaces."""
        backend: StrictBackend = self.ec2_backend
        subnet = backend.get_subnet(self._get_param("SubnetId"))
        self.error_on_dryrun()
        if backend.interfaces_in(subnet.id):
            raise has_dependencies("subnet", subnet.id)
        for association_id in associations_of(backend, subnet.id):
            backend.disassociate_route_table(association_id)
        backend.delete_subnet(subnet.id)
        return EmptyResult()

    def modify_subnet_attribute(self) -> ActionResult:
        """ModifySubnetAttribute: one attribute in a request."""
        subnet: Any = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
        request = self._get_params()
        names = (*SUBNET_FLAGS, *RESOURCE_NAME_RECORDS, "PrivateDnsHostnameTypeOnLaunch")
        given = [name for name in names if name in request]
        if len(given) != 1:
            raise bad_value("Only one subnet attribute may be modified at a time")
        name = given[0]
        if name in SUBNET_FLAGS:
            value = request[name]["Value"]
            if value and name in ("AssignIpv6AddressOnCreation", "EnableDns64") and not subnet.ipv6_cidr:
                raise bad_value(f"Invalid value 'true' for {name}: the subnet has no IPv6 CIDR block")
            setattr(subnet, SUBNET_FLAGS[name], value)
        elif name in RESOURCE_NAME_RECORDS:
            subnet.private_dns_name_options_on_launch[RESOURCE_NAME_RECORDS[name]] = request[name]["Value"]
        else:
            subnet.private_dns_name_options_on_launch["HostnameType"] = request[name]
        return EmptyResult()

    def associate_subnet_cidr_block(self) -> ActionResult:
        """AssociateSubnetCidrBlock: one block for a subnet, as in CreateSubnet."""
        backend: StrictBackend = self.ec2_backend
        subnet: Any = backend.get_subnet(self._get_param("SubnetId"))
        if subnet.ipv6_cidr:
            raise refused("CidrLimitExceeded", f"The subnet '{subnet.id}' has an IPv6 CIDR block already")
        vpc = backend.get_vpc(subnet.vpc_id)
        self.params["Ipv6CidrBlock"] = checked_subnet_block(backend, vpc, self._get_param("Ipv6CidrBlock"))
        return super().associate_subnet_cidr_block()

    def disassociate_subnet_cidr_block(self) -> ActionResult:
        """DisassociateSubnetCidrBlock: of a block that nothing uses."""
        backend: StrictBackend = self.ec2_backend
        association_id = self._get_param("AssociationId")
        subnet: Any = backend.get_subnet_from_ipv6_association(association_id)
        if subnet and subnet.assign_ipv6_address_on_creation:
            raise _block_in_use(
                association_id, "because its subnet has assign-ipv6-address-on-creation set to true."
            )
        if subnet and any(e.ipv6_addresses or e.assigned_prefixes for e in backend.interfaces_in(subnet.id)):
            raise _block_in_use(association_id, "because it contains allocated addresses.")
        return super().disassociate_subnet_cidr_block()

    def describe_egress_only_internet_gateways(self) -> ActionResult:
        """DescribeEgressOnlyInternetGateways, with filters."""
        backend: StrictBackend = self.ec2_backend
        ids = self._get_param("EgressOnlyInternetGatewayIds", [])
        gateways = [backend.get_egress_only_igw(gateway_id) for gateway_id in ids]
        if not ids:
            gateways = backend.describe_egress_only_internet_gateways()
        found = generic_filter(self._filters_from_querystring(), gateways)
        return ActionResult({"EgressOnlyInternetGateways": found})


def vpc_has_dependencies(backend: StrictBackend, vpc_id: str) -> bool:
    """Whether anything is left in the VPC but what came with it."""
    filters = {"vpc-id": [vpc_id]}
    return any(
        (
            backend.describe_subnets(filters=filters),
            [
                gateway
                for gateway in backend.internet_gateways.values()
                if gateway.vpc and gateway.vpc.id == vpc_id
            ],
            [g for g in backend.egress_only_internet_gateways.values() if g.vpc_id == vpc_id],
            [t for t in backend.route_tables.values() if t.vpc_id == vpc_id and not t.main_association_id],
            [group for group in backend.groups.get(vpc_id, {}).values() if not group.is_default],
            [interface for interface in backend.enis.values() if interface.vpc_id == vpc_id],
        )
    )


def associations_of(backend: StrictBackend, subnet_id: str) -> list[str]:
    """The ids of the subnet's route table associations."""
    return [
        association["RouteTableAssociationId"]
        for table in backend.route_tables.values()
        for association in table.associations
        if association.get("SubnetId") == subnet_id
    ]


def checked_subnet_block(backend: StrictBackend, vpc: Any, text: str) -> str:
    """The IPv6 block, if a new subnet of the VPC may have it. Raises EC2ClientError."""
    try:
        block = IPv6Network(text)
    except ValueError:
        raise bad_parameter("ipv6-cidr-block", text) from None
    if block.prefixlen != SUBNET_IPV6_PREFIX_LENGTH:
        raise bad_parameter("ipv6-cidr-block", text)
    own = [IPv6Network(item["cidr_block"]) for item in vpc.ipv6_cidr_block_association_set]
    if not any(block.subnet_of(outer) for outer in own):
        raise refused("InvalidSubnet.Range", f"The IPv6 CIDR '{text}' is invalid.")
    subnets: list[Any] = backend.describe_subnets(filters={"vpc-id": [vpc.id]})
    for subnet in subnets:
        if subnet.ipv6_cidr and IPv6Network(subnet.ipv6_cidr).overlaps(block):
            raise refused("InvalidSubnet.Conflict", f"The IPv6 CIDR '{text}' conflicts with another subnet")
    return str(block)


def _block_in_use(association_id: str, reason: str) -> Exception:
    return refused(
        "InvalidCidrBlock.InUse",
        f"The subnet IPv6 CIDR block with association ID {association_id} may not be disassociated, {reason}",
    )


def _has_cidr_in(subnet: Any, block: Any) -> bool:
    cidrs = [ip_network(text) for text in (subnet.cidr_block, subnet.ipv6_cidr) if text]
    return any(cidr.version == block.version and cidr.subnet_of(block) for cidr in cidrs)
