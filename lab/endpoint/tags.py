"""The operations on tags. What is deleted has none, which moto forgets."""

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.responses import EC2Response
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

from .backend import StrictBackend


class TagOperations(EC2Response):
    """CreateTags is moto's."""

    def describe_tags(self) -> ActionResult:
        """DescribeTags, of what exists."""
        backend: StrictBackend = self.ec2_backend
        alive = living_ids(backend)
        filters = self._filters_from_querystring()
        rows = [
            {"ResourceId": owner, "ResourceType": resource_type(owner), "Key": key, "Value": value}
            for owner, tags in backend.tags.items()
            if owner in alive
            for key, value in tags.items()
        ]
        return ActionResult({"Tags": [row for row in rows if _matches(row, filters)]})

    def delete_tags(self) -> ActionResult:
        """DeleteTags: without any named, all."""
        if self._get_param("Tags"):
            return super().delete_tags()
        for resource_id in self._get_param("Resources", []):
            self.ec2_backend.tags.pop(resource_id, None)
        return EmptyResult()


def resource_type(resource_id: str) -> str:
    """EC2's name of the type of resource that has ids like this."""
    prefix = resource_id.rsplit("-", 1)[0]
    return {"sgr": "security-group-rule", "eigw": "egress-only-internet-gateway"}.get(
        prefix, EC2_PREFIX_TO_RESOURCE.get(prefix, prefix)
    )


def living_ids(backend: StrictBackend) -> set[str]:
    """The ids of everything that exists and can have tags; of instances also the terminated ones."""
    groups = [group for in_vpc in backend.groups.values() for group in in_vpc.values()]
    rules = [rule for group in groups for rule in (*group.ingress_rules, *group.egress_rules)]
    instances = [i for reservation in backend.reservations.values() for i in reservation.instances]
    subnets = [subnet for in_zone in backend.subnets.values() for subnet in in_zone.values()]
    by_id: list[Collection[str]] = [
        backend.vpcs,
        backend.enis,
        backend.internet_gateways,
        backend.egress_only_internet_gateways,
        backend.route_tables,
        backend.volumes,
        backend.amis,
        backend.snapshots,
        backend.launch_templates,
        backend.network_acls,
        backend.vpc_end_points,
        [gateway.id for gateway in backend.nat_gateways.values() if gateway.state != "deleted"],
        [pair.id for pair in backend.key_pairs.values()],
        [str(mapping.allocation_id) for mapping in backend.addresses],
        [item.id for item in (*groups, *rules, *instances, *subnets)],
    ]
    return {resource_id for ids in by_id for resource_id in ids}


def _matches(row: dict[str, str], filters: Any) -> bool:
    return all(_matches_one(row, name, values) for name, values in filters.items())


def _matches_one(row: dict[str, str], name: str, values: list[str]) -> bool:
    fields = {"resource-id": "ResourceId", "resource-type": "ResourceType", "key": "Key", "value": "Value"}
    if name.startswith("tag:"):
        return row["Key"] == name.removeprefix("tag:") and _any_match(row["Value"], values)
    return name in fields and _any_match(row[fields[name]], values)


def _any_match(text: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
