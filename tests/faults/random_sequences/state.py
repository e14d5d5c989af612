"""What is wrong with a stack's state, whatever has happened to the update that wrote it."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any


def faults_in(export: Mapping[str, Any], *, killed: bool) -> list[str]:
    """What is wrong with what `pulumi stack export` prints. `killed`: an update was, since the last recovery.

    Pulumi's own checks are in its `snapshot.go`: unique URNs, parents and dependencies that come before.
    """
    deployment = export["deployment"]
    resources: list[dict[str, Any]] = deployment.get("resources", [])
    found = (
        []
        if killed
        else [
            f"{one['type']} of {one['resource']['urn']} is pending, and nothing was killed"
            for one in deployment.get("pending_operations", [])
        ]
    )
    living = Counter(one["urn"] for one in resources if not one.get("delete"))
    found += [f"{urn} is there {count} times" for urn, count in living.items() if count > 1]
    found += [f"{one['urn']} has no id" for one in resources if one.get("custom") and not one.get("id")]
    seen: set[str] = set()
    for resource in resources:
        found += [
            f"{resource['urn']}: its {what} {urn} is missing"
            for what, urn in _needs(resource)
            if urn not in seen
        ]
        seen.add(resource["urn"])
    return found


def secrets_in(export: Mapping[str, Any]) -> list[str]:
    """What must not be readable in what `pulumi stack export` prints without `--show-secrets`."""
    return ["a private key is readable"] if "PRIVATE KEY-----" in json.dumps(export) else []


def _needs(resource: Mapping[str, Any]) -> list[tuple[str, str]]:
    needs = [("dependency", urn) for urn in resource.get("dependencies", [])]
    needs += [
        ("dependency", urn)
        for urns in (resource.get("propertyDependencies") or {}).values()
        for urn in urns or []
    ]
    if resource.get("deletedWith"):
        needs.append(("deletedWith", resource["deletedWith"]))
    if resource.get("parent"):
        needs.append(("parent", resource["parent"]))
    if resource.get("provider"):
        needs.append(("provider", resource["provider"].rpartition("::")[0]))
    return needs
