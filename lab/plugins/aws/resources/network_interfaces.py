"""Network interfaces (ENIs)."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import canonical, tags
from lab.plugins.aws.operation import Operation, doing, found
from lab.plugins.aws.resources.interface_addresses import KINDS, assign, unassign
from lab.plugins.aws.table import (
    PLAIN,
    REQUIRED_REPLACE,
    TAGS,
    Property,
    ResourceType,
)
from lab.plugins.servicer import UNKNOWN, Properties

# terraform-provider-aws: network interface created, detached and deleted timeouts.
CREATE_SECONDS: Final = 120
DETACH_SECONDS: Final = 600
DELETE_SECONDS: Final = 300


def _create(operation: Operation, inputs: Properties) -> None:
    arguments: dict[str, Any] = {}
    for kind in KINDS:
        arguments |= kind.create_arguments(inputs)
    for key, name in (
        ("description", "Description"),
        ("securityGroups", "Groups"),
        ("interfaceType", "InterfaceType"),
    ):
        if inputs.get(key):
            arguments[name] = inputs[key]
    if inputs.get("enablePrimaryIpv6"):
        arguments["EnablePrimaryIpv6"] = True
    # As terraform-provider-aws does it: EC2 takes no tags in a request that asks for prefixes.
    tagged_later = bool(inputs.get("ipv6Prefixes") or inputs.get("ipv6PrefixCount"))
    if not tagged_later:
        arguments |= tags.specification("network-interface", inputs)
    answer = operation.ec2.create_network_interface(SubnetId=inputs["subnetId"], **arguments)
    operation.id = answer["NetworkInterface"]["NetworkInterfaceId"]
    operation.wait(f"EC2 Network Interface ({operation.id})", lambda: _pending(operation), CREATE_SECONDS)
    if tagged_later:
        tags.update(operation, operation.id, {}, inputs)
    _set_source_check(operation, operation.id, True, inputs)


def _pending(operation: Operation) -> str | None:
    interface = describe(operation, operation.id)
    if interface is None:
        return "not found"
    return None if interface["Status"] in ("available", "in-use") else interface["Status"]


def _set_source_check(operation: Operation, id: str, old: bool, new: Properties) -> None:
    if new["sourceDestCheck"] != old:
        operation.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=id, SourceDestCheck={"Value": new["sourceDestCheck"]}
        )


def describe(operation: Operation, id: str) -> Any:
    """EC2's description of an interface, or None."""
    answer = found(lambda: operation.ec2.describe_network_interfaces(NetworkInterfaceIds=[id]))
    return answer["NetworkInterfaces"][0] if answer and answer["NetworkInterfaces"] else None


def _find(operation: Operation, id: str, _state: Properties) -> Properties | None:
    interface = describe(operation, id)
    if interface is None:
        return None
    lists: Properties = {}
    for kind in KINDS:
        lists |= kind.read(interface)
    primary = [one for one in interface.get("Ipv6Addresses", []) if one.get("IsPrimaryIpv6")]
    return lists | {
        "arn": operation.arn(f"network-interface/{id}"),
        "ownerId": interface.get("OwnerId", operation.account),
        "subnetId": interface["SubnetId"],
        "description": interface.get("Description", ""),
        "interfaceType": interface.get("InterfaceType", "interface"),
        "macAddress": interface["MacAddress"],
        "privateDnsName": interface.get("PrivateDnsName", ""),
        "privateIp": interface.get("PrivateIpAddress", ""),
        "privateIpLists": lists["privateIps"],
        "ipv6AddressLists": lists["ipv6Addresses"],
        "ipv4Prefixes": [],
        "ipv4PrefixCount": 0,
        "outpostArn": interface.get("OutpostArn", ""),
        "securityGroups": sorted(group["GroupId"] for group in interface.get("Groups", [])),
        "sourceDestCheck": interface.get("SourceDestCheck", True),
        "enablePrimaryIpv6": bool(primary),
        "attachments": _attachments(interface.get("Attachment")),
        **tags.read(interface.get("TagSet")),
    }


def _attachments(attachment: Any) -> list[dict[str, Any]]:
    if not attachment or not attachment.get("AttachmentId"):
        return []
    return [
        {
            "attachmentId": attachment["AttachmentId"],
            "instance": attachment.get("InstanceId", ""),
            "deviceIndex": attachment.get("DeviceIndex", 0),
            "networkCardIndex": attachment.get("NetworkCardIndex", 0),
        }
    ]


