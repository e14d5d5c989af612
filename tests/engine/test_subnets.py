"""Several subnets and availability zones on the real engine; the steps on the hosts are left out."""

from pathlib import Path

import pytest

from tests.engine.lab_program import LabProgram, client

PROJECT = "urn:pulumi:lab::dualstack::dualstack:index:ContainerNetworkInterface"
INTERFACE = (f"{PROJECT}::host-2", f"{PROJECT}$aws:ec2/networkInterface:NetworkInterface::host-2-interface")
SUBNETS = [
    {"name": "b", "index": 1, "availabilityZone": "eu-central-1b"},
    {"name": "c", "index": 2, "availabilityZone": "eu-central-1c"},
]


@pytest.fixture
def program(tmp_path: Path, pulumi_environment: dict[str, str], endpoint: str) -> LabProgram:
    return LabProgram(tmp_path / "program", pulumi_environment, endpoint)


def test_subnets_come_in_their_zones_and_a_living_host_keeps_its_own(
    program: LabProgram, endpoint: str
) -> None:
    hosts = program.hosts()
    program.change(hosts=[]).up()
    program.change(subnets=SUBNETS)
    assert program.planned() == [
        "create aws:ec2/routeTableAssociation:RouteTableAssociation dualstack-b-routes",
        "create aws:ec2/routeTableAssociation:RouteTableAssociation dualstack-c-routes",
        "create aws:ec2/subnet:Subnet dualstack-b-subnet",
        "create aws:ec2/subnet:Subnet dualstack-c-subnet",
        "create dualstack:index:Ipv6Subnet dualstack-b",
        "create dualstack:index:Ipv6Subnet dualstack-c",
    ]
    program.up()
    program.up("--expect-no-changes")
    found = client(endpoint).describe_subnets()["Subnets"]
    assert sorted(
        (one["AvailabilityZone"], one["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]) for one in found
    ) == [
        ("eu-central-1a", "2001:db8:0:100::/64"),
        ("eu-central-1b", "2001:db8:0:101::/64"),
        ("eu-central-1c", "2001:db8:0:102::/64"),
    ]

    hosts[1] |= {"subnet": "b", "slot": 1}
    program.change(hosts=hosts).up(*(f"--target={urn}" for urn in INTERFACE))
    for subnet in ("c", "default"):
        hosts[1] |= {"subnet": subnet, "slot": 3}
        program.change(hosts=hosts)
        assert (
            f"host host-2 lives in subnet b and cannot move to subnet {subnet}: its addresses would change; "
            f"keep subnet b, or add a new host in subnet {subnet} and then remove host-2"
        ) in program.refused("preview").text
    hosts[1] |= {"subnet": "b", "slot": 1}
    program.change(hosts=hosts).preview()
    program.change(hosts=[], subnets=None).up()
    assert len(client(endpoint).describe_subnets()["Subnets"]) == 1
