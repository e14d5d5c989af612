"""The component package as other languages see it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "components"
PRINT_SCHEMA = """
import runpy, sys
from pulumi.provider.experimental.component import ComponentProvider
load_components = runpy.run_path(sys.argv[1])["load_components"]
print(ComponentProvider(load_components(), "dualstack", None, "0.0.0").schema)
"""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    # In a process of its own: the provider's side of the SDK and gRPC's status package cannot share one.
    command = [sys.executable, "-c", PRINT_SCHEMA, str(FOLDER / "__main__.py")]
    answer = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def resource(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return schema["resources"][f"dualstack:index:{name}"]


def test_it_offers_these_components(schema: dict[str, Any]) -> None:
    assert sorted(schema["resources"]) == [
        "dualstack:index:ComposeApp",
        "dualstack:index:ContainerNetworkInterface",
        "dualstack:index:ContainerSecurityGroup",
        "dualstack:index:DockerContainer",
        "dualstack:index:DockerHost",
        "dualstack:index:DualStackVpc",
        "dualstack:index:Ipv6Subnet",
        "dualstack:index:Nat64Gateway",
        "dualstack:index:ReachabilityCheck",
        "dualstack:index:UniqueLocalPrefix",
    ]
    assert sorted(schema["types"]) == [
        "dualstack:index:Bastion",
        "dualstack:index:CheckedHost",
        "dualstack:index:DeclaredApp",
        "dualstack:index:DeclaredContainer",
        "dualstack:index:DeclaredNetwork",
        "dualstack:index:DeclaredPackages",
        "dualstack:index:ExistingHost",
        "dualstack:index:NeighbourHost",
        "dualstack:index:Ssh",
    ]


def test_every_property_is_described(schema: dict[str, Any]) -> None:
    undescribed = [
        f"{name}.{key}"
        for name, entry in {**schema["resources"], **schema["types"]}.items()
        for group in ("inputProperties", "properties")
        for key, value in entry.get(group, {}).items()
        if not value.get("description")
    ]
    assert undescribed == []
    assert all(entry.get("description") for entry in schema["resources"].values())


def test_no_property_is_a_union(schema: dict[str, Any]) -> None:
    def unions(value: Any) -> bool:
        if isinstance(value, dict):
            return "oneOf" in value or any(unions(item) for item in value.values())
        return isinstance(value, list) and any(unions(item) for item in value)

    assert not unions(schema)


@pytest.mark.parametrize(
    ("component", "required", "optional"),
    [
        ("DualStackVpc", [], ["egressOnly", "ipv4CidrBlock", "protect", "tags"]),
        (
            "Ipv6Subnet",
            ["vpcId", "vpcIpv4CidrBlock", "vpcIpv6CidrBlock"],
            [
                *("availabilityZone", "egressOnlyGatewayId", "index", "internetGatewayId", "ipv6Only"),
                *("nat64GatewayId", "routeTableId", "tags"),
            ],
        ),
        ("Nat64Gateway", ["subnetId"], ["tags"]),
        (
            "ContainerSecurityGroup",
            ["sshFrom", "vpcId"],
            ["openPorts", "publishedPorts", "sshFromBastion", "sshPort", "tags"],
        ),
        (
            "ContainerNetworkInterface",
            ["securityGroupIds", "slot", "subnetId", "subnetIpv6CidrBlock"],
            ["addresses", "blockPrefix", "protect", "subnetName", "tags", "uniqueLocalPrefix"],
        ),
        (
            "DockerHost",
            ["prefix", "ssh"],
            [
                *(
                    "address",
                    "addresses",
                    "ami",
                    "apps",
                    "containers",
                    "containersReachMetadata",
                    "existing",
                    "gateway",
                    "hostKeySeed",
                    "hostKeys",
                    "instanceType",
                    "internetTargets",
                    "ipv6Only",
                    "keyName",
                    "network",
                    "networkInterfaceId",
                    "networks",
                    "open",
                ),
                *("packages", "python", "rebootWhenNeeded", "repair", "revertAfter", "tags", "ubuntuRelease"),
            ],
        ),
        (
            "DockerContainer",
            ["container", "engine", "hostKey", "instanceId", "prefix", "ssh", "sshAddress"],
            ["network", "networks", "repair"],
        ),
        (
            "ComposeApp",
            ["app", "engine", "hostKey", "instanceId", "prefix", "ssh", "sshAddress"],
            ["network", "open", "repair"],
        ),
        ("ReachabilityCheck", ["hosts", "ssh"], ["internetTargets", "python"]),
        ("UniqueLocalPrefix", [], ["protect", "python"]),
    ],
)
def test_inputs_are_a_public_contract(
    schema: dict[str, Any], component: str, required: list[str], optional: list[str]
) -> None:
    entry = resource(schema, component)
    assert sorted(entry.get("requiredInputs", [])) == required
    assert sorted(set(entry["inputProperties"]) - set(required)) == optional
