"""Tags: as a map in the program, as a list of pairs at EC2."""

from __future__ import annotations

from typing import Any

from lab.plugins.aws.operation import Operation
from lab.plugins.servicer import Properties


def pairs(tags: dict[str, str] | None) -> list[dict[str, str]]:
    """A map of tags in EC2's form."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def specification(kind: str, inputs: Properties) -> dict[str, Any]:
    """The `TagSpecifications` argument of a create call; empty without tags."""
    tags = pairs(inputs.get("tags"))
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def read(described: list[dict[str, str]] | None) -> Properties:
    """`tags` and `tagsAll` from what EC2 describes; AWS's own tags (`aws:`) are not the program's."""
    tags = {one["Key"]: one["Value"] for one in described or [] if not one["Key"].startswith("aws:")}
    return {"tags": tags, "tagsAll": tags}


def update(operation: Operation, id: str, old: Properties, new: Properties) -> None:
    """Takes away the tags no longer wanted, then sets the changed ones."""
    before: dict[str, str] = old.get("tags") or {}
    after: dict[str, str] = new.get("tags") or {}
    gone = {key: value for key, value in before.items() if key not in after}
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    if gone:
        operation.ec2.delete_tags(Resources=[id], Tags=[{"Key": key} for key in gone])
    if changed:
        operation.ec2.create_tags(Resources=[id], Tags=pairs(changed))
