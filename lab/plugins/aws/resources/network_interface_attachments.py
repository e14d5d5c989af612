"""The attachment of a further interface to an instance."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws.operation import Operation
from lab.plugins.aws.resources import network_interfaces
from lab.plugins.aws.table import REQUIRED_REPLACE, Property, ResourceType
from lab.plugins.servicer import Properties

# terraform-provider-aws: networkInterfaceAttachedTimeout.
ATTACH_SECONDS: Final = 300


def _create(operation: Operation, inputs: Properties) -> None:
    arguments = {"NetworkCardIndex": inputs["networkCardIndex"]} if "networkCardIndex" in inputs else {}
    answer = operation.ec2.attach_network_interface(
        InstanceId=inputs["instanceId"],
        NetworkInterfaceId=inputs["networkInterfaceId"],
        DeviceIndex=inputs["deviceIndex"],
        **arguments,
    )
    operation.id = answer["AttachmentId"]

    def missing() -> str | None:
        attachment = _attachment(operation, operation.id)
        status = attachment[1].get("Status", "attached") if attachment else "not found"
        return None if status == "attached" else status

    operation.wait(f"EC2 Network Interface Attachment ({operation.id})", missing, ATTACH_SECONDS)


def _attachment(operation: Operation, id: str) -> tuple[str, Any] | None:
    filters = [{"Name": "attachment.attachment-id", "Values": [id]}]
    for interface in operation.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]:
        attachment: Any = interface.get("Attachment")
        if attachment and attachment.get("AttachmentId") == id:
            return interface["NetworkInterfaceId"], attachment
    return None


def _find(operation: Operation, id: str, _state: Properties) -> Properties | None:
    known = _attachment(operation, id)
    if known is None:
        return None
    interface_id, attachment = known
    return {
        "attachmentId": id,
        "networkInterfaceId": interface_id,
        "instanceId": attachment.get("InstanceId", ""),
        "deviceIndex": attachment.get("DeviceIndex", 0),
        "networkCardIndex": attachment.get("NetworkCardIndex", 0),
        "status": attachment.get("Status", "attached"),
    }


def _nothing_to_update(_operation: Operation, _id: str, _old: Properties, _new: Properties) -> None:
    """Every property replaces."""


def _delete(operation: Operation, id: str, state: Properties) -> None:
    network_interfaces.detach(operation, state["networkInterfaceId"], id)


NETWORK_INTERFACE_ATTACHMENT: Final = ResourceType(
    token="aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment",
    noun="EC2 Network Interface Attachment",
    properties={
        "instanceId": REQUIRED_REPLACE,
        "networkInterfaceId": REQUIRED_REPLACE,
        "deviceIndex": REQUIRED_REPLACE,
        "networkCardIndex": Property("replace", computed=True, imported=False),
    },
    create=_create,
    find=_find,
    update=_nothing_to_update,
    delete=_delete,
)
