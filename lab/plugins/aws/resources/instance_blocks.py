"""The nested blocks of an instance: metadata service, root volume, CPU credits, and what is only told."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws.operation import Operation
from lab.plugins.servicer import Properties

METADATA: Final = {
    "httpEndpoint": "HttpEndpoint",
    "httpProtocolIpv6": "HttpProtocolIpv6",
    "httpPutResponseHopLimit": "HttpPutResponseHopLimit",
    "httpTokens": "HttpTokens",
    "instanceMetadataTags": "InstanceMetadataTags",
}
# What EC2 says of an instance that was launched without options of its own (botocore, aws.md 2c).
METADATA_DEFAULTS: Final[Properties] = {
    "httpEndpoint": "enabled",
    "httpProtocolIpv6": "disabled",
    "httpPutResponseHopLimit": 1,
    "httpTokens": "optional",
    "instanceMetadataTags": "disabled",
}
_VOLUME: Final = {
    "volumeSize": "VolumeSize",
    "volumeType": "VolumeType",
    "deleteOnTermination": "DeleteOnTermination",
    "encrypted": "Encrypted",
    "iops": "Iops",
    "throughput": "Throughput",
}


def metadata_arguments(options: Properties) -> dict[str, Any]:
    """`metadataOptions` in EC2's form."""
    return {METADATA[key]: value for key, value in options.items() if value is not None}


def launch_arguments(operation: Operation, inputs: Properties) -> dict[str, Any]:
    """The part of RunInstances for the blocks."""
    arguments: dict[str, Any] = {}
    if inputs.get("metadataOptions"):
        arguments["MetadataOptions"] = metadata_arguments(inputs["metadataOptions"])
    if inputs.get("rootBlockDevice"):
        arguments["BlockDeviceMappings"] = [_root_mapping(operation, inputs)]
    if inputs.get("creditSpecification", {}).get("cpuCredits"):
        arguments["CreditSpecification"] = {"CpuCredits": inputs["creditSpecification"]["cpuCredits"]}
    return arguments


def _root_mapping(operation: Operation, inputs: Properties) -> dict[str, Any]:
    images = operation.ec2.describe_images(ImageIds=[inputs["ami"]])["Images"]
    name = images[0].get("RootDeviceName", "/dev/sda1") if images else "/dev/sda1"
    given = inputs["rootBlockDevice"]
    # The provider deletes the root volume with its machine unless told otherwise.
    block = {"deleteOnTermination": True} | given
    return {"DeviceName": name, "Ebs": {_VOLUME[key]: value for key, value in block.items()}}


def read(operation: Operation, id: str, instance: Any) -> Properties:
    """The blocks, and the simple values beside them, as EC2 describes them."""
    cpu = instance.get("CpuOptions", {})
    cores, threads = cpu.get("CoreCount", 1), cpu.get("ThreadsPerCore", 1)
    placement = instance.get("Placement", {})
    return {
        "availabilityZone": placement.get("AvailabilityZone", ""),
        "tenancy": placement.get("Tenancy", "default"),
        "placementGroup": placement.get("GroupName", ""),
        "hostId": placement.get("HostId", ""),
        "metadataOptions": _metadata(instance.get("MetadataOptions", {})),
        "rootBlockDevice": _root_volume(operation, instance),
        "ebsBlockDevices": [],
        "ephemeralBlockDevices": [],
        "cpuOptions": {"amdSevSnp": "", "coreCount": cores, "threadsPerCore": threads},
        "enclaveOptions": {"enabled": instance.get("EnclaveOptions", {}).get("Enabled", False)},
        "maintenanceOptions": {"autoRecovery": "default"},
        "disableApiTermination": _attribute(operation, id, "disableApiTermination", False),
        "disableApiStop": False,
        "instanceInitiatedShutdownBehavior": _attribute(
            operation, id, "instanceInitiatedShutdownBehavior", "stop"
        ),
        "iamInstanceProfile": "",
        "instanceLifecycle": instance.get("InstanceLifecycle", ""),
        "outpostArn": "",
        "passwordData": "",
        "spotInstanceRequestId": "",
    }


def _metadata(described: Any) -> Properties:
    known = {key: described.get(name) for key, name in METADATA.items()}
    return METADATA_DEFAULTS | {key: value for key, value in known.items() if value is not None}


def root_volume_id(instance: Any) -> str | None:
    """The id of the volume an instance boots from."""
    for mapping in instance.get("BlockDeviceMappings", []):
        if mapping["DeviceName"] == instance.get("RootDeviceName"):
            return mapping["Ebs"]["VolumeId"]
    return None


def _root_volume(operation: Operation, instance: Any) -> Properties | None:
    volume_id = root_volume_id(instance)
    if volume_id is None:
        return None
    mapping = next(one for one in instance["BlockDeviceMappings"] if one["Ebs"]["VolumeId"] == volume_id)
    volume = operation.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
    return {
        "volumeId": volume_id,
        "deviceName": mapping["DeviceName"],
        "deleteOnTermination": mapping["Ebs"].get("DeleteOnTermination", True),
        "volumeSize": volume["Size"],
        "volumeType": volume["VolumeType"],
        "encrypted": volume.get("Encrypted", False),
        "iops": volume.get("Iops", 0),
        "throughput": volume.get("Throughput", 0),
        "kmsKeyId": volume.get("KmsKeyId", ""),
    }


def _attribute(operation: Operation, id: str, name: str, default: Any) -> Any:
    answer = operation.ec2.describe_instance_attribute(InstanceId=id, Attribute=name)
    value = answer.get(f"{name[0].upper()}{name[1:]}", {}).get("Value")
    return default if value is None else value
