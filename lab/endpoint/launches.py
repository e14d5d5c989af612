"""RunInstances: everything is checked before anything is made."""

from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.ec2.utils import parse_user_data

from .backend import StrictBackend
from .errors import (
    bad_combination,
    bad_value,
    interface_in_use,
    missing_parameter,
    one_way_to_give_ipv6_at_launch,
    refused,
    too_many_interfaces,
)
from .instance_limits import check_holds, limits_of
from .interface_wishes import check_groups, check_one_way, create_interface, wanted_ipv4, wanted_ipv6
from .interfaces import check_interface_fits
from .requests import once
from .security_groups import check_key_names

USER_DATA_BYTES = 16384
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html, before base64."""

INSTANCE_LEVEL = {
    "SubnetId": "subnet ID",
    "SecurityGroupIds": "security groups",
    "PrivateIpAddress": "private address",
    "Ipv6Addresses": "IPv6 addresses",
    "Ipv6AddressCount": "IPv6 address count",
}
"""What belongs to the first interface, and so excludes a list of interfaces in the same request."""


@dataclass(frozen=True)
class Device:
    """One interface of a new instance: one that exists, or the description of one to make."""

    existing: Any
    wishes: dict[str, Any]
    delete_on_termination: bool


class LaunchOperations(EC2Response):
    """RunInstances."""

    def run_instances(self) -> ActionResult:
        """RunInstances."""
        backend: StrictBackend = self.ec2_backend
        request = self._get_params()
        return ActionResult(once(backend, "RunInstances", request, lambda: self._launch(backend, request)))

    def _launch(self, backend: StrictBackend, request: Any) -> Any:
        if int(request.get("MaxCount", 1)) != 1:
            raise refused("Unsupported", "The lab launches one instance for each request")
        image_id = request.get("ImageId")
        if not image_id and not request.get("LaunchTemplate"):
            raise missing_parameter("ImageId")
        if image_id:
            backend.describe_images(ami_ids=[image_id])
        instance_type = request.get("InstanceType", "m1.small")
        limits_of(instance_type)
        if request.get("KeyName"):
            check_key_names(backend, [request["KeyName"]])
        user_data = checked_user_data(request.get("UserData"))
        check_metadata_options(request.get("MetadataOptions", {}))
        devices = planned_devices(backend, request, instance_type)
        self.error_on_dryrun()
        reservation = backend.run_instances(
            image_id,
            1,
            user_data,
            [],
            instance_type=instance_type,
            is_instance_type_default=False,
            region_name=self.region,
            key_name=request.get("KeyName"),
            nics=[made(backend, device) for device in devices],
            tags=self._parse_tag_specification(),
            ebs_optimized=request.get("EbsOptimized", False),
            disable_api_stop=request.get("DisableApiStop", False),
            disable_api_termination=request.get("DisableApiTermination", False),
            instance_initiated_shutdown_behavior=request.get("InstanceInitiatedShutdownBehavior"),
            launch_template=request.get("LaunchTemplate", {}),
            monitoring_state="enabled" if request.get("Monitoring", {}).get("Enabled") else "disabled",
            metadata_options=request.get("MetadataOptions", {}),
            client_token=request.get("ClientToken"),
            **self._block_devices(),
        )
        tag_new_interfaces(reservation, devices, self._parse_tag_specification())
        return reservation

    def _block_devices(self) -> dict[str, Any]:
        mappings = self._parse_block_device_mapping()
        return {"block_device_mappings": mappings} if mappings else {}


def checked_user_data(encoded: Any) -> Any:
    """The user data as moto keeps it, None if there is none. Raises EC2ClientError."""
    user_data = parse_user_data(encoded)
    if user_data is not None and len(str(user_data)) * 3 // 4 > USER_DATA_BYTES:
        raise bad_value("User data is limited to 16384 bytes")
    return user_data


def check_metadata_options(options: Any) -> None:
    """The hop limit is one of EC2's. Raises EC2ClientError."""
    hop_limit = options.get("HttpPutResponseHopLimit")
    if hop_limit is not None and not 1 <= int(hop_limit) <= 64:
        raise bad_value(
            f"Invalid value '{hop_limit}' for HttpPutResponseHopLimit: it must be between 1 and 64"
        )


