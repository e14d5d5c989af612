"""The operations on NAT gateways, as strict as EC2's, and the gateway's own life."""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification, generic_filter, random_nat_gateway_id

from .backend import StrictBackend
from .errors import bad_value, missing_parameter, refused
from .gateways import gateway_of
from .interface_wishes import create_interface


class StrictNatGateway(TaggedEC2Resource):
    """A NAT gateway on an interface of its subnet: pending at first, then available, or failed with EC2's
    reason. The request was checked before.
    """

    def __init__(self, backend: StrictBackend, request: Any) -> None:
        subnet: Any = backend.get_subnet(request["SubnetId"])
        self.ec2_backend = backend
        self.id = random_nat_gateway_id()
        self.subnet_id, self.vpc_id = subnet.id, subnet.vpc_id
        self.connectivity_type = request["ConnectivityType"]
        self.create_time = utcnow()
        self.state = "pending"
        self.failure_code: str | None = None
        self.failure_message: str | None = None
        self.interface: Any = _interface(backend, self.id, subnet.id)
        self.nat_gateway_addresses = [_address(backend, self.interface, request.get("AllocationId"))]
        self.add_tags(add_tag_specification(request.get("TagSpecifications", [])))
        self._looks = 0

    @property
    def public_ip(self) -> str | None:
        """Its elastic address; none for a private one."""
        return self.interface.public_ip

    def look(self) -> None:
        """Somebody describes it: the second one to do so finds that it has become something."""
        self._looks += 1
        if self.state != "pending" or self._looks < 2:
            return
        if self.connectivity_type == "public" and not gateway_of(self.ec2_backend, self.vpc_id):
            self.state = "failed"
            self.failure_code = "Gateway.NotAttached"
            self.failure_message = f"Network {self.vpc_id} has no Internet gateway attached"
            self.release()
        else:
            self.state = "available"

    def release(self) -> None:
        """Give the interface and its addresses back."""
        if self.interface.id in self.ec2_backend.enis:
            self.ec2_backend.delete_network_interface(self.interface.id)


def _interface(backend: StrictBackend, gateway_id: str, subnet_id: str) -> Any:
    wishes = {"SubnetId": subnet_id, "Description": f"Interface for NAT Gateway {gateway_id}"}
    interface: Any = create_interface(backend, wishes, tags={})
    interface.status = "in-use"
    interface.interface_type = "nat_gateway"
    interface.source_dest_check = False
    return interface


def _address(backend: StrictBackend, interface: Any, allocation_id: str | None) -> dict[str, Any]:
    mapping: Any = None
    if allocation_id:
        mapping = backend.associate_address(eni=interface, allocation_id=allocation_id)
    return {
        "AllocationId": allocation_id,
        "AssociationId": mapping and mapping.association_id,
        "PublicIp": mapping and mapping.public_ip,
        "NetworkInterfaceId": interface.id,
        "PrivateIp": interface.private_ip_address,
        "IsPrimary": True,
        "Status": "succeeded",
    }


class NatGatewayOperations(EC2Response):
    """NAT gateways."""

    def create_nat_gateway(self) -> ActionResult:
        """CreateNatGateway: in a subnet with IPv4, a public one with an elastic address that is free."""
        backend: StrictBackend = self.ec2_backend
        request = {"ConnectivityType": "public", **self._get_params()}
        check_nat_gateway(backend, request)
        self.error_on_dryrun()
        gateway: Any = StrictNatGateway(backend, request)
        gateways: dict[str, Any] = backend.nat_gateways
        gateways[gateway.id] = gateway
        return ActionResult({"NatGateway": gateway})

    def describe_nat_gateways(self) -> ActionResult:
        """DescribeNatGateways, with filters."""
        gateways: dict[str, Any] = dict(self.ec2_backend.nat_gateways)
        wanted: list[str] = self._get_param("NatGatewayIds", []) or list(gateways)
        for gateway_id in wanted:
            if gateway_id not in gateways:
                raise nat_gateway_not_found(gateway_id)
            gateways[gateway_id].look()
        found = [gateways[gateway_id] for gateway_id in wanted]
        return ActionResult({"NatGateways": generic_filter(self._filters_from_querystring(), found)})

    def delete_nat_gateway(self) -> ActionResult:
        """DeleteNatGateway: its interface goes with it, its elastic address stays."""
        gateway: Any = self.ec2_backend.nat_gateways.get(self._get_param("NatGatewayId"))
        if gateway is None or gateway.state == "deleted":
            raise nat_gateway_not_found(self._get_param("NatGatewayId"))
        gateway.release()
        gateway.state = "deleted"
        return ActionResult({"NatGatewayId": gateway.id})


def nat_gateway_not_found(gateway_id: str) -> Exception:
    """NatGatewayNotFound (seen)."""
    return refused("NatGatewayNotFound", f"NAT gateway {gateway_id} was not found")


def check_nat_gateway(backend: StrictBackend, request: Any) -> None:
    """The gateway can be made in this subnet with this address. Raises EC2ClientError."""
    subnet: Any = backend.get_subnet(request["SubnetId"])
    if not subnet.cidr_block:
        raise bad_value(f"The subnet '{subnet.id}' has no IPv4 CIDR block.")
    allocation_id = request.get("AllocationId")
    if request["ConnectivityType"] == "private":
        if allocation_id:
            raise bad_value("A private NAT gateway takes no allocation ID")
        return
    if not allocation_id:
        raise missing_parameter("AllocationId")
    [mapping] = backend.describe_addresses(allocation_ids=[allocation_id])
    if mapping.association_id:
        raise refused(
            "Resource.AlreadyAssociated",
            f"resource {allocation_id} is already associated with associate-id {mapping.association_id}",
        )
