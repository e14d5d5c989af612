"""The operations on internet gateways, routes and public addresses, as strict as EC2's."""

from ipaddress import IPv6Network
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

from .backend import StrictBackend
from .errors import address_in_use, bad_parameter, bad_value, has_dependencies, refused

ELASTIC_ADDRESSES = 5
"""The default quota of a region (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)."""


class GatewayOperations(EC2Response):
    """Internet gateways, routes and public addresses."""

    def attach_internet_gateway(self) -> ActionResult:
        """AttachInternetGateway: one for a VPC."""
        backend: StrictBackend = self.ec2_backend
        vpc = backend.get_vpc(self._get_param("VpcId"))
        if gateway_of(backend, vpc.id):
            raise bad_value(f"Network {vpc.id} already has an internet gateway attached")
        return super().attach_internet_gateway()

    def detach_internet_gateway(self) -> ActionResult:
        """DetachInternetGateway: from a VPC without public addresses."""
        vpc_id = self._get_param("VpcId")
        if any(eni.public_ip and eni.vpc_id == vpc_id for eni in self.ec2_backend.enis.values()):
            raise refused(
                "DependencyViolation",
                f"Network {vpc_id} has some mapped public address(es)."
                " Please unmap those public address(es) before detaching the gateway.",
            )
        return super().detach_internet_gateway()

    def delete_internet_gateway(self) -> ActionResult:
        """DeleteInternetGateway: of a detached one."""
        gateway = self.ec2_backend.get_internet_gateway(self._get_param("InternetGatewayId"))
        if gateway.vpc:
            raise has_dependencies("internetGateway", gateway.id)
        return super().delete_internet_gateway()

    def create_route(self) -> ActionResult:
        """CreateRoute: a new destination, over a gateway of the same VPC."""
        check_route(self.ec2_backend, self._get_params())
        table = self.ec2_backend.get_route_table(self._get_param("RouteTableId"))
        block = self._get_param("DestinationIpv6CidrBlock")
        if block and any(route.destination_ipv6_cidr_block == block for route in table.routes):
            raise refused("RouteAlreadyExists", f"The route identified by {block} already exists.")
        return super().create_route()

    def replace_route(self) -> ActionResult:
        """ReplaceRoute: over a gateway of the same VPC."""
        check_route(self.ec2_backend, self._get_params())
        return super().replace_route()

    def delete_route(self) -> ActionResult:
        """DeleteRoute: any but the local ones."""
        table = self.ec2_backend.get_route_table(self._get_param("RouteTableId"))
        destination = self._get_param("DestinationIpv6CidrBlock") or self._get_param("DestinationCidrBlock")
        for route in table.routes:
            if route.local and destination in (
                route.destination_cidr_block,
                route.destination_ipv6_cidr_block,
            ):
                raise bad_value(f"cannot remove local route {destination} in route table {table.id}")
        return super().delete_route()

    def delete_route_table(self) -> ActionResult:
        """DeleteRouteTable: neither the main one nor one with associations."""
        table = self.ec2_backend.get_route_table(self._get_param("RouteTableId"))
        if table.main_association_id:
            raise has_dependencies("routeTable", table.id)
        return super().delete_route_table()

    def allocate_address(self) -> ActionResult:
        """AllocateAddress: up to the quota."""
        if len(self.ec2_backend.addresses) >= ELASTIC_ADDRESSES:
            raise refused("AddressLimitExceeded", "The maximum number of addresses has been reached.")
        return super().allocate_address()

    def associate_address(self) -> ActionResult:
        """AssociateAddress: to an interface behind an internet gateway."""
        backend: StrictBackend = self.ec2_backend
        interface = _interface_to_map(backend, self._get_params())
        if not gateway_of(backend, interface.vpc_id):
            raise refused(
                "Gateway.NotAttached", f"Network {interface.vpc_id} is not attached to any internet gateway"
            )
        mapped = [m for m in backend.addresses if m.eni is interface]
        if mapped and not self._get_param("AllowReassociation"):
            raise refused(
                "Resource.AlreadyAssociated",
                f"resource {interface.id} is already associated with associate-id {mapped[0].association_id}",
            )
        answer = super().associate_address()
        for mapping in backend.addresses:
            if mapping.eni is interface:
                mapping.instance = interface.instance
        return answer

    def release_address(self) -> ActionResult:
        """ReleaseAddress: of one that is not associated."""
        for mapping in self.ec2_backend.addresses:
            named = mapping.allocation_id == self._get_param("AllocationId")
            if named and mapping.association_id:
                raise address_in_use(mapping.public_ip)
        return super().release_address()


def gateway_of(backend: StrictBackend, vpc_id: str) -> Any:
    """The VPC's internet gateway, or None."""
    for gateway in backend.internet_gateways.values():
        vpc: Any = gateway.vpc
        if vpc and vpc.id == vpc_id:
            return gateway
    return None


def check_route(backend: StrictBackend, request: Any) -> None:
    """The destination is a network, and the gateway is one of the table's VPC. Raises EC2ClientError."""
    table = backend.get_route_table(request["RouteTableId"])
    block = request.get("DestinationIpv6CidrBlock")
    if block:
        try:
            IPv6Network(block)
        except ValueError:
            raise bad_parameter("destinationIpv6CidrBlock", block) from None
    gateway_id = request.get("GatewayId", "")
    if gateway_id.startswith("igw-"):
        vpc: Any = backend.get_internet_gateway(gateway_id).vpc
        if vpc is None or vpc.id != table.vpc_id:
            raise bad_value(
                f"route table {table.id} and network gateway {gateway_id} belong to different networks"
            )
    nat_id = request.get("NatGatewayId")
    nat_gateway: Any = backend.nat_gateways.get(nat_id or "")
    if nat_id and (nat_gateway is None or nat_gateway.vpc_id != table.vpc_id):
        raise refused("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat_id}' does not exist")
    egress_id = request.get("EgressOnlyInternetGatewayId")
    if egress_id and backend.get_egress_only_igw(egress_id).vpc_id != table.vpc_id:
        raise bad_value(
            f"route table {table.id} and network gateway {egress_id} belong to different networks"
        )


def _interface_to_map(backend: StrictBackend, request: Any) -> Any:
    if request.get("InstanceId"):
        return backend.get_instance(request["InstanceId"]).nics[0]
    return backend.get_network_interface(request.get("NetworkInterfaceId", ""))
