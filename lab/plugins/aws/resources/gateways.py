"""Internet gateways, for both directions and for outgoing connections only."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import COMPUTED, REQUIRED_REPLACE, TAGS, ResourceType
from lab.plugins.servicer import Properties

# terraform-provider-aws: internetGatewayDetachTimeout, internet gateway delete.
DETACH_SECONDS: Final = 1200


def _create_internet_gateway(operation: Operation, inputs: Properties) -> None:
    answer = operation.ec2.create_internet_gateway(**tags.specification("internet-gateway", inputs))
    operation.id = answer["InternetGateway"]["InternetGatewayId"]
    if inputs.get("vpcId"):
        operation.ec2.attach_internet_gateway(InternetGatewayId=operation.id, VpcId=inputs["vpcId"])


def _describe_internet_gateway(operation: Operation, id: str) -> Any:
    answer = found(lambda: operation.ec2.describe_internet_gateways(InternetGatewayIds=[id]))
    return answer["InternetGateways"][0] if answer and answer["InternetGateways"] else None


def _find_internet_gateway(operation: Operation, id: str, _state: Properties) -> Properties | None:
    gateway = _describe_internet_gateway(operation, id)
    if gateway is None:
        return None
    attachments = gateway.get("Attachments", [])
    return {
        "arn": operation.arn(f"internet-gateway/{id}"),
        "ownerId": gateway.get("OwnerId", operation.account),
        "vpcId": attachments[0]["VpcId"] if attachments else "",
        **tags.read(gateway.get("Tags")),
    }


def _update_internet_gateway(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    wanted = new.get("vpcId")
    if wanted is not None and wanted != old["vpcId"]:
        if old["vpcId"]:
            _detach(operation, id, old["vpcId"])
        if wanted:
            operation.ec2.attach_internet_gateway(InternetGatewayId=id, VpcId=wanted)
    tags.update(operation, id, old, new)


def _detach(operation: Operation, id: str, vpc_id: str) -> None:
    def call() -> None:
        found(lambda: operation.ec2.detach_internet_gateway(InternetGatewayId=id, VpcId=vpc_id) or True)

    what = f"EC2 Internet Gateway ({id}) to be free of public addresses"
    operation.retry(what, call, ("DependencyViolation",), DETACH_SECONDS)


def _delete_internet_gateway(operation: Operation, id: str, _state: Properties) -> None:
    gateway = _describe_internet_gateway(operation, id)
    attachments: list[Any] = gateway["Attachments"] if gateway else []
    for attachment in attachments:
        _detach(operation, id, attachment["VpcId"])
    what = f"EC2 Internet Gateway ({id}) to be free"
    call = lambda: operation.ec2.delete_internet_gateway(InternetGatewayId=id)  # noqa: E731
    operation.retry(what, call, ("DependencyViolation",), DETACH_SECONDS)


def _create_egress_only(operation: Operation, inputs: Properties) -> None:
    answer = operation.ec2.create_egress_only_internet_gateway(
        VpcId=inputs["vpcId"], **tags.specification("egress-only-internet-gateway", inputs)
    )
    operation.id = answer["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]


def _find_egress_only(operation: Operation, id: str, _state: Properties) -> Properties | None:
    answer = found(
        lambda: operation.ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[id])
    )
    if not answer or not answer["EgressOnlyInternetGateways"]:
        return None
    gateway = answer["EgressOnlyInternetGateways"][0]
    attachments = gateway.get("Attachments", [])
    return {"vpcId": attachments[0]["VpcId"] if attachments else "", **tags.read(gateway.get("Tags"))}


def _delete_egress_only(operation: Operation, id: str, _state: Properties) -> None:
    operation.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id)


INTERNET_GATEWAY: Final = ResourceType(
    token="aws:ec2/internetGateway:InternetGateway",
    noun="EC2 Internet Gateway",
    properties={"vpcId": COMPUTED, "tags": TAGS},
    create=_create_internet_gateway,
    find=_find_internet_gateway,
    update=_update_internet_gateway,
    delete=_delete_internet_gateway,
)

EGRESS_ONLY_INTERNET_GATEWAY: Final = ResourceType(
    token="aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    noun="EC2 Egress-only Internet Gateway",
    properties={"vpcId": REQUIRED_REPLACE, "tags": TAGS},
    create=_create_egress_only,
    find=_find_egress_only,
    update=tags.update,
    delete=_delete_egress_only,
)
