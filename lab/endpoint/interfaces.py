"""The operations on network interfaces, as strict as EC2's."""

from ipaddress import IPv6Address
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.responses import EC2Response

from . import gate
from .backend import StrictBackend
from .errors import (
    bad_combination,
    bad_parameter,
    bad_value,
    interface_in_use,
    missing_parameter,
    one_way_to_give_ipv6,
    refused,
    too_many_interfaces,
    wrong_state,
)
from .instance_limits import check_holds, limits_of
from .interface_wishes import check_groups, check_one_way, create_interface, pick_ipv4, wanted_ipv6
from .requests import once


class InterfaceOperations(EC2Response):
    """Create, change, attach and delete interfaces."""

    def create_network_interface(self) -> ActionResult:
        """CreateNetworkInterface."""
        if not self._get_param("SubnetId"):
            raise missing_parameter("subnetId")
        backend: StrictBackend = self.ec2_backend
        wishes = self._get_params()
        check_one_way(wishes, one_way_to_give_ipv6())
        self.error_on_dryrun()
        interface = once(backend, "CreateNetworkInterface", wishes, lambda: create_interface(backend, wishes))
        return ActionResult({"NetworkInterface": interface})

    def delete_network_interface(self) -> ActionResult:
        """DeleteNetworkInterface: only of an interface that nothing has."""
        interface = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        self.error_on_dryrun()
        if interface.status == "in-use":
            raise bad_value(f"Network interface '{interface.id}' is currently in use.")
        self.ec2_backend.delete_network_interface(interface.id)
        return EmptyResult()

    def assign_ipv6_addresses(self) -> ActionResult:
        """AssignIpv6Addresses: addresses, prefixes, or a count of either."""
        backend: StrictBackend = self.ec2_backend
        interface: Any = backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        new_addresses, new_prefixes = wanted_ipv6(self._get_params(), backend, interface.subnet)
        if not new_addresses and not new_prefixes:
            raise missing_parameter("ipv6Addresses")
        if interface.instance:
            count = len(interface.ipv6_addresses) + len(interface.assigned_prefixes)
            check_holds(
                interface.instance.instance_type,
                ipv6=count + len(new_addresses) + len(new_prefixes),
                prefixes=len(new_prefixes),
            )
        interface.ipv6_addresses.extend(new_addresses)
        interface.assigned_prefixes.extend(new_prefixes)
        return ActionResult(
            {
                "NetworkInterfaceId": interface.id,
                "AssignedIpv6Addresses": new_addresses,
                "AssignedIpv6Prefixes": new_prefixes,
            }
        )

    def unassign_ipv6_addresses(self) -> ActionResult:
        """UnassignIpv6Addresses: of the interface's own addresses and prefixes."""
        interface: Any = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        old_addresses = [_canonical(text) for text in self._get_param("Ipv6Addresses", [])]
        old_prefixes = [str(text) for text in self._get_param("Ipv6Prefixes", [])]
        absent = [a for a in old_addresses if a not in interface.ipv6_addresses]
        absent += [p for p in old_prefixes if p not in interface.assigned_prefixes]
        if absent:
            raise bad_value(f"Some of [{', '.join(absent)}] are not assigned to interface {interface.id}")
        if interface.ipv6_address in old_addresses:
            raise refused(
                "OperationNotPermitted",
                f"{interface.ipv6_address} is the primary IPv6 address of {interface.id}",
            )
        for address in old_addresses:
            interface.ipv6_addresses.remove(address)
        for prefix in old_prefixes:
            interface.assigned_prefixes.remove(prefix)
        return ActionResult(
            {
                "NetworkInterfaceId": interface.id,
                "UnassignedIpv6Addresses": old_addresses,
                "UnassignedIpv6Prefixes": old_prefixes,
            }
        )

    def assign_private_ip_addresses(self) -> ActionResult:
        """AssignPrivateIpAddresses: secondary IPv4 addresses, named or counted."""
        backend: StrictBackend = self.ec2_backend
        interface: Any = backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        named = self._get_param("PrivateIpAddresses", [])
        count = self._get_param("SecondaryPrivateIpAddressCount") or 0
        new = pick_ipv4(backend, interface.subnet, named, count)
        if interface.instance:
            check_holds(interface.instance.instance_type, ipv4=len(interface.private_ip_addresses) + len(new))
        interface.private_ip_addresses.extend({"Primary": False, "PrivateIpAddress": text} for text in new)
        return ActionResult(
            {
                "NetworkInterfaceId": interface.id,
                "AssignedPrivateIpAddresses": [{"PrivateIpAddress": text} for text in new],
            }
        )

    def attach_network_interface(self) -> ActionResult:
        """AttachNetworkInterface: a free interface, a free index, the same zone, within the type's limits."""
        backend: StrictBackend = self.ec2_backend
        interface: Any = backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        instance: Any = backend.get_instance(self._get_param("InstanceId"))
        device_index = int(self._get_param("DeviceIndex"))
        self.error_on_dryrun()
        check_attachable(interface, instance, device_index)
        interface.delete_on_termination = False
        instance.attach_eni(interface, device_index)
        return ActionResult({"AttachmentId": interface.attachment_id, "NetworkCardIndex": 0})

    def detach_network_interface(self) -> ActionResult:
        """DetachNetworkInterface: any but the first of an instance."""
        attachment_id = self._get_param("AttachmentId")
        self.error_on_dryrun()
        for interface in self.ec2_backend.enis.values():
            if interface.attachment_id == attachment_id and interface.device_index == 0:
                raise refused(
                    "OperationNotPermitted", "The network interface at device index 0 cannot be detached."
                )
        detach(self.ec2_backend, attachment_id)
        return EmptyResult()

    def modify_network_interface_attribute(self) -> ActionResult:
        """ModifyNetworkInterfaceAttribute."""
        backend: StrictBackend = self.ec2_backend
        interface: Any = backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        group_ids = self._get_param("Groups", [])
        if group_ids:
            check_groups(backend, group_ids, interface.vpc_id)
        primary = self._get_param("EnablePrimaryIpv6")
        if primary is not None:
            check_primary_change(interface, primary)
        self.error_on_dryrun()
        change_interface(backend, interface, self._get_params())
        return EmptyResult()


