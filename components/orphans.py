"""Find what a killed engine created and never recorded: `python -m components.orphans --stack NAME`.

Every resource of the program carries the tags of `tags.py`. What AWS has with this stack's tag and the
stack's state has not, is an orphan: printed with the line that imports it and the line that deletes it.
Exit code 0: none; 1: some were found; 2: the state or AWS could not be read.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .orphan_lookup import LookupFailedError, Tagged, export_of, project_name, region_of, tagged_resources

TOKENS: Final = {
    "instance": "aws:ec2/instance:Instance",
    "key-pair": "aws:ec2/keyPair:KeyPair",
    "elastic-ip": "aws:ec2/eip:Eip",
    "natgateway": "aws:ec2/natGateway:NatGateway",
    "network-interface": "aws:ec2/networkInterface:NetworkInterface",
    "security-group-rule": "aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
    "security-group": "aws:ec2/securityGroup:SecurityGroup",
    "launch-template": "aws:ec2/launchTemplate:LaunchTemplate",
    "volume": "aws:ebs/volume:Volume",
    "route-table": "aws:ec2/routeTable:RouteTable",
    "subnet": "aws:ec2/subnet:Subnet",
    "egress-only-internet-gateway": "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    "internet-gateway": "aws:ec2/internetGateway:InternetGateway",
    "vpc": "aws:ec2/vpc:Vpc",
}
"""EC2's name of a kind of resource to Pulumi's type token, in an order in which they can be deleted."""

DELETE_COMMANDS: Final = {
    "instance": "aws ec2 terminate-instances --instance-ids {id}",
    "key-pair": "aws ec2 delete-key-pair --key-pair-id {id}",
    "elastic-ip": "aws ec2 release-address --allocation-id {id}",
    "natgateway": "aws ec2 delete-nat-gateway --nat-gateway-id {id}",
    "security-group-rule": "aws ec2 revoke-security-group-{verb} --group-id {owner}"
    " --security-group-rule-ids {id}",
}
"""Where it is not `aws ec2 delete-KIND --KIND-id ID`."""

IDENTIFYING_OUTPUTS: Final = ("keyPairId", "allocationId", "securityGroupRuleId")
"""Under which the state has the EC2 id of a resource whose Pulumi id is another."""


@dataclass(frozen=True)
class Recorded:
    """What the stack's state knows."""

    ids: frozenset[str]
    """Every id, of resources and of operations that were under way."""
    names: Mapping[tuple[str, str], str]
    """(type token, Pulumi name) to id."""
    components: Mapping[str, str]
    """Name to URN of everything that can be a parent."""
    creating: Mapping[tuple[str, str], str]
    """(type token, Pulumi name) to the parent's URN, empty for none, of what was being created."""


@dataclass(frozen=True)
class Orphan:
    """A resource that AWS has and the state has not."""

    resource: Tagged
    token: str | None
    """Pulumi's type token; None for a kind that the program does not make."""
    parent: tuple[str, str] | None
    """Name and URN of the parent it is to be imported under."""
    recorded_id: str | None
    """The id under which the state has another resource of this type and name."""


def recorded_in(export: Mapping[str, Any]) -> Recorded:
    """What the answer of `pulumi stack export` says."""
    deployment: Mapping[str, Any] = export.get("deployment") or {}
    resources: list[Mapping[str, Any]] = deployment.get("resources") or []
    operations: list[Mapping[str, Any]] = deployment.get("pending_operations") or []
    under_way = [operation["resource"] for operation in operations]
    creating = [operation["resource"] for operation in operations if operation.get("type") == "creating"]
    return Recorded(
        ids=frozenset(found for resource in (*resources, *under_way) for found in _ids(resource)),
        names={(r["type"], _name(r)): r["id"] for r in resources if r.get("id")},
        components={_name(r): r["urn"] for r in resources if not r.get("custom")},
        creating={(r["type"], _name(r)): r.get("parent", "") for r in creating},
    )


def _ids(resource: Mapping[str, Any]) -> Iterable[str]:
    outputs: Mapping[str, Any] = resource.get("outputs") or {}
    found = [resource.get("id"), *(outputs.get(name) for name in IDENTIFYING_OUTPUTS)]
    return [value for value in found if isinstance(value, str) and value]


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rsplit("::", 1)[-1]


