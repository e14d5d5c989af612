"""Functions that find one living resource and read it by the resource's own table."""

from __future__ import annotations

from typing import Any, Final

from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.resources import RESOURCE_TYPES
from lab.plugins.aws.session import Session
from lab.plugins.aws.table import ResourceType, schema
from lab.plugins.servicer import Properties, ProviderError


def filters_of(given: Properties) -> list[dict[str, Any]]:
    """The arguments `filters` and `tags` in EC2's form."""
    blocks: list[Any] = given.get("filters") or []
    wanted_tags: dict[str, str] = given.get("tags") or {}
    filters = [{"Name": one["name"], "Values": list(one["values"])} for one in blocks]
    return filters + [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted_tags.items()]


class LookUp:
    """Finds one living resource by its properties, and reads it by the resource's own table."""

    def __init__(self, token: str, describe: str, key: str, id_key: str, filters: dict[str, str]) -> None:
        self.kind: ResourceType = RESOURCE_TYPES[token]
        self.describe, self.key, self.id_key, self.filters = describe, key, id_key, filters

    def __call__(self, session: Session, given: Properties) -> Properties:
        ec2 = session.client("ec2", given["region"])
        filters = filters_of(given)
        for key, name in self.filters.items():
            if given.get(key) is not None:
                value = str(given[key]).lower() if isinstance(given[key], bool) else given[key]
                filters.append({"Name": name, "Values": [value]})
        answer = found(lambda: getattr(ec2, self.describe)(Filters=filters))
        matching: list[Any] = answer[self.key] if answer else []
        if len(matching) != 1:
            asked = ", ".join(f"{one['Name']}={'|'.join(one['Values'])}" for one in filters) or "no filter"
            raise ProviderError(f"{'more than one' if matching else 'no'} {self.kind.noun} matched ({asked})")
        found_id = matching[0][self.id_key]
        return {"id": found_id} | self._read(session, given["region"], found_id, matching[0])

    def _read(self, session: Session, region: str, id: str, described: Any) -> Properties:
        operation = Operation.for_reading(
            session.client("ec2", region), region, session.account, session.partition
        )
        known = self.kind.find(operation, id, {}) or {}
        names = schema()["functions"][_FUNCTION_OF[self.kind.token]]["outputs"]["properties"]
        extra = {"vpcId": described.get("VpcId"), "availabilityZone": described.get("AvailabilityZone")}
        extra |= {"state": described.get("State"), "default": described.get("IsDefault", False)}
        return {key: value for key, value in (extra | known).items() if key in names and value is not None}


_FUNCTION_OF: Final = {
    "aws:ec2/vpc:Vpc": "aws:ec2/getVpc:getVpc",
    "aws:ec2/subnet:Subnet": "aws:ec2/getSubnet:getSubnet",
    "aws:ec2/securityGroup:SecurityGroup": "aws:ec2/getSecurityGroup:getSecurityGroup",
    "aws:ec2/networkInterface:NetworkInterface": "aws:ec2/getNetworkInterface:getNetworkInterface",
}
LOOK_UPS: Final[dict[str, LookUp]] = {
    "aws:ec2/getVpc:getVpc": LookUp(
        "aws:ec2/vpc:Vpc",
        "describe_vpcs",
        "Vpcs",
        "VpcId",
        {
            "id": "vpc-id",
            "cidrBlock": "cidr",
            "default": "is-default",
            "dhcpOptionsId": "dhcp-options-id",
            "state": "state",
        },
    ),
    "aws:ec2/getSubnet:getSubnet": LookUp(
        "aws:ec2/subnet:Subnet",
        "describe_subnets",
        "Subnets",
        "SubnetId",
        {
            "id": "subnet-id",
            "vpcId": "vpc-id",
            "cidrBlock": "cidr-block",
            "ipv6CidrBlock": "ipv6-cidr-block-association.ipv6-cidr-block",
            "availabilityZone": "availability-zone",
            "availabilityZoneId": "availability-zone-id",
            "defaultForAz": "default-for-az",
            "state": "state",
        },
    ),
    "aws:ec2/getSecurityGroup:getSecurityGroup": LookUp(
        "aws:ec2/securityGroup:SecurityGroup",
        "describe_security_groups",
        "SecurityGroups",
        "GroupId",
        {"id": "group-id", "name": "group-name", "vpcId": "vpc-id"},
    ),
    "aws:ec2/getNetworkInterface:getNetworkInterface": LookUp(
        "aws:ec2/networkInterface:NetworkInterface",
        "describe_network_interfaces",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        {"id": "network-interface-id"},
    ),
}