def planned_devices(backend: StrictBackend, request: Any, instance_type: str) -> list[Device]:
    """The new instance's interfaces by device index, checked. Raises EC2ClientError."""
    listed = sorted(request.get("NetworkInterfaces", []), key=lambda item: int(item.get("DeviceIndex", 0)))
    if not listed:
        return [_planned(backend, _first_interface(request), instance_type)]
    for name, words in INSTANCE_LEVEL.items():
        if request.get(name):
            raise bad_combination(
                f"Network interfaces and an instance-level {words} may not be specified on the same request"
            )
    if len(listed) > limits_of(instance_type).interfaces:
        raise too_many_interfaces(instance_type, len(listed))
    if [int(item.get("DeviceIndex", 0)) for item in listed] != list(range(len(listed))):
        raise bad_value("Network interfaces must have the device indexes 0, 1, 2 and so on, each once")
    devices = [_planned(backend, item, instance_type) for item in listed]
    _check_together(devices)
    return devices


def _first_interface(request: Any) -> dict[str, Any]:
    if not request.get("SubnetId"):
        raise refused("VPCIdNotSpecified", "No default VPC for this user")
    names = ("SubnetId", "PrivateIpAddress", "Ipv6Addresses", "Ipv6AddressCount")
    wishes = {name: request[name] for name in names if request.get(name)}
    wishes["Groups"] = request.get("SecurityGroupIds", [])
    wishes["DeleteOnTermination"] = True
    wishes["PrimaryIpv6"] = request.get("EnablePrimaryIpv6", False)
    return wishes


def _planned(backend: StrictBackend, wishes: dict[str, Any], instance_type: str) -> Device:
    interface_id = wishes.get("NetworkInterfaceId")
    if interface_id:
        interface: Any = backend.get_network_interface(interface_id)
        if wishes.get("DeleteOnTermination"):
            raise bad_combination(
                "A network interface may not specify a network interface ID and delete on termination as true"
            )
        if interface.status == "in-use":
            raise interface_in_use(interface_id)
        check_interface_fits(interface, instance_type)
        return Device(interface, {}, delete_on_termination=False)
    if not wishes.get("SubnetId"):
        raise missing_parameter("subnetId")
    check_one_way(wishes, one_way_to_give_ipv6_at_launch())
    subnet = backend.get_subnet(wishes["SubnetId"])
    check_groups(backend, list(wishes.get("Groups", [])), subnet.vpc_id)
    ipv6, prefixes = wanted_ipv6(wishes, backend, subnet)
    ipv4 = wanted_ipv4(wishes, backend, subnet)
    check_holds(instance_type, ipv4=len(ipv4), ipv6=len(ipv6) + len(prefixes), prefixes=len(prefixes))
    defaults = {"AssociatePublicIpAddress": subnet.map_public_ip_on_launch}
    return Device(None, {**defaults, **wishes}, bool(wishes.get("DeleteOnTermination", True)))


def _check_together(devices: list[Device]) -> None:
    existing = [device.existing.id for device in devices if device.existing]
    for interface_id in existing:
        if existing.count(interface_id) > 1:
            raise interface_in_use(interface_id)


def made(backend: StrictBackend, device: Device) -> tuple[Any, bool]:
    """The device's interface, made if need be, and whether it goes with the instance."""
    return device.existing or create_interface(backend, device.wishes, tags={}), device.delete_on_termination


def tag_new_interfaces(reservation: Any, devices: list[Device], tags: dict[str, dict[str, str]]) -> None:
    """Give the launch's interface tags to the interfaces that it made."""
    for instance in reservation.instances:
        for index, device in enumerate(devices):
            if device.existing is None:
                instance.nics[index].add_tags(tags.get("network-interface", {}))
