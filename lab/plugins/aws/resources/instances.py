"""Instances: how they are launched, described, terminated. Changes in place are in `instance_changes`."""

from __future__ import annotations

import base64
from typing import Any, Final

from lab.plugins.aws import canonical, tags
from lab.plugins.aws.operation import Operation
from lab.plugins.aws.resources import instance_blocks as blocks
from lab.plugins.aws.resources.instance_changes import update, user_data
from lab.plugins.aws.resources.instance_states import describe, wait_for_state
from lab.plugins.aws.table import (
    COMPUTED,
    COMPUTED_REPLACE,
    PLAIN,
    TAGS,
    Failures,
    Property,
    ResourceType,
)
from lab.plugins.servicer import UNKNOWN, Properties

# terraform-provider-aws: the default timeouts of aws_instance.
CREATE_SECONDS: Final = 600
DELETE_SECONDS: Final = 1200
_LAUNCH: Final = {
    "ami": "ImageId",
    "instanceType": "InstanceType",
    "keyName": "KeyName",
    "ebsOptimized": "EbsOptimized",
    "disableApiTermination": "DisableApiTermination",
    "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
}
_NETWORK: Final = {
    "subnetId": "SubnetId",
    "privateIp": "PrivateIpAddress",
    "ipv6AddressCount": "Ipv6AddressCount",
}
# What belongs to the interface, and so cannot be said of an instance on a given one.
_OF_THE_INTERFACE: Final = (
    "subnetId",
    "privateIp",
    "ipv6Addresses",
    "ipv6AddressCount",
    "associatePublicIpAddress",
    "vpcSecurityGroupIds",
    "sourceDestCheck",
    "enablePrimaryIpv6",
)


def _create(operation: Operation, inputs: Properties) -> None:
    arguments = {name: inputs[key] for key, name in _LAUNCH.items() if inputs.get(key)}
    arguments |= _network_arguments(inputs) | blocks.launch_arguments(operation, inputs)
    arguments |= tags.specification("instance", inputs)
    if inputs.get("availabilityZone"):
        arguments["Placement"] = {"AvailabilityZone": inputs["availabilityZone"]}
    if user_data(inputs):
        # botocore encodes it for the wire.
        arguments["UserData"] = user_data(inputs)
    answer = operation.ec2.run_instances(MinCount=1, MaxCount=1, **arguments)
    operation.id = answer["Instances"][0]["InstanceId"]
    wait_for_state(operation, operation.id, "running", CREATE_SECONDS)
    if inputs.get("sourceDestCheck") is False:
        operation.ec2.modify_instance_attribute(InstanceId=operation.id, SourceDestCheck={"Value": False})


def _network_arguments(inputs: Properties) -> dict[str, Any]:
    given = inputs.get("primaryNetworkInterface")
    if given:
        return {"NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": given["networkInterfaceId"]}]}
    interface: dict[str, Any] = {name: inputs[key] for key, name in _NETWORK.items() if inputs.get(key)}
    if inputs.get("ipv6Addresses"):
        interface["Ipv6Addresses"] = [{"Ipv6Address": one} for one in inputs["ipv6Addresses"]]
    groups = inputs.get("vpcSecurityGroupIds")
    if inputs.get("associatePublicIpAddress") is None and not inputs.get("enablePrimaryIpv6"):
        return interface | ({"SecurityGroupIds": groups} if groups else {})
    # Only an interface described in the launch takes these two.
    if inputs.get("associatePublicIpAddress") is not None:
        interface["AssociatePublicIpAddress"] = inputs["associatePublicIpAddress"]
    if inputs.get("enablePrimaryIpv6"):
        interface["PrimaryIpv6"] = True
    return {"NetworkInterfaces": [{"DeviceIndex": 0, **interface} | ({"Groups": groups} if groups else {})]}


def _find(operation: Operation, id: str, state: Properties) -> Properties | None:
    instance = describe(operation, id)
    if instance is None or instance["State"]["Name"] == "terminated":
        return None
    return {
        "arn": operation.arn(f"instance/{id}"),
        "ami": instance["ImageId"],
        "instanceType": instance["InstanceType"],
        "instanceState": instance["State"]["Name"],
        "keyName": instance.get("KeyName") or "",
        "ebsOptimized": bool(instance.get("EbsOptimized")),
        "monitoring": instance.get("Monitoring", {}).get("State") in ("enabled", "pending"),
        "publicDns": instance.get("PublicDnsName") or "",
        "publicIp": instance.get("PublicIpAddress") or "",
        "privateDns": instance.get("PrivateDnsName") or "",
        "privateIp": instance.get("PrivateIpAddress") or "",
        "subnetId": instance.get("SubnetId") or "",
        **_interface(instance, state),
        **_user_data(operation, id, state),
        **blocks.read(operation, id, instance),
        **tags.read(instance.get("Tags")),
    }


def _interface(instance: Any, state: Properties) -> Properties:
    by_index = {one["Attachment"]["DeviceIndex"]: one for one in instance.get("NetworkInterfaces", [])}
    primary = by_index.get(0, {})
    addresses = [one["Ipv6Address"] for one in primary.get("Ipv6Addresses", [])]
    interface_id = primary.get("NetworkInterfaceId", "")
    kept = {
        "networkInterfaceId": interface_id,
        "deleteOnTermination": primary.get("Attachment", {}).get("DeleteOnTermination", False),
    }
    return {
        "primaryNetworkInterfaceId": interface_id,
        # EC2 does not tell an interface that was given from one that came with the instance.
        "primaryNetworkInterface": kept if state.get("primaryNetworkInterface") else None,
        "ipv6Addresses": addresses,
        "ipv6AddressCount": len(addresses),
        "enablePrimaryIpv6": any(one.get("IsPrimaryIpv6") for one in primary.get("Ipv6Addresses", [])),
        "secondaryPrivateIps": [
            one["PrivateIpAddress"] for one in primary.get("PrivateIpAddresses", []) if not one.get("Primary")
        ],
        "associatePublicIpAddress": bool(instance.get("PublicIpAddress")),
        "sourceDestCheck": primary.get("SourceDestCheck", instance.get("SourceDestCheck", True)),
        "vpcSecurityGroupIds": sorted(one["GroupId"] for one in instance.get("SecurityGroups", [])),
        "securityGroups": [],
    }


