"""VPCs."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import COMPUTED, PLAIN, TAGS, Property, ResourceType
from lab.plugins.servicer import UNKNOWN, Properties

ATTRIBUTES: Final = {
    "enableDnsSupport": "EnableDnsSupport",
    "enableDnsHostnames": "EnableDnsHostnames",
    "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
}
# terraform-provider-aws: vpcIPv6CIDRBlockAssociationCreatedTimeout, vpcCreatedTimeout.
IPV6_SECONDS: Final = 600
CREATE_SECONDS: Final = 600


def create(operation: Operation, inputs: Properties) -> None:
    arguments: dict[str, Any] = {"InstanceTenancy": inputs["instanceTenancy"]}
    if inputs.get("assignGeneratedIpv6CidrBlock"):
        arguments["AmazonProvidedIpv6CidrBlock"] = True
    if "ipv6CidrBlockNetworkBorderGroup" in inputs:
        arguments["Ipv6CidrBlockNetworkBorderGroup"] = inputs["ipv6CidrBlockNetworkBorderGroup"]
    answer = operation.ec2.create_vpc(
        CidrBlock=inputs["cidrBlock"], **arguments, **tags.specification("vpc", inputs)
    )
    operation.id = answer["Vpc"]["VpcId"]
    operation.wait(f"EC2 VPC ({operation.id})", lambda: _not_available(operation), CREATE_SECONDS)
    _set_attributes(operation, operation.id, inputs, {"enableDnsSupport": True, "enableDnsHostnames": False})


def _not_available(operation: Operation) -> str | None:
    vpc = _describe(operation, operation.id)
    if vpc is None:
        return "not found"
    waiting = [one for one in _ipv6_associations(vpc) if _state(one) != "associated"]
    if vpc["State"] != "available":
        return vpc["State"]
    return f"IPv6 block is {_state(waiting[0])}" if waiting else None


def _describe(operation: Operation, id: str) -> Any:
    answer = found(lambda: operation.ec2.describe_vpcs(VpcIds=[id]))
    return answer["Vpcs"][0] if answer and answer["Vpcs"] else None


def _state(association: Any) -> str:
    return association["Ipv6CidrBlockState"]["State"]


def _ipv6_associations(vpc: Any) -> list[Any]:
    ended = ("disassociated", "failed")
    return [one for one in vpc.get("Ipv6CidrBlockAssociationSet", []) if _state(one) not in ended]


def find(operation: Operation, id: str, _state_before: Properties) -> Properties | None:
    vpc = _describe(operation, id)
    if vpc is None:
        return None
    associations = _ipv6_associations(vpc)
    ipv6: dict[str, Any] = associations[0] if associations else {}
    return {
        "arn": operation.arn(f"vpc/{id}"),
        "ownerId": vpc.get("OwnerId", operation.account),
        "cidrBlock": vpc["CidrBlock"],
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "instanceTenancy": vpc["InstanceTenancy"],
        "assignGeneratedIpv6CidrBlock": bool(ipv6) and ipv6.get("Ipv6Pool", "Amazon") == "Amazon",
        "ipv6AssociationId": ipv6.get("AssociationId", ""),
        "ipv6CidrBlock": ipv6.get("Ipv6CidrBlock", ""),
        "ipv6CidrBlockNetworkBorderGroup": ipv6.get("NetworkBorderGroup", "")
        or (operation.region if ipv6 else ""),
        **{key: _attribute(operation, id, name) for key, name in ATTRIBUTES.items()},
        **_defaults(operation, id),
        **tags.read(vpc.get("Tags")),
    }


def _attribute(operation: Operation, id: str, name: str) -> bool:
    attribute = f"{name[0].lower()}{name[1:]}"
    answer = operation.ec2.describe_vpc_attribute(VpcId=id, Attribute=attribute)
    return bool(answer.get(name, {}).get("Value", False))


def _defaults(operation: Operation, id: str) -> Properties:
    """The route table, network ACL and security group that come with a VPC."""
    of_vpc = {"Name": "vpc-id", "Values": [id]}
    ec2 = operation.ec2
    tables = ec2.describe_route_tables(Filters=[of_vpc, {"Name": "association.main", "Values": ["true"]}])
    acls = ec2.describe_network_acls(Filters=[of_vpc, {"Name": "default", "Values": ["true"]}])
    groups = ec2.describe_security_groups(Filters=[of_vpc, {"Name": "group-name", "Values": ["default"]}])
    table = _first(tables["RouteTables"], "RouteTableId")
    return {
        "mainRouteTableId": table,
        "defaultRouteTableId": table,
        "defaultNetworkAclId": _first(acls["NetworkAcls"], "NetworkAclId"),
        "defaultSecurityGroupId": _first(groups["SecurityGroups"], "GroupId"),
    }


def _first(items: list[Any], key: str) -> str:
    return items[0][key] if items else ""


def update(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    _set_attributes(operation, id, new, old)
    wanted = bool(new.get("assignGeneratedIpv6CidrBlock"))
    if wanted and not old["ipv6AssociationId"]:
        operation.ec2.associate_vpc_cidr_block(VpcId=id, AmazonProvidedIpv6CidrBlock=True)
        operation.id = id
        operation.wait(f"the IPv6 block of EC2 VPC ({id})", lambda: _not_available(operation), IPV6_SECONDS)
    elif old["assignGeneratedIpv6CidrBlock"] and not wanted:
        operation.ec2.disassociate_vpc_cidr_block(AssociationId=old["ipv6AssociationId"])
    if new.get("instanceTenancy") != old["instanceTenancy"]:
        operation.ec2.modify_vpc_tenancy(VpcId=id, InstanceTenancy=new["instanceTenancy"])
    tags.update(operation, id, old, new)


def _set_attributes(operation: Operation, id: str, new: Properties, old: Properties) -> None:
    # EC2 takes one attribute for each call.
    for key, name in ATTRIBUTES.items():
        if key in new and new[key] != old.get(key, False):
            operation.ec2.modify_vpc_attribute(VpcId=id, **{name: {"Value": new[key]}})


def delete(operation: Operation, id: str, _state_before: Properties) -> None:
    what = f"EC2 VPC ({id}) to be free of what uses it"
    operation.retry(what, lambda: operation.ec2.delete_vpc(VpcId=id), ("DependencyViolation",), 300)


def preview(inputs: Properties, _outputs: Properties, news: Properties) -> Properties:
    if bool(inputs.get("assignGeneratedIpv6CidrBlock")) == bool(news.get("assignGeneratedIpv6CidrBlock")):
        return {}
    return {"ipv6CidrBlock": UNKNOWN, "ipv6AssociationId": UNKNOWN}


def _only_default_to_dedicated(path: str, _old: Properties, new: Properties) -> bool:
    # ModifyVpcTenancy knows one value, `default`.
    return path == "instanceTenancy" and new.get("instanceTenancy") != "default"


VPC: Final = ResourceType(
    token="aws:ec2/vpc:Vpc",
    noun="EC2 VPC",
    properties={
        "cidrBlock": Property("replace", required=True),
        "assignGeneratedIpv6CidrBlock": PLAIN,
        "ipv6CidrBlockNetworkBorderGroup": Property(computed=True, imported=False),
        "enableDnsSupport": Property(default=True),
        "enableDnsHostnames": COMPUTED,
        "enableNetworkAddressUsageMetrics": COMPUTED,
        "instanceTenancy": Property(default="default", values=("default", "dedicated")),
        "tags": TAGS,
    },
    create=create,
    find=find,
    update=update,
    delete=delete,
    replaces=_only_default_to_dedicated,
    preview=preview,
    delete_seconds=300,
)