def _canonical(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise bad_parameter("ipv6Addresses", text) from None


def detach(backend: StrictBackend, attachment_id: str) -> None:
    """Free the interface, at once, or once it was `detaching` for as long as a fault says."""
    gates = gate.current()
    interfaces: list[Any] = [one for one in backend.enis.values() if one.attachment_id == attachment_id]
    if not gates.lingers or not interfaces:
        backend.detach_network_interface(attachment_id)
        return
    (interface,) = interfaces
    interface.is_detaching = True

    def let_go() -> None:
        if interface.attachment_id == attachment_id:
            interface.is_detaching = False
            interface.instance.detach_eni(interface)

    gates.later(gates.lingers, let_go)


def check_attachable(interface: Any, instance: Any, device_index: int) -> None:
    """The interface can become this device of the instance. Raises EC2ClientError."""
    if interface.status == "in-use":
        raise interface_in_use(interface.id)
    if instance.state not in ("running", "stopped", "pending"):
        raise wrong_state(f"Instance '{instance.id}' is not 'running' or 'stopped'.")
    if device_index in instance.nics:
        raise bad_value(
            f"Instance '{instance.id}' already has an interface attached at device index '{device_index}'."
        )
    if interface.subnet.availability_zone != instance.availability_zone:
        raise bad_combination(
            "You may not attach a network interface to an instance"
            " if they are not in the same availability zone"
        )
    if len(instance.nics) + 1 > limits_of(instance.instance_type).interfaces:
        raise too_many_interfaces(instance.instance_type, len(instance.nics) + 1)
    check_interface_fits(interface, instance.instance_type)


def check_interface_fits(interface: Any, instance_type: str) -> None:
    """An interface of this type holds what this one has. Raises EC2ClientError."""
    prefixes = len(interface.assigned_prefixes)
    check_holds(
        instance_type,
        ipv4=len(interface.private_ip_addresses),
        ipv6=len(interface.ipv6_addresses) + prefixes,
        prefixes=prefixes,
    )


def check_primary_change(interface: Any, wanted: bool) -> None:
    """A primary IPv6 address comes with the first address and never goes. Raises EC2ClientError."""
    if not wanted and interface.has_primary_ipv6:
        raise refused(
            "OperationNotPermitted", f"The primary IPv6 address of {interface.id} cannot be disabled"
        )
    if wanted and not interface.ipv6_addresses:
        raise bad_combination("A primary IPv6 address needs an IPv6 address on the interface")


def change_interface(backend: StrictBackend, interface: Any, wishes: Any) -> None:
    """Set the attributes that the request names."""
    if wishes.get("Groups"):
        interface.change_groups([backend.get_security_group_from_id(name) for name in wishes["Groups"]])
    if "SourceDestCheck" in wishes:
        interface.source_dest_check = wishes["SourceDestCheck"]["Value"]
    if "Description" in wishes:
        interface.description = wishes["Description"].get("Value", "")
    if wishes.get("EnablePrimaryIpv6"):
        interface.has_primary_ipv6 = True
    attachment = wishes.get("Attachment", {})
    if "DeleteOnTermination" in attachment:
        if attachment.get("AttachmentId") != interface.attachment_id:
            raise refused(
                "InvalidAttachmentID.NotFound",
                f"The attachment '{attachment.get('AttachmentId')}' does not exist",
            )
        interface.delete_on_termination = attachment["DeleteOnTermination"]