def _update(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    for kind in KINDS:
        unassign(operation, id, kind, old, new)
    for kind in KINDS:
        assign(operation, id, kind, old, new)
    modify = operation.ec2.modify_network_interface_attribute
    if new.get("description", "") != old["description"]:
        modify(NetworkInterfaceId=id, Description={"Value": new.get("description", "")})
    groups = new.get("securityGroups")
    if groups is not None and sorted(groups) != old["securityGroups"]:
        modify(NetworkInterfaceId=id, Groups=groups)
    if new.get("enablePrimaryIpv6") and not old["enablePrimaryIpv6"]:
        modify(NetworkInterfaceId=id, EnablePrimaryIpv6=True)
    _set_source_check(operation, id, old["sourceDestCheck"], new)
    tags.update(operation, id, old, new)


def detach(operation: Operation, id: str, attachment_id: str) -> None:
    """Detaches the interface by force and waits until EC2 says that it is free."""
    with doing(f"detaching EC2 Network Interface ({id}/{attachment_id})"):
        found(lambda: operation.ec2.detach_network_interface(AttachmentId=attachment_id, Force=True))

        def missing() -> str | None:
            interface = describe(operation, id)
            status = interface["Status"] if interface else "available"
            return None if status == "available" else f"is {status}"

        operation.wait(f"EC2 Network Interface ({id}) to be detached", missing, DETACH_SECONDS)


def _delete(operation: Operation, id: str, _state: Properties) -> None:
    interface = describe(operation, id)
    if interface is None:
        return
    for attachment in _attachments(interface.get("Attachment")):
        detach(operation, id, attachment["attachmentId"])
    operation.ec2.delete_network_interface(NetworkInterfaceId=id)
    gone = lambda: None if describe(operation, id) is None else "still there"  # noqa: E731
    operation.wait(f"EC2 Network Interface ({id}) to be deleted", gone, DELETE_SECONDS)


def _replaces(path: str, old: Properties, new: Properties) -> bool:
    if path.startswith("privateIps["):
        # The primary address cannot leave an interface.
        wanted = new["privateIps"]
        return UNKNOWN not in wanted and old.get("privateIp") not in (None, *wanted)
    return path == "enablePrimaryIpv6" and new.get("enablePrimaryIpv6") is False


def _preview(_inputs: Properties, outputs: Properties, news: Properties) -> Properties:
    changed: Properties = {}
    for kind in KINDS:
        changed |= kind.preview(outputs, news)
    if "ipv6Addresses" in changed:
        changed["ipv6AddressLists"] = UNKNOWN
    if "privateIps" in changed:
        changed["privateIpLists"] = UNKNOWN
    return changed


NETWORK_INTERFACE: Final = ResourceType(
    token="aws:ec2/networkInterface:NetworkInterface",
    noun="EC2 Network Interface",
    properties={
        "subnetId": REQUIRED_REPLACE,
        "description": PLAIN,
        "privateIps": Property(computed=True, unordered=True, canonical=canonical.address),
        "privateIpsCount": Property(computed=True, imported=False),
        "ipv6Addresses": Property(computed=True, unordered=True, canonical=canonical.address),
        "ipv6AddressCount": Property(computed=True, imported=False),
        "ipv6Prefixes": Property(computed=True, unordered=True, canonical=canonical.network),
        "ipv6PrefixCount": Property(computed=True, imported=False),
        "enablePrimaryIpv6": Property(computed=True, imported=False),
        "securityGroups": Property(computed=True, unordered=True),
        "sourceDestCheck": Property(default=True),
        "interfaceType": Property(
            "replace", computed=True, values=("interface", "efa", "efa-only", "branch", "trunk")
        ),
        "tags": TAGS,
    },
    create=_create,
    find=_find,
    update=_update,
    delete=_delete,
    replaces=_replaces,
    preview=_preview,
    exclusive=tuple((kind.values, kind.count) for kind in KINDS),
    advice={
        "attachments": "use a NetworkInterfaceAttachment, or an instance's primaryNetworkInterface",
        "ipv6AddressLists": "use ipv6Addresses; the real one ignores the list in a create",
        "privateIpLists": "use privateIps",
        "privateIp": "use privateIps",
    },
)
