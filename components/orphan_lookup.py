"""What `orphans.py` asks of Pulumi and of EC2."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from .pulumi_cli import PulumiFailedError, pulumi_json
from .tags import RESOURCE_TAG, STACK_TAG

GONE: Final = ("shutting-down", "terminated", "deleting", "deleted")
"""States in which EC2 still describes what is no longer there."""


class LookupFailedError(Exception):
    """The state or EC2 could not be read; the message says which and why."""


@dataclass(frozen=True)
class Tagged:
    """A resource that EC2 has with the stack's tag."""

    id: str
    kind: str
    """EC2's name of the type, as DescribeTags has it."""
    name: str
    """The resource's name in the Pulumi program, from its tag; empty without one."""
    import_id: str
    """What `pulumi import` takes for its id."""
    since: str | None = None
    """When it was made, where EC2 says so: ISO 8601, UTC."""
    owner: str | None = None
    """The VPC a gateway is attached to, the group a rule belongs to."""
    egress: bool = False
    """Whether a rule is one for what goes out."""


def export_of(stack: str, folder: str) -> Mapping[str, Any]:
    """The answer of `pulumi stack export`. Raises LookupFailedError."""
    return _pulumi_json(["stack", "export", "--stack", stack], folder)


def region_of(stack: str, folder: str) -> str | None:
    """The stack's `aws:region`; None leaves it to the environment. Raises LookupFailedError."""
    config = _pulumi_json(["config", "--json", "--stack", stack], folder)
    setting: Any = config.get("aws:region", {})
    return setting.get("value")


def project_name(folder: str) -> str:
    """The project's name, from its Pulumi.yaml. Raises LookupFailedError."""
    file = Path(folder) / "Pulumi.yaml"
    try:
        return str(yaml.safe_load(file.read_text())["name"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise LookupFailedError(
            f"{file} names no project: {error}; give the project's folder with --cwd"
        ) from None


def _pulumi_json(arguments: list[str], folder: str) -> Mapping[str, Any]:
    try:
        return pulumi_json(arguments, folder)
    except PulumiFailedError as error:
        raise LookupFailedError(str(error)) from None


def tagged_resources(stack: str, region: str | None) -> list[Tagged]:
    """What EC2 has with this stack's tag, `project/stack`, in this region. Raises LookupFailedError."""
    try:
        sdk: Any = boto3
        ec2 = sdk.client("ec2", region_name=region)
        tags = list(_pages(ec2, "describe_tags", "Tags", _filter(f"tag:{STACK_TAG}", [stack])))
        ids = [tag["ResourceId"] for tag in tags]
        names = _names(ec2, ids)
        resources = [
            Tagged(
                tag["ResourceId"], tag["ResourceType"], names.get(tag["ResourceId"], ""), tag["ResourceId"]
            )
            for tag in tags
        ]
        return [found for resource in resources if (found := _looked_up(ec2, resource))]
    except (BotoCoreError, ClientError) as error:
        raise LookupFailedError(f"EC2 could not be asked: {error}") from None


def _names(ec2: Any, ids: list[str]) -> dict[str, str]:
    """Resource id to the name in the program. EC2 takes 200 values in a filter."""
    chunks = [ids[start : start + 200] for start in range(0, len(ids), 200)]
    return {
        tag["ResourceId"]: tag["Value"]
        for chunk in chunks
        for tag in _pages(
            ec2, "describe_tags", "Tags", _filter("key", [RESOURCE_TAG]), _filter("resource-id", chunk)
        )
    }


def _looked_up(ec2: Any, resource: Tagged) -> Tagged | None:
    """The resource with what only its own Describe says; None if it is gone."""
    look = {
        "instance": _instance,
        "key-pair": _key_pair,
        "internet-gateway": _internet_gateway,
        "security-group-rule": _rule,
        "natgateway": _nat_gateway,
    }.get(resource.kind)
    if look is None:
        return resource
    try:
        return look(ec2, resource)
    except ClientError as error:
        if "NotFound" in str(error):
            return None
        raise


def _instance(ec2: Any, resource: Tagged) -> Tagged | None:
    reservations = ec2.describe_instances(InstanceIds=[resource.id])["Reservations"]
    for instance in (instance for reservation in reservations for instance in reservation["Instances"]):
        if instance["State"]["Name"] not in GONE:
            return replace(resource, since=_time(instance["LaunchTime"]))
    return None


def _key_pair(ec2: Any, resource: Tagged) -> Tagged:
    [pair] = ec2.describe_key_pairs(KeyPairIds=[resource.id])["KeyPairs"]
    return replace(resource, import_id=pair["KeyName"], since=_time(pair.get("CreateTime")))


def _internet_gateway(ec2: Any, resource: Tagged) -> Tagged:
    [gateway] = ec2.describe_internet_gateways(InternetGatewayIds=[resource.id])["InternetGateways"]
    vpcs = [str(attachment["VpcId"]) for attachment in gateway.get("Attachments", [])]
    return replace(resource, owner=vpcs[0] if vpcs else None)


def _rule(ec2: Any, resource: Tagged) -> Tagged:
    [rule] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[resource.id])["SecurityGroupRules"]
    return replace(resource, owner=rule["GroupId"], egress=rule["IsEgress"])


def _nat_gateway(ec2: Any, resource: Tagged) -> Tagged | None:
    [gateway] = ec2.describe_nat_gateways(NatGatewayIds=[resource.id])["NatGateways"]
    return None if gateway["State"] in GONE else replace(resource, since=_time(gateway.get("CreateTime")))


def _time(moment: Any) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _filter(name: str, values: list[str]) -> dict[str, Any]:
    return {"Name": name, "Values": values}


def _pages(ec2: Any, operation: str, key: str, *filters: Mapping[str, Any]) -> Iterable[Any]:
    for page in ec2.get_paginator(operation).paginate(Filters=list(filters)):
        yield from page[key]