def _user_data(operation: Operation, id: str, state: Properties) -> Properties:
    answer = operation.ec2.describe_instance_attribute(InstanceId=id, Attribute="userData")
    encoded = answer.get("UserData", {}).get("Value") or ""
    if state.get("userDataBase64"):
        return {"userDataBase64": encoded}
    try:
        return {"userData": base64.b64decode(encoded).decode() or None}
    except UnicodeDecodeError:
        return {"userDataBase64": encoded}


def _delete(operation: Operation, id: str, state: Properties) -> None:
    instance = describe(operation, id)
    if instance is None or instance["State"]["Name"] == "terminated":
        return
    if state.get("forceDestroy") and state.get("disableApiTermination"):
        operation.ec2.modify_instance_attribute(InstanceId=id, DisableApiTermination={"Value": False})
    operation.ec2.terminate_instances(InstanceIds=[id])
    wait_for_state(operation, id, "terminated", DELETE_SECONDS)


def _complete(inputs: Properties) -> Properties:
    if "sourceDestCheck" in inputs or "primaryNetworkInterface" in inputs:
        return {}
    return {"sourceDestCheck": True}


def _check(inputs: Properties) -> Failures:
    failures: Failures = []
    if not inputs.get("instanceType"):
        failures.append(("instanceType", "missing; launch templates are not modelled by this stand-in"))
    if not inputs.get("ami"):
        failures.append(("ami", "missing; launch templates are not modelled by this stand-in"))
    given = inputs.get("primaryNetworkInterface")
    if given is None:
        return failures
    if given is not UNKNOWN and not given.get("networkInterfaceId"):
        failures.append(("primaryNetworkInterface.networkInterfaceId", "missing required property"))
    clashing = [key for key in _OF_THE_INTERFACE if inputs.get(key) is not None]
    return failures + [
        (key, f"{key} conflicts with primaryNetworkInterface; give it to that interface") for key in clashing
    ]


def _replaces(path: str, _old: Properties, new: Properties) -> bool:
    if path in ("userData", "userDataBase64"):
        return bool(new.get("userDataReplaceOnChange"))
    return path == "enablePrimaryIpv6" and new.get("enablePrimaryIpv6") is False


def _preview(inputs: Properties, outputs: Properties, news: Properties) -> Properties:
    restarting = ("instanceType", "userData", "userDataBase64")
    restarts = any(inputs.get(key) != news.get(key) for key in restarting)
    # A stopped instance gives its public IPv4 address back.
    return {"publicIp": UNKNOWN, "publicDns": UNKNOWN} if restarts and outputs.get("publicIp") else {}


INSTANCE: Final = ResourceType(
    token="aws:ec2/instance:Instance",
    noun="EC2 Instance",
    properties={
        "ami": COMPUTED_REPLACE,
        "instanceType": COMPUTED,
        "keyName": COMPUTED_REPLACE,
        "availabilityZone": Property("replace", computed=True, imported=False),
        "subnetId": Property("replace", computed=True),
        "primaryNetworkInterface": Property("replace", computed=True, members=("networkInterfaceId",)),
        "privateIp": Property("replace", computed=True, imported=False),
        "ipv6Addresses": Property("replace", computed=True, canonical=canonical.address, imported=False),
        "ipv6AddressCount": Property("replace", computed=True, imported=False),
        "enablePrimaryIpv6": Property(computed=True, imported=False),
        "associatePublicIpAddress": Property("replace", computed=True, imported=False),
        "ebsOptimized": Property("replace", computed=True, imported=False),
        "vpcSecurityGroupIds": Property(computed=True, unordered=True),
        "sourceDestCheck": Property(computed=True),
        "userData": PLAIN,
        "userDataBase64": Property(computed=True),
        "userDataReplaceOnChange": Property(told=False, imported=False),
        "forceDestroy": Property(told=False, imported=False),
        "disableApiTermination": Property(computed=True, imported=False),
        "instanceInitiatedShutdownBehavior": Property(
            computed=True, imported=False, values=("stop", "terminate")
        ),
        "metadataOptions": Property(computed=True, members=tuple(blocks.METADATA), imported=False),
        "creditSpecification": Property(computed=True, members=("cpuCredits",), imported=False, told=False),
        "rootBlockDevice": Property(
            computed=True,
            members=("volumeSize", "volumeType", "deleteOnTermination", "encrypted", "iops", "throughput"),
            replacing_members=("encrypted",),
            imported=False,
        ),
        "tags": TAGS,
    },
    create=_create,
    find=_find,
    update=update,
    delete=_delete,
    check=_check,
    complete=_complete,
    replaces=_replaces,
    preview=_preview,
    exclusive=(("userData", "userDataBase64"), ("ipv6Addresses", "ipv6AddressCount")),
    advice={"networkInterfaces": "use primaryNetworkInterface and NetworkInterfaceAttachment"},
)
