"""Elastic (public IPv4) addresses and what they are associated with."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import COMPUTED, COMPUTED_REPLACE, TAGS, Property, ResourceType
from lab.plugins.servicer import UNKNOWN, Properties

# terraform-provider-aws: the delete timeout of aws_eip.
RELEASE_SECONDS: Final = 180
_TARGETS: Final = {"instance": "InstanceId", "networkInterface": "NetworkInterfaceId"}


def _create(operation: Operation, inputs: Properties) -> None:
    optional = {
        "address": "Address",
        "publicIpv4Pool": "PublicIpv4Pool",
        "networkBorderGroup": "NetworkBorderGroup",
    }
    arguments = {name: inputs[key] for key, name in optional.items() if inputs.get(key)}
    answer = operation.ec2.allocate_address(
        Domain=inputs.get("domain", "vpc"), **arguments, **tags.specification("elastic-ip", inputs)
    )
    operation.id = answer["AllocationId"]
    _associate(operation, operation.id, inputs)


def _associate(operation: Operation, id: str, inputs: Properties) -> None:
    target = {name: inputs[key] for key, name in _TARGETS.items() if inputs.get(key)}
    if not target:
        return
    if inputs.get("associateWithPrivateIp"):
        target["PrivateIpAddress"] = inputs["associateWithPrivateIp"]
    operation.ec2.associate_address(AllocationId=id, AllowReassociation=True, **target)


def _describe(operation: Operation, filters: dict[str, Any]) -> Any:
    answer = found(lambda: operation.ec2.describe_addresses(**filters))
    return answer["Addresses"][0] if answer and answer["Addresses"] else None


def _find(operation: Operation, id: str, _state: Properties) -> Properties | None:
    address = _describe(operation, {"AllocationIds": [id]})
    if address is None:
        return None
    public = address["PublicIp"]
    return {
        "arn": operation.arn(f"elastic-ip/{id}"),
        "allocationId": id,
        "associationId": address.get("AssociationId") or "",
        "domain": address.get("Domain", "vpc"),
        "instance": address.get("InstanceId") or "",
        "networkInterface": address.get("NetworkInterfaceId") or "",
        "privateIp": address.get("PrivateIpAddress") or "",
        "publicIp": public,
        "publicDns": f"ec2-{public.replace('.', '-')}.{operation.region}.compute.amazonaws.com",
        "publicIpv4Pool": address.get("PublicIpv4Pool") or "amazon",
        "networkBorderGroup": address.get("NetworkBorderGroup") or operation.region,
        "carrierIp": "",
        "customerOwnedIp": "",
        "ptrRecord": "",
        **tags.read(address.get("Tags")),
    }


def _update(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    moved = [key for key in _TARGETS if new.get(key) is not None and new[key] != old[key]]
    wanted_private = new.get("associateWithPrivateIp")
    if moved or (wanted_private and wanted_private != old["privateIp"]):
        if old["associationId"]:
            operation.ec2.disassociate_address(AssociationId=old["associationId"])
        _associate(operation, id, new)
    tags.update(operation, id, old, new)


def _delete(operation: Operation, id: str, _state: Properties) -> None:
    address = _describe(operation, {"AllocationIds": [id]})
    if address is None:
        return
    if address.get("AssociationId"):
        found(lambda: operation.ec2.disassociate_address(AssociationId=address["AssociationId"]))
    call = lambda: operation.ec2.release_address(AllocationId=id)  # noqa: E731
    operation.retry(f"EC2 EIP ({id}) to be free", call, ("InvalidIPAddress.InUse",), RELEASE_SECONDS)


def _preview(inputs: Properties, _outputs: Properties, news: Properties) -> Properties:
    if all(inputs.get(key) == news.get(key) for key in _TARGETS):
        return {}
    return {"associationId": UNKNOWN, "privateIp": UNKNOWN}


def _create_association(operation: Operation, inputs: Properties) -> None:
    names = {
        "allocationId": "AllocationId",
        "publicIp": "PublicIp",
        "instanceId": "InstanceId",
        "networkInterfaceId": "NetworkInterfaceId",
        "privateIpAddress": "PrivateIpAddress",
        "allowReassociation": "AllowReassociation",
    }
    arguments = {name: inputs[key] for key, name in names.items() if inputs.get(key)}
    operation.id = operation.ec2.associate_address(**arguments)["AssociationId"]


def _find_association(operation: Operation, id: str, _state: Properties) -> Properties | None:
    address = _describe(operation, {"Filters": [{"Name": "association-id", "Values": [id]}]})
    if address is None:
        return None
    return {
        "allocationId": address["AllocationId"],
        "publicIp": address["PublicIp"],
        "instanceId": address.get("InstanceId") or "",
        "networkInterfaceId": address.get("NetworkInterfaceId") or "",
        "privateIpAddress": address.get("PrivateIpAddress") or "",
    }


def _nothing_to_update(_operation: Operation, _id: str, _old: Properties, _new: Properties) -> None:
    """Every property replaces."""


def _delete_association(operation: Operation, id: str, _state: Properties) -> None:
    found(lambda: operation.ec2.disassociate_address(AssociationId=id))


EIP: Final = ResourceType(
    token="aws:ec2/eip:Eip",
    noun="EC2 EIP",
    properties={
        "domain": Property("replace", computed=True, values=("vpc",)),
        "address": Property("replace", told=False, imported=False),
        "instance": COMPUTED,
        "networkInterface": COMPUTED,
        "associateWithPrivateIp": Property(told=False, imported=False),
        "publicIpv4Pool": Property("replace", computed=True, imported=False),
        "networkBorderGroup": Property("replace", computed=True, imported=False),
        "tags": TAGS,
    },
    create=_create,
    find=_find,
    update=_update,
    delete=_delete,
    preview=_preview,
)

EIP_ASSOCIATION: Final = ResourceType(
    token="aws:ec2/eipAssociation:EipAssociation",
    noun="EC2 EIP Association",
    properties={
        "allocationId": COMPUTED_REPLACE,
        "publicIp": Property("replace", computed=True, imported=False),
        "instanceId": COMPUTED_REPLACE,
        "networkInterfaceId": COMPUTED_REPLACE,
        "privateIpAddress": COMPUTED_REPLACE,
        "allowReassociation": Property("replace", told=False, imported=False),
    },
    create=_create_association,
    find=_find_association,
    update=_nothing_to_update,
    delete=_delete_association,
)
