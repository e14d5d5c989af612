"""What a changed input does to each resource type of the AWS stand-in. No engine."""

from typing import Any

import pytest

from lab.plugins.aws import state
from lab.plugins.aws.resources import RESOURCE_TYPES
from lab.plugins.aws.rules import diff
from lab.plugins.servicer import UNKNOWN

BY_NAME = {token.rpartition(":")[2]: kind for token, kind in RESOURCE_TYPES.items()}

# Type, old inputs, new inputs, old outputs beside the inputs -> kind of each changed path.
CHANGES: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, str]]] = {
    "a vpc's block replaces": (
        "Vpc",
        {"cidrBlock": "10.0.0.0/16"},
        {"cidrBlock": "10.1.0.0/16"},
        {},
        {"cidrBlock": "UPDATE_REPLACE"},
    ),
    "a vpc's IPv6 block comes in place": (
        "Vpc",
        {},
        {"assignGeneratedIpv6CidrBlock": True},
        {},
        {"assignGeneratedIpv6CidrBlock": "ADD"},
    ),
    "false and nothing are one": ("Vpc", {}, {"assignGeneratedIpv6CidrBlock": False}, {}, {}),
    "tenancy to default is in place": (
        "Vpc",
        {"instanceTenancy": "dedicated"},
        {"instanceTenancy": "default"},
        {},
        {"instanceTenancy": "UPDATE"},
    ),
    "tenancy to dedicated replaces": (
        "Vpc",
        {"instanceTenancy": "default"},
        {"instanceTenancy": "dedicated"},
        {},
        {"instanceTenancy": "UPDATE_REPLACE"},
    ),
    "one tag": ("Vpc", {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, {}, {"tags.a": "UPDATE"}),
    "all tags taken away": ("Vpc", {"tags": {"a": "1"}}, {}, {}, {"tags": "DELETE"}),
    "a subnet's IPv6 block in place": (
        "Subnet",
        {"ipv6CidrBlock": "2001:db8::/64"},
        {"ipv6CidrBlock": "2001:db8:0:1::/64"},
        {},
        {"ipv6CidrBlock": "UPDATE"},
    ),
    "a subnet's IPv6 block with addresses on creation replaces": (
        "Subnet",
        {"ipv6CidrBlock": "2001:db8::/64", "assignIpv6AddressOnCreation": True},
        {"ipv6CidrBlock": "2001:db8:0:1::/64", "assignIpv6AddressOnCreation": True},
        {},
        {"ipv6CidrBlock": "UPDATE_REPLACE"},
    ),
    "another spelling of a subnet's block is the same": (
        "Subnet",
        {"ipv6CidrBlock": "2001:db8:0:a::/64"},
        {"ipv6CidrBlock": "2001:0DB8:0:A::/64"},
        {},
        {},
    ),
    "the zone EC2 chose may be written down": (
        "Subnet",
        {},
        {"availabilityZone": "eu-central-1a"},
        {"availabilityZone": "eu-central-1a"},
        {},
    ),
    "another zone than EC2 chose replaces": (
        "Subnet",
        {},
        {"availabilityZone": "eu-central-1b"},
        {"availabilityZone": "eu-central-1a"},
        {"availabilityZone": "UPDATE_REPLACE"},
    ),
    "an unknown network replaces": (
        "Subnet",
        {"vpcId": "vpc-1"},
        {"vpcId": UNKNOWN},
        {},
        {"vpcId": "UPDATE_REPLACE"},
    ),
    "a gateway moves in place": (
        "InternetGateway",
        {"vpcId": "vpc-1"},
        {"vpcId": "vpc-2"},
        {},
        {"vpcId": "UPDATE"},
    ),
    "an egress-only gateway does not": (
        "EgressOnlyInternetGateway",
        {"vpcId": "vpc-1"},
        {"vpcId": "vpc-2"},
        {},
        {"vpcId": "UPDATE_REPLACE"},
    ),
    "a route's target is in place": (
        "Route",
        {"destinationIpv6CidrBlock": "::/0", "gatewayId": "igw-1"},
        {"destinationIpv6CidrBlock": "::/0", "egressOnlyGatewayId": "eigw-1"},
        {},
        {"gatewayId": "DELETE", "egressOnlyGatewayId": "ADD"},
    ),
    "a route's destination replaces": (
        "Route",
        {"destinationIpv6CidrBlock": "::/0"},
        {"destinationIpv6CidrBlock": "2001:db8::/32"},
        {},
        {"destinationIpv6CidrBlock": "UPDATE_REPLACE"},
    ),
    "an association's table is in place": (
        "RouteTableAssociation",
        {"routeTableId": "rtb-1", "subnetId": "subnet-1"},
        {"routeTableId": "rtb-2", "subnetId": "subnet-1"},
        {},
        {"routeTableId": "UPDATE"},
    ),
    "a group's description replaces": (
        "SecurityGroup",
        {"description": "a"},
        {"description": "b"},
        {},
        {"description": "UPDATE_REPLACE"},
    ),
    "a rule's network is in place": (
        "SecurityGroupIngressRule",
        {"cidrIpv6": "::/0"},
        {"cidrIpv6": "2001:db8::/32"},
        {},
        {"cidrIpv6": "UPDATE"},
    ),
    "a rule's other kind of source replaces": (
        "SecurityGroupIngressRule",
        {"cidrIpv6": "::/0"},
        {"referencedSecurityGroupId": "sg-1"},
        {},
        {"cidrIpv6": "DELETE_REPLACE", "referencedSecurityGroupId": "ADD_REPLACE"},
    ),
    "a protocol by number is the same": (
        "SecurityGroupEgressRule",
        {"ipProtocol": "icmpv6"},
        {"ipProtocol": "58"},
        {},
        {},
    ),
    "the order of addresses is no change": (
        "NetworkInterface",
        {"ipv6Addresses": ["2001:db8::a", "2001:db8::b"]},
        {"ipv6Addresses": ["2001:db8::B", "2001:0db8::000a"]},
        {},
        {},
    ),
    "one address more": (
        "NetworkInterface",
        {"ipv6Addresses": ["2001:db8::a"]},
        {"ipv6Addresses": ["2001:db8::b", "2001:db8::a"]},
        {},
        {"ipv6Addresses[0]": "ADD"},
    ),
    "one address less": (
        "NetworkInterface",
        {"ipv6Addresses": ["2001:db8::a", "2001:db8::b"]},
        {"ipv6Addresses": ["2001:db8::b"]},
        {},
        {"ipv6Addresses[0]": "DELETE"},
    ),
    "a secondary private address is in place": (
        "NetworkInterface",
        {"privateIps": ["10.0.0.5"]},
        {"privateIps": ["10.0.0.5", "10.0.0.6"]},
        {"privateIp": "10.0.0.5"},
        {"privateIps[1]": "ADD"},
    ),
    "the primary private address replaces": (
        "NetworkInterface",
        {"privateIps": ["10.0.0.5"]},
        {"privateIps": ["10.0.0.6"]},
        {"privateIp": "10.0.0.5"},
        {"privateIps[0]": "UPDATE_REPLACE"},
    ),
    "a primary IPv6 address cannot be given up": (
        "NetworkInterface",
        {"enablePrimaryIpv6": True},
        {"enablePrimaryIpv6": False},
        {},
        {"enablePrimaryIpv6": "UPDATE_REPLACE"},
    ),
    "addresses that EC2 chose are no change": (
        "NetworkInterface",
        {"subnetId": "subnet-1"},
        {"subnetId": "subnet-1"},
        {"ipv6Addresses": ["2001:db8::a"], "securityGroups": ["sg-1"]},
        {},
    ),
    "an attachment's place replaces": (
        "NetworkInterfaceAttachment",
        {"deviceIndex": 1},
        {"deviceIndex": 2},
        {},
        {"deviceIndex": "UPDATE_REPLACE"},
    ),
    "space around a public key is no change": ("KeyPair", {"publicKey": "k"}, {"publicKey": "k\n"}, {}, {}),
    "user data is in place": (
        "Instance",
        {"userData": "a"},
        {"userData": "b"},
        {},
        {"userData": "UPDATE"},
    ),
    "user data replaces where the program says so": (
        "Instance",
        {"userData": "a", "userDataReplaceOnChange": True},
        {"userData": "b", "userDataReplaceOnChange": True},
        {},
        {"userData": "UPDATE_REPLACE"},
    ),
    "an instance's type is in place": (
        "Instance",
        {"instanceType": "t3.micro"},
        {"instanceType": "t3.small"},
        {},
        {"instanceType": "UPDATE"},
    ),
    "its image replaces": ("Instance", {"ami": "ami-1"}, {"ami": "ami-2"}, {}, {"ami": "UPDATE_REPLACE"}),
    "its interface replaces": (
        "Instance",
        {"primaryNetworkInterface": {"networkInterfaceId": "eni-1"}},
        {"primaryNetworkInterface": {"networkInterfaceId": "eni-2"}},
        {},
        {"primaryNetworkInterface.networkInterfaceId": "UPDATE_REPLACE"},
    ),
    "members of a block that are not given are EC2's": (
        "Instance",
        {"metadataOptions": {"httpTokens": "required", "httpEndpoint": "enabled"}},
        {"metadataOptions": {"httpTokens": "required"}},
        {},
        {},
    ),
    "a volume grows in place": (
        "Instance",
        {"rootBlockDevice": {"volumeSize": 8}},
        {"rootBlockDevice": {"volumeSize": 9}},
        {},
        {"rootBlockDevice.volumeSize": "UPDATE"},
    ),
    "a volume is encrypted only when it is made": (
        "Instance",
        {"rootBlockDevice": {"encrypted": False}},
        {"rootBlockDevice": {"encrypted": True}},
        {},
        {"rootBlockDevice.encrypted": "UPDATE_REPLACE"},
    ),
    "an elastic address moves in place": (
        "Eip",
        {"instance": "i-1"},
        {"instance": "i-2"},
        {},
        {"instance": "UPDATE"},
    ),
    "its association does not": (
        "EipAssociation",
        {"instanceId": "i-1"},
        {"instanceId": "i-2"},
        {},
        {"instanceId": "UPDATE_REPLACE"},
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_updates_or_replaces(case: str) -> None:
    name, old, new, outputs, expected = CHANGES[case]
    answer = diff(BY_NAME[name], old, old | outputs, new, [])
    assert answer.detailed == expected
    assert answer.changes == bool(expected)


def test_ignored_changes_are_left_out() -> None:
    answer = diff(
        BY_NAME["Instance"], {"ami": "a", "userData": "a"}, {}, {"ami": "b", "userData": "b"}, ["ami"]
    )
    assert answer.detailed == {"userData": "UPDATE"}


def test_another_region_replaces() -> None:
    answer = diff(BY_NAME["KeyPair"], {}, {"region": "eu-west-1"}, {}, [], "eu-central-1")
    assert answer.replaces == ("region",)


def test_a_name_given_by_hand_is_deleted_before_it_is_given_again() -> None:
    kind, old = BY_NAME["KeyPair"], {"keyName": "k", "publicKey": "a"}
    assert diff(kind, old, old, old | {"publicKey": "b"}, []).delete_before_replace
    made_up = {"keyName": "k-1", "__defaults": ["keyName"], "publicKey": "b"}
    assert not diff(kind, old, old, made_up, []).delete_before_replace


def test_a_refresh_keeps_the_programs_order_and_shows_real_drift() -> None:
    kind = BY_NAME["NetworkInterface"]
    wanted = {"subnetId": "s", "ipv6Addresses": ["2001:db8::9", "2001:DB8::8"], "sourceDestCheck": True}
    told = wanted | {"ipv6Addresses": ["2001:db8::8", "2001:db8::9"], "privateIps": ["10.0.0.5"]}
    outputs = state.outputs(kind, told, wanted, "eu-central-1")
    assert outputs["ipv6Addresses"] == wanted["ipv6Addresses"]
    assert state.inputs(kind, wanted, outputs) == wanted
    drifted = state.outputs(
        kind, told | {"sourceDestCheck": False, "description": "x"}, wanted, "eu-central-1"
    )
    assert state.inputs(kind, wanted, drifted) == wanted | {"sourceDestCheck": False, "description": "x"}


def test_a_preview_of_an_update_marks_only_what_follows() -> None:
    kind = BY_NAME["NetworkInterface"]
    old = {"subnetId": "s", "ipv6Addresses": ["2001:db8::8"], "sourceDestCheck": True}
    outputs = old | {
        "ipv6AddressCount": 1,
        "ipv6AddressLists": ["2001:db8::8"],
        "macAddress": "m",
        "tags": {},
    }
    new = old | {"ipv6Addresses": ["2001:db8::8", "2001:db8::9"]}
    predicted = state.predicted_update(kind, old, outputs, new)
    assert predicted == outputs | new | {
        "ipv6AddressCount": 2,
        "ipv6AddressLists": UNKNOWN,
        "tagsAll": {},
    }
