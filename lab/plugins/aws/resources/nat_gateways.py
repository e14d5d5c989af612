"""NAT gateways."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import COMPUTED_REPLACE, REQUIRED_REPLACE, TAGS, Failures, Property, ResourceType
from lab.plugins.servicer import Properties, ProviderError

# terraform-provider-aws: the create and delete timeouts of aws_nat_gateway.
CREATE_SECONDS: Final = 600
DELETE_SECONDS: Final = 1800


def _create(operation: Operation, inputs: Properties) -> None:
    names = {
        "subnetId": "SubnetId",
        "allocationId": "AllocationId",
        "connectivityType": "ConnectivityType",
        "privateIp": "PrivateIpAddress",
    }
    arguments = {name: inputs[key] for key, name in names.items() if inputs.get(key)}
    answer = operation.ec2.create_nat_gateway(**arguments, **tags.specification("natgateway", inputs))
    operation.id = answer["NatGateway"]["NatGatewayId"]
    what = f"EC2 NAT Gateway ({operation.id}) create"
    operation.wait(what, lambda: _not_available(operation), CREATE_SECONDS)


def _not_available(operation: Operation) -> str | None:
    gateway = _describe(operation, operation.id)
    if gateway is None:
        return "not found"
    if gateway["State"] == "failed":
        raise ProviderError(
            f"waiting for EC2 NAT Gateway ({operation.id}) create: unexpected state 'failed', wanted target "
            f"'available'. last error: {gateway.get('FailureCode')}: {gateway.get('FailureMessage')}"
        )
    return None if gateway["State"] == "available" else gateway["State"]


def _describe(operation: Operation, id: str) -> Any:
    answer = found(lambda: operation.ec2.describe_nat_gateways(NatGatewayIds=[id]))
    return answer["NatGateways"][0] if answer and answer["NatGateways"] else None


def _find(operation: Operation, id: str, _state: Properties) -> Properties | None:
    gateway = _describe(operation, id)
    if gateway is None or gateway["State"] == "deleted":
        return None
    addresses: list[dict[str, Any]] = gateway.get("NatGatewayAddresses", [])
    address = addresses[0] if addresses else {}
    return {
        "subnetId": gateway["SubnetId"],
        "connectivityType": gateway.get("ConnectivityType", "public"),
        "allocationId": address.get("AllocationId") or "",
        "associationId": address.get("AssociationId") or "",
        "networkInterfaceId": address.get("NetworkInterfaceId") or "",
        "privateIp": address.get("PrivateIp") or "",
        "publicIp": address.get("PublicIp") or "",
        **tags.read(gateway.get("Tags")),
    }


def _delete(operation: Operation, id: str, _state: Properties) -> None:
    found(lambda: operation.ec2.delete_nat_gateway(NatGatewayId=id))

    def left() -> str | None:
        gateway = _describe(operation, id)
        return None if gateway is None or gateway["State"] == "deleted" else gateway["State"]

    operation.wait(f"EC2 NAT Gateway ({id}) delete", left, DELETE_SECONDS)


def _check(inputs: Properties) -> Failures:
    if inputs.get("connectivityType") == "private":
        return [("allocationId", "not with connectivityType private")] if inputs.get("allocationId") else []
    if inputs.get("allocationId"):
        return []
    return [("allocationId", "missing; a public gateway needs an address")]


NAT_GATEWAY: Final = ResourceType(
    token="aws:ec2/natGateway:NatGateway",
    noun="EC2 NAT Gateway",
    properties={
        "subnetId": REQUIRED_REPLACE,
        "allocationId": Property("replace"),
        "connectivityType": Property("replace", default="public", values=("public", "private")),
        "privateIp": COMPUTED_REPLACE,
        "tags": TAGS,
    },
    create=_create,
    find=_find,
    update=tags.update,
    delete=_delete,
    check=_check,
)
