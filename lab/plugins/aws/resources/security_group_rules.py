"""Security group rules, one resource each: what may come in, what may go out."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from lab.plugins.aws import canonical, tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import PLAIN, REQUIRED_REPLACE, TAGS, Failures, Property, ResourceType
from lab.plugins.servicer import UNKNOWN, Properties

SOURCES: Final = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
# Protocols for which ports may be left out.
PORTLESS: Final = ("-1", "icmpv6")


def _permission(inputs: Properties) -> dict[str, Any]:
    """The rule in the form of AuthorizeSecurityGroup calls."""
    protocol = canonical.protocol(inputs["ipProtocol"])
    permission: dict[str, Any] = {"IpProtocol": protocol}
    if protocol != "-1":
        permission |= _ports(inputs, protocol)
    note = {"Description": inputs["description"]} if inputs.get("description") else {}
    if inputs.get("cidrIpv4"):
        permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"]} | note]
    elif inputs.get("cidrIpv6"):
        permission["Ipv6Ranges"] = [{"CidrIpv6": inputs["cidrIpv6"]} | note]
    elif inputs.get("prefixListId"):
        permission["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"]} | note]
    else:
        permission["UserIdGroupPairs"] = [{"GroupId": _group(inputs)} | note]
    return permission


def _ports(inputs: Properties, protocol: str) -> dict[str, int]:
    missing = -1 if protocol in PORTLESS else 0
    return {"FromPort": inputs.get("fromPort", missing), "ToPort": inputs.get("toPort", missing)}


def _group(inputs: Properties) -> str:
    # `account/sg-...` names a group of another account.
    return str(inputs["referencedSecurityGroupId"]).rpartition("/")[2]


def _create(egress: bool, operation: Operation, inputs: Properties) -> None:
    ec2 = operation.ec2
    authorize = ec2.authorize_security_group_egress if egress else ec2.authorize_security_group_ingress
    answer = authorize(
        GroupId=inputs["securityGroupId"],
        IpPermissions=[_permission(inputs)],
        **tags.specification("security-group-rule", inputs),
    )
    operation.id = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]


def _find(egress: bool, operation: Operation, id: str, _state: Properties) -> Properties | None:
    answer = found(lambda: operation.ec2.describe_security_group_rules(SecurityGroupRuleIds=[id]))
    every: list[Any] = answer["SecurityGroupRules"] if answer else []
    rules = [one for one in every if one["IsEgress"] == egress]
    if not rules:
        return None
    rule = rules[0]
    protocol = canonical.protocol(rule["IpProtocol"])
    return {
        "arn": operation.arn(f"security-group-rule/{id}"),
        "securityGroupRuleId": id,
        "securityGroupId": rule["GroupId"],
        "ipProtocol": protocol,
        # EC2 answers -1 for "all"; the provider then leaves the ports out.
        "fromPort": None if protocol == "-1" else rule.get("FromPort"),
        "toPort": None if protocol == "-1" else rule.get("ToPort"),
        "cidrIpv4": rule.get("CidrIpv4"),
        "cidrIpv6": rule.get("CidrIpv6"),
        "prefixListId": rule.get("PrefixListId"),
        "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
        "description": rule.get("Description") or None,
        **tags.read(rule.get("Tags")),
    }


def _update(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    if any(
        old.get(key) != new.get(key) for key in ("ipProtocol", "fromPort", "toPort", "description", *SOURCES)
    ):
        operation.ec2.modify_security_group_rules(
            GroupId=new["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": id, "SecurityGroupRule": _rule(new)}],
        )
    tags.update(operation, id, old, new)


def _rule(inputs: Properties) -> dict[str, Any]:
    """The rule in the form of ModifySecurityGroupRules."""
    protocol = canonical.protocol(inputs["ipProtocol"])
    rule: dict[str, Any] = {"IpProtocol": protocol, **_ports(inputs, protocol)}
    if protocol == "-1":
        rule |= {"FromPort": -1, "ToPort": -1}
    for key, name in (("cidrIpv4", "CidrIpv4"), ("cidrIpv6", "CidrIpv6"), ("prefixListId", "PrefixListId")):
        if inputs.get(key):
            rule[name] = inputs[key]
    if inputs.get("referencedSecurityGroupId"):
        rule["ReferencedGroupId"] = _group(inputs)
    return rule | {"Description": inputs.get("description", "")}


def _delete(egress: bool, operation: Operation, id: str, state: Properties) -> None:
    ec2 = operation.ec2
    revoke = ec2.revoke_security_group_egress if egress else ec2.revoke_security_group_ingress
    found(lambda: revoke(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[id]))


def _check(inputs: Properties) -> Failures:
    if inputs["ipProtocol"] is UNKNOWN:
        return []
    protocol = canonical.protocol(inputs["ipProtocol"])
    given = [key for key in ("fromPort", "toPort") if inputs.get(key) is not None]
    if protocol == "-1":
        return [(key, f"{key} must be left out when ipProtocol is -1: all ports") for key in given]
    if protocol in PORTLESS or len(given) == 2:
        return []
    lacking = [key for key in ("fromPort", "toPort") if key not in given]
    return [(key, f"missing; only ipProtocol -1 and icmpv6 need no ports, got {protocol}") for key in lacking]


def _another_kind_of_source(path: str, old: Properties, new: Properties) -> bool:
    return path in SOURCES and (old.get(path) is None) != (new.get(path) is None)


def _rule_type(direction: str) -> ResourceType:
    egress = direction == "Egress"
    return ResourceType(
        token=f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
        noun=f"VPC Security Group {direction} Rule",
        properties={
            "securityGroupId": REQUIRED_REPLACE,
            "ipProtocol": Property(required=True, canonical=canonical.protocol),
            "fromPort": PLAIN,
            "toPort": PLAIN,
            "cidrIpv4": Property(canonical=canonical.network),
            "cidrIpv6": Property(canonical=canonical.network),
            "prefixListId": PLAIN,
            "referencedSecurityGroupId": PLAIN,
            "description": PLAIN,
            "tags": TAGS,
        },
        create=partial(_create, egress),
        find=partial(_find, egress),
        update=_update,
        delete=partial(_delete, egress),
        check=_check,
        replaces=_another_kind_of_source,
        exactly_one=(SOURCES,),
    )


INGRESS_RULE: Final = _rule_type("Ingress")
EGRESS_RULE: Final = _rule_type("Egress")
