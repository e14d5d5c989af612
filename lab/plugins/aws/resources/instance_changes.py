"""Changes of an instance in place, some of which need it stopped."""

from __future__ import annotations

import base64
from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.operation import Operation, doing
from lab.plugins.aws.resources import instance_blocks as blocks
from lab.plugins.aws.resources.instance_states import describe, wait_for_state
from lab.plugins.servicer import Properties

# terraform-provider-aws: the default update timeout of aws_instance, instance stop and start.
UPDATE_SECONDS: Final = 600


def update(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    """Brings the instance from what was found to what is wanted."""
    if old["instanceState"] == "pending":
        wait_for_state(operation, id, "running", UPDATE_SECONDS)
    _change_while_stopped(operation, id, old, new)
    _change_attributes(operation, id, old, new)
    _change_blocks(operation, id, old, new)
    tags.update(operation, id, old, new)


def _change_while_stopped(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    changes: list[dict[str, Any]] = []
    if new.get("instanceType") and new["instanceType"] != old["instanceType"]:
        changes.append({"InstanceType": {"Value": new["instanceType"]}})
    if user_data(new) != user_data(old):
        changes.append({"UserData": {"Value": user_data(new)}})
    if not changes:
        return
    with doing(f"stopping EC2 Instance ({id})"):
        operation.ec2.stop_instances(InstanceIds=[id])
        wait_for_state(operation, id, "stopped", UPDATE_SECONDS)
    try:
        for change in changes:
            with doing(f"modifying EC2 Instance ({id}) attribute ({next(iter(change))})"):
                operation.ec2.modify_instance_attribute(InstanceId=id, **change)
    finally:
        # A refused change must not leave the machine down.
        with doing(f"starting EC2 Instance ({id})"):
            operation.ec2.start_instances(InstanceIds=[id])
            wait_for_state(operation, id, "running", UPDATE_SECONDS)


def user_data(properties: Properties) -> bytes:
    """User data as it reaches the machine."""
    encoded = properties.get("userDataBase64")
    return base64.b64decode(encoded) if encoded else str(properties.get("userData") or "").encode()


def _change_attributes(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    def modify(**attribute: Any) -> None:
        operation.ec2.modify_instance_attribute(InstanceId=id, **attribute)

    groups = new.get("vpcSecurityGroupIds")
    if groups is not None and sorted(groups) != old["vpcSecurityGroupIds"]:
        operation.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=old["primaryNetworkInterfaceId"], Groups=groups
        )
    for key, name in (
        ("sourceDestCheck", "SourceDestCheck"),
        ("disableApiTermination", "DisableApiTermination"),
        ("instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior"),
    ):
        if new.get(key) is not None and new[key] != old[key]:
            modify(**{name: {"Value": new[key]}})
    if new.get("enablePrimaryIpv6") and not old["enablePrimaryIpv6"]:
        operation.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=old["primaryNetworkInterfaceId"], EnablePrimaryIpv6=True
        )


def _change_blocks(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    ec2 = operation.ec2
    options = _changed(old["metadataOptions"], new.get("metadataOptions"))
    if options:
        ec2.modify_instance_metadata_options(InstanceId=id, **blocks.metadata_arguments(options))
    wanted = _credits(new)
    if wanted and wanted != _credits(old):
        ec2.modify_instance_credit_specification(
            InstanceCreditSpecifications=[{"InstanceId": id, "CpuCredits": wanted}]
        )
    _change_root_volume(operation, id, old, new)


def _credits(properties: Properties) -> str | None:
    block: Properties = properties.get("creditSpecification") or {}
    return block.get("cpuCredits")


def _change_root_volume(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    changed = _changed(old.get("rootBlockDevice") or {}, new.get("rootBlockDevice"))
    names = {"volumeSize": "Size", "volumeType": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
    arguments = {name: changed[key] for key, name in names.items() if key in changed}
    instance = describe(operation, id)
    if arguments:
        operation.ec2.modify_volume(VolumeId=blocks.root_volume_id(instance), **arguments)
    if "deleteOnTermination" in changed:
        mapping = {
            "DeviceName": instance["RootDeviceName"],
            "Ebs": {"DeleteOnTermination": changed["deleteOnTermination"]},
        }
        operation.ec2.modify_instance_attribute(InstanceId=id, BlockDeviceMappings=[mapping])


def _changed(old: Properties, new: Properties | None) -> Properties:
    return {key: value for key, value in (new or {}).items() if old.get(key) != value}
