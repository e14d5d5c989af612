"""What a killed engine left is found in AWS, and the lines to import or delete it are right."""

import pytest

from components.orphan_lookup import Tagged
from components.orphans import Orphan, orphans, recorded_in, report

STACK_URN = "urn:pulumi:lab::dualstack::pulumi:pulumi:Stack::dualstack-lab"
NETWORK_URN = "urn:pulumi:lab::dualstack::dualstack:index:DualStackVpc::network"


def urn(token, name, parents="dualstack:index:DualStackVpc$"):
    return f"urn:pulumi:lab::dualstack::{parents}{token}::{name}"


def resource(token, name, id, **more):
    return {"urn": urn(token, name), "type": token, "id": id, "custom": True, "parent": NETWORK_URN, **more}


def export(*resources, operations=()):
    stack = {"urn": STACK_URN, "type": "pulumi:pulumi:Stack", "custom": False}
    network = {"urn": NETWORK_URN, "type": "dualstack:index:DualStackVpc", "custom": False}
    return {
        "deployment": {
            "resources": [stack, network, *resources],
            "pending_operations": [{"type": kind, "resource": found} for kind, found in operations],
        }
    }


VPC = resource("aws:ec2/vpc:Vpc", "network-vpc", "vpc-1")


def found(tagged, *resources, operations=()):
    return orphans(tagged, recorded_in(export(*resources, operations=operations)))


def ids(lost):
    return [orphan.resource.id for orphan in lost]


def test_what_is_recorded_is_no_orphan():
    assert found([Tagged("vpc-1", "vpc", "network-vpc", "vpc-1")], VPC) == []


def test_what_is_not_recorded_is_one():
    assert ids(found([Tagged("vpc-2", "vpc", "network-vpc", "vpc-2")])) == ["vpc-2"]


def test_an_empty_state_knows_nothing():
    assert ids(orphans([Tagged("vpc-2", "vpc", "x", "vpc-2")], recorded_in({"deployment": {}}))) == ["vpc-2"]
    assert ids(orphans([Tagged("vpc-2", "vpc", "x", "vpc-2")], recorded_in({}))) == ["vpc-2"]


@pytest.mark.parametrize(
    ("output", "kind", "id"),
    [
        ("keyPairId", "key-pair", "key-1"),
        ("allocationId", "elastic-ip", "eipalloc-1"),
        ("securityGroupRuleId", "security-group-rule", "sgr-1"),
    ],
)
def test_an_id_that_is_only_an_output_is_recorded(output, kind, id):
    known = resource("aws:some:Thing", "thing", "another id", outputs={output: id})
    assert found([Tagged(id, kind, "thing", id)], known) == []


def test_what_is_about_to_be_deleted_is_recorded():
    operations = [("deleting", VPC)]
    assert found([Tagged("vpc-1", "vpc", "network-vpc", "vpc-1")], operations=operations) == []


def test_an_interrupted_create_names_the_parent():
    creating = {**VPC, "id": None}
    [orphan] = found([Tagged("vpc-2", "vpc", "network-vpc", "vpc-2")], operations=[("creating", creating)])
    assert orphan.parent == ("network", NETWORK_URN)


def test_a_create_under_the_stack_itself_has_no_parent():
    creating = {**VPC, "id": None, "parent": STACK_URN}
    [orphan] = found([Tagged("vpc-2", "vpc", "network-vpc", "vpc-2")], operations=[("creating", creating)])
    assert orphan.parent is None


def test_without_an_interrupted_create_the_name_tells_the_parent():
    [orphan] = found([Tagged("vpc-2", "vpc", "network-vpc", "vpc-2")])
    assert orphan.parent == ("network", NETWORK_URN)


def test_orphans_come_in_an_order_in_which_they_can_be_deleted():
    kinds = [
        "vpc",
        "subnet",
        "snapshot",
        "instance",
        "network-interface",
        "security-group",
        "internet-gateway",
    ]
    assert [o.resource.kind for o in found([Tagged(kind, kind, kind, kind) for kind in kinds])] == [
        "instance",
        "network-interface",
        "security-group",
        "subnet",
        "internet-gateway",
        "vpc",
        "snapshot",
    ]


def test_an_orphan_is_reported_with_both_lines():
    tagged = Tagged("vpc-2", "vpc", "network-vpc", "vpc-2")
    [orphan] = found([tagged])
    assert report(orphan, "lab") == [
        "vpc vpc-2 (network-vpc)",
        "  import: pulumi import aws:ec2/vpc:Vpc network-vpc vpc-2"
        f" --parent 'network={NETWORK_URN}' --stack lab --protect=false --generate-code=false",
        "  delete: aws ec2 delete-vpc --vpc-id vpc-2",
    ]


def test_a_twin_of_a_recorded_resource_is_only_to_be_deleted():
    [orphan] = found([Tagged("vpc-2", "vpc", "network-vpc", "vpc-2")], VPC)
    assert report(orphan, "lab") == [
        "vpc vpc-2 (network-vpc)",
        "  the stack has vpc-1 under this name: delete this one, "
        "and run `pulumi refresh` if that one is gone",
        "  delete: aws ec2 delete-vpc --vpc-id vpc-2",
    ]


@pytest.mark.parametrize(
    ("tagged", "lines"),
    [
        (
            Tagged("i-1", "instance", "one", "i-1", since="2026-11-21T08:00:00Z"),
            [
                "instance i-1 (one), since 2026-11-21T08:00:00Z",
                "  import: pulumi import aws:ec2/instance:Instance one i-1"
                " --stack lab --protect=false --generate-code=false",
                "  delete: aws ec2 terminate-instances --instance-ids i-1",
            ],
        ),
        (
            Tagged("key-1", "key-pair", "one", "one-3f2a"),
            [
                "key-pair key-1 (one)",
                "  import: pulumi import aws:ec2/keyPair:KeyPair one one-3f2a"
                " --stack lab --protect=false --generate-code=false",
                "  delete: aws ec2 delete-key-pair --key-pair-id key-1",
            ],
        ),
        (
            Tagged("sgr-1", "security-group-rule", "one", "sgr-1", owner="sg-1", egress=True),
            [
                "security-group-rule sgr-1 (one)",
                "  import: pulumi import aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule one sgr-1"
                " --stack lab --protect=false --generate-code=false",
                "  delete: aws ec2 revoke-security-group-egress --group-id sg-1"
                " --security-group-rule-ids sgr-1",
            ],
        ),
        (
            Tagged("igw-1", "internet-gateway", "one", "igw-1", owner="vpc-1"),
            [
                "internet-gateway igw-1 (one)",
                "  import: pulumi import aws:ec2/internetGateway:InternetGateway one igw-1"
                " --stack lab --protect=false --generate-code=false",
                "  delete: aws ec2 detach-internet-gateway --internet-gateway-id igw-1 --vpc-id vpc-1",
                "  delete: aws ec2 delete-internet-gateway --internet-gateway-id igw-1",
            ],
        ),
        (
            Tagged("snap-1", "snapshot", "", "snap-1"),
            [
                "snapshot snap-1 (without a name)",
                "  delete: aws ec2 delete-snapshot --snapshot-id snap-1",
            ],
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Tagged) else "",
)
def test_each_kind_has_its_own_lines(tagged, lines):
    [orphan] = orphans([tagged], recorded_in({}))
    assert isinstance(orphan, Orphan)
    assert report(orphan, "lab") == lines