def orphans(tagged: Iterable[Tagged], recorded: Recorded) -> list[Orphan]:
    """What is tagged and not recorded, in an order in which it can be deleted."""
    kinds = list(TOKENS)
    lost = [resource for resource in tagged if resource.id not in recorded.ids]
    lost.sort(key=lambda r: (kinds.index(r.kind) if r.kind in kinds else len(kinds), r.name, r.id))
    return [_orphan(resource, recorded) for resource in lost]


def _orphan(resource: Tagged, recorded: Recorded) -> Orphan:
    token = TOKENS.get(resource.kind)
    if token:
        token = token.format(direction="Egress" if resource.egress else "Ingress")
    key = (token or "", resource.name)
    return Orphan(resource, token, _parent(resource.name, key, recorded), recorded.names.get(key))


def _parent(name: str, key: tuple[str, str], recorded: Recorded) -> tuple[str, str] | None:
    """The parent that the interrupted create named, else the component whose name begins the resource's."""
    if key in recorded.creating:
        urn = recorded.creating[key]
        return (urn.rsplit("::", 1)[-1], urn) if "::pulumi:pulumi:Stack::" not in urn and urn else None
    owners = [owner for owner in recorded.components if name.startswith(f"{owner}-")]
    return (longest := max(owners, key=len), recorded.components[longest]) if owners else None


def report(orphan: Orphan, stack: str) -> list[str]:
    """The lines about one orphan: what it is, how to import it, how to delete it."""
    resource = orphan.resource
    since = f", since {resource.since}" if resource.since else ""
    lines = [f"{resource.kind} {resource.id} ({resource.name or 'without a name'}){since}"]
    if orphan.recorded_id:
        lines.append(
            f"  the stack has {orphan.recorded_id} under this name: delete this one, "
            "and run `pulumi refresh` if that one is gone"
        )
    elif orphan.token and resource.name:
        lines.append(f"  import: {import_line(orphan, stack)}")
    return [*lines, *(f"  delete: {line}" for line in delete_lines(resource))]


def import_line(orphan: Orphan, stack: str) -> str:
    """The command that takes the orphan into the stack as the program knows it."""
    parent = f" --parent '{orphan.parent[0]}={orphan.parent[1]}'" if orphan.parent else ""
    return (
        f"pulumi import {orphan.token} {orphan.resource.name} {orphan.resource.import_id}"
        f"{parent} --stack {stack} --protect=false --generate-code=false"
    )


def delete_lines(resource: Tagged) -> list[str]:
    """The commands that delete the resource."""
    words = {
        "id": resource.id,
        "owner": resource.owner or "GROUP-ID",
        "verb": "egress" if resource.egress else "ingress",
    }
    pattern = DELETE_COMMANDS.get(
        resource.kind, f"aws ec2 delete-{resource.kind} --{resource.kind}-id {{id}}"
    )
    lines = [pattern.format(**words)]
    if resource.kind == "internet-gateway" and resource.owner:
        ids = f"--internet-gateway-id {resource.id} --vpc-id {resource.owner}"
        lines.insert(0, f"aws ec2 detach-internet-gateway {ids}")
    return lines


def main(arguments: list[str]) -> int:
    """Print the orphans of a stack; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.orphans",
        description="Print what AWS has of a stack and its state has not. Exit code 0: none, 1: some.",
    )
    parser.add_argument("--stack", required=True, help="the stack's name, as for pulumi")
    parser.add_argument("--cwd", default=".", help="the project's folder; default: this one")
    options = parser.parse_args(arguments)
    try:
        export = export_of(options.stack, options.cwd)
        name = f"{project_name(options.cwd)}/{options.stack.rsplit('/', 1)[-1]}"
        tagged = tagged_resources(name, region_of(options.stack, options.cwd))
    except LookupFailedError as error:
        print(f"orphans: {error}", file=sys.stderr)
        return 2
    found = orphans(tagged, recorded_in(export))
    for orphan in found:
        print("\n".join(report(orphan, options.stack)))
    print(f"{len(found)} of {len(tagged)} resources tagged {name} are not in its state")
    if recorded_in(export).creating:
        forget = f"pulumi refresh --clear-pending-creates --stack {options.stack}"
        print(f"then let the stack forget the interrupted creates: {forget}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
