"""Security groups. Their rules are resources of their own (`security_group_rules`)."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws import tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import COMPUTED_REPLACE, TAGS, Property, ResourceType
from lab.plugins.servicer import Properties

# terraform-provider-aws: the default delete timeout of aws_security_group.
DELETE_SECONDS: Final = 900
_USE_RULES: Final = "give each rule as a vpc.SecurityGroupIngressRule or vpc.SecurityGroupEgressRule"


def _create(operation: Operation, inputs: Properties) -> None:
    arguments = {"VpcId": inputs["vpcId"]} if inputs.get("vpcId") else {}
    answer = operation.ec2.create_security_group(
        GroupName=inputs["name"],
        Description=inputs["description"],
        **arguments,
        **tags.specification("security-group", inputs),
    )
    operation.id = answer["GroupId"]
    # EC2 opens every new group to the outside; the provider starts from nothing.
    group = _describe(operation, operation.id)
    if group and group["IpPermissionsEgress"]:
        operation.ec2.revoke_security_group_egress(
            GroupId=operation.id, IpPermissions=group["IpPermissionsEgress"]
        )


def _describe(operation: Operation, id: str) -> Any:
    answer = found(lambda: operation.ec2.describe_security_groups(GroupIds=[id]))
    return answer["SecurityGroups"][0] if answer and answer["SecurityGroups"] else None


def _find(operation: Operation, id: str, _state: Properties) -> Properties | None:
    group = _describe(operation, id)
    if group is None:
        return None
    return {
        "arn": operation.arn(f"security-group/{id}"),
        "ownerId": group.get("OwnerId", operation.account),
        "name": group["GroupName"],
        "namePrefix": "",
        "description": group["Description"],
        "vpcId": group.get("VpcId", ""),
        "ingress": _blocks(group.get("IpPermissions", []), id),
        "egress": _blocks(group.get("IpPermissionsEgress", []), id),
        **tags.read(group.get("Tags")),
    }


def _blocks(permissions: list[Any], group_id: str) -> list[dict[str, Any]]:
    """Rules as the nested blocks of the provider's outputs, one for each description, in a stable order."""
    blocks: dict[tuple[Any, ...], dict[str, Any]] = {}
    for permission in permissions:
        ports = (permission.get("FromPort", 0), permission.get("ToPort", 0))
        for key, value, description in _sources(permission):
            place = (permission["IpProtocol"], *ports, description)
            block = blocks.setdefault(place, _empty_block(*place))
            if value == group_id:
                block["self"] = True
            else:
                block[key].append(value)
    return [blocks[place] for place in sorted(blocks)]


def _sources(permission: Any) -> list[tuple[str, str, str]]:
    lists = (
        ("cidrBlocks", "IpRanges", "CidrIp"),
        ("ipv6CidrBlocks", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListIds", "PrefixListIds", "PrefixListId"),
        ("securityGroups", "UserIdGroupPairs", "GroupId"),
    )
    return [
        (key, one[field], one.get("Description", ""))
        for key, name, field in lists
        for one in permission.get(name, [])
    ]


def _empty_block(protocol: str, from_port: int, to_port: int, description: str) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "fromPort": from_port,
        "toPort": to_port,
        "description": description,
        "self": False,
        "cidrBlocks": [],
        "ipv6CidrBlocks": [],
        "prefixListIds": [],
        "securityGroups": [],
    }


def _delete(operation: Operation, id: str, state: Properties) -> None:
    if state.get("revokeRulesOnDelete"):
        _revoke_all(operation, id)
    what = f"Security Group ({id}) to be free of what uses it"
    call = lambda: operation.ec2.delete_security_group(GroupId=id)  # noqa: E731
    operation.retry(what, call, ("DependencyViolation", "InvalidGroup.InUse"), DELETE_SECONDS)


def _revoke_all(operation: Operation, id: str) -> None:
    group = _describe(operation, id)
    if group and group.get("IpPermissions"):
        operation.ec2.revoke_security_group_ingress(GroupId=id, IpPermissions=group["IpPermissions"])
    if group and group.get("IpPermissionsEgress"):
        operation.ec2.revoke_security_group_egress(GroupId=id, IpPermissions=group["IpPermissionsEgress"])


SECURITY_GROUP: Final = ResourceType(
    token="aws:ec2/securityGroup:SecurityGroup",
    noun="Security Group",
    properties={
        "name": COMPUTED_REPLACE,
        "description": Property("replace", default="Managed by Pulumi"),
        "vpcId": COMPUTED_REPLACE,
        "revokeRulesOnDelete": Property(told=False, imported=False),
        "tags": TAGS,
    },
    create=_create,
    find=_find,
    update=tags.update,
    delete=_delete,
    name_property="name",
    advice={
        "ingress": _USE_RULES,
        "egress": _USE_RULES,
        "namePrefix": "leave name out: one is made of the resource's name",
    },
)
