"""Subnets."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import canonical, tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import (
    COMPUTED_REPLACE,
    PLAIN,
    REPLACE,
    REQUIRED_REPLACE,
    TAGS,
    Failures,
    Property,
    ResourceType,
)
from lab.plugins.servicer import UNKNOWN, Properties

# Inputs that one ModifySubnetAttribute call each sets, with EC2's name for it.
FLAGS: Final = {
    "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
    "enableDns64": "EnableDns64",
    "enableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch": "EnableResourceNameDnsAAAARecordOnLaunch",
}
NAME_TYPE: Final = "privateDnsHostnameTypeOnLaunch"
# terraform-provider-aws: subnetIPv6CIDRBlockAssociationCreatedTimeout, subnetCreatedTimeout.
IPV6_SECONDS: Final = 180
CREATE_SECONDS: Final = 600
_CREATE_ARGUMENTS: Final = {
    "cidrBlock": "CidrBlock",
    "ipv6CidrBlock": "Ipv6CidrBlock",
    "availabilityZone": "AvailabilityZone",
    "availabilityZoneId": "AvailabilityZoneId",
    "ipv6Native": "Ipv6Native",
}


def create(operation: Operation, inputs: Properties) -> None:
    arguments = {name: inputs[key] for key, name in _CREATE_ARGUMENTS.items() if inputs.get(key)}
    answer = operation.ec2.create_subnet(
        VpcId=inputs["vpcId"], **arguments, **tags.specification("subnet", inputs)
    )
    operation.id = answer["Subnet"]["SubnetId"]
    operation.wait(f"EC2 Subnet ({operation.id})", lambda: _not_available(operation), CREATE_SECONDS)
    made = find(operation, operation.id, {})
    _set_attributes(operation, operation.id, made or {}, inputs)


def _not_available(operation: Operation) -> str | None:
    subnet = _describe(operation, operation.id)
    if subnet is None:
        return "not found"
    waiting = [one for one in _associations(subnet) if _state(one) != "associated"]
    if subnet["State"] != "available":
        return subnet["State"]
    return f"IPv6 block is {_state(waiting[0])}" if waiting else None


def _describe(operation: Operation, id: str) -> Any:
    answer = found(lambda: operation.ec2.describe_subnets(SubnetIds=[id]))
    return answer["Subnets"][0] if answer and answer["Subnets"] else None


def _state(association: Any) -> str:
    return association["Ipv6CidrBlockState"]["State"]


def _associations(subnet: Any) -> list[Any]:
    ended = ("disassociated", "disassociating", "failed")
    return [one for one in subnet.get("Ipv6CidrBlockAssociationSet", []) if _state(one) not in ended]


def find(operation: Operation, id: str, _state_before: Properties) -> Properties | None:
    subnet = _describe(operation, id)
    if subnet is None:
        return None
    associations = _associations(subnet)
    ipv6: dict[str, Any] = associations[0] if associations else {}
    names = subnet.get("PrivateDnsNameOptionsOnLaunch", {})
    return {
        "arn": operation.arn(f"subnet/{id}"),
        "ownerId": subnet.get("OwnerId", operation.account),
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet.get("CidrBlock", ""),
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet.get("AvailabilityZoneId", ""),
        "ipv6CidrBlock": ipv6.get("Ipv6CidrBlock", ""),
        "ipv6CidrBlockAssociationId": ipv6.get("AssociationId", ""),
        "ipv6Native": subnet.get("Ipv6Native", False),
        "assignIpv6AddressOnCreation": subnet.get("AssignIpv6AddressOnCreation", False),
        "mapPublicIpOnLaunch": subnet.get("MapPublicIpOnLaunch", False),
        "enableDns64": subnet.get("EnableDns64", False),
        "enableResourceNameDnsARecordOnLaunch": names.get("EnableResourceNameDnsARecord", False),
        "enableResourceNameDnsAaaaRecordOnLaunch": names.get("EnableResourceNameDnsAAAARecord", False),
        NAME_TYPE: names.get("HostnameType", "ip-name"),
        **tags.read(subnet.get("Tags")),
    }


def update(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    _set_ipv6_block(operation, id, old, new)
    _set_attributes(operation, id, old, new)
    tags.update(operation, id, old, new)


def _set_ipv6_block(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    wanted = new.get("ipv6CidrBlock")
    if wanted is None or canonical.network(wanted) == canonical.network(old["ipv6CidrBlock"]):
        return
    if old["ipv6CidrBlockAssociationId"]:
        # EC2 refuses to take a block away while new interfaces get addresses of it.
        if old["assignIpv6AddressOnCreation"]:
            operation.ec2.modify_subnet_attribute(SubnetId=id, AssignIpv6AddressOnCreation={"Value": False})
            old["assignIpv6AddressOnCreation"] = False
        operation.ec2.disassociate_subnet_cidr_block(AssociationId=old["ipv6CidrBlockAssociationId"])
    if wanted:
        operation.ec2.associate_subnet_cidr_block(SubnetId=id, Ipv6CidrBlock=wanted)
        operation.id = id
        operation.wait(
            f"the IPv6 block of EC2 Subnet ({id})", lambda: _not_available(operation), IPV6_SECONDS
        )


def _set_attributes(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    # EC2 takes one attribute for each call.
    for key, name in FLAGS.items():
        wanted = bool(new.get(key, False))
        if wanted != bool(old.get(key, False)):
            operation.ec2.modify_subnet_attribute(SubnetId=id, **{name: {"Value": wanted}})
    if new.get(NAME_TYPE) and new[NAME_TYPE] != old.get(NAME_TYPE):
        operation.ec2.modify_subnet_attribute(SubnetId=id, PrivateDnsHostnameTypeOnLaunch=new[NAME_TYPE])


def delete(operation: Operation, id: str, _state_before: Properties) -> None:
    what = f"EC2 Subnet ({id}) to be free of what uses it"
    operation.retry(what, lambda: operation.ec2.delete_subnet(SubnetId=id), ("DependencyViolation",), 1200)


def check(inputs: Properties) -> Failures:
    if inputs.get("cidrBlock") is None and not inputs.get("ipv6Native"):
        return [("cidrBlock", "missing; only a subnet with ipv6Native has no IPv4 block")]
    return []


def replaces(path: str, old: Properties, _new: Properties) -> bool:
    # As the real provider does: in place only when new interfaces got no address of the old block.
    return path == "ipv6CidrBlock" and bool(
        old.get("ipv6CidrBlock") and old.get("assignIpv6AddressOnCreation")
    )


def preview(_inputs: Properties, outputs: Properties, news: Properties) -> Properties:
    wanted = news.get("ipv6CidrBlock")
    if wanted is None or canonical.network(wanted) == canonical.network(outputs.get("ipv6CidrBlock")):
        return {}
    return {"ipv6CidrBlockAssociationId": UNKNOWN}


SUBNET: Final = ResourceType(
    token="aws:ec2/subnet:Subnet",
    noun="EC2 Subnet",
    properties={
        "vpcId": REQUIRED_REPLACE,
        "cidrBlock": COMPUTED_REPLACE,
        "availabilityZone": COMPUTED_REPLACE,
        "availabilityZoneId": Property("replace", computed=True, imported=False),
        "ipv6CidrBlock": Property(computed=True, canonical=canonical.network),
        "ipv6Native": REPLACE,
        NAME_TYPE: Property(computed=True, values=("ip-name", "resource-name")),
        **dict.fromkeys(FLAGS, PLAIN),
        "tags": TAGS,
    },
    create=create,
    find=find,
    update=update,
    delete=delete,
    check=check,
    replaces=replaces,
    preview=preview,
    exclusive=(("availabilityZone", "availabilityZoneId"),),
)
