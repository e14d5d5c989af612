"""What a changed input does to each resource type of the AWS stand-in, and what its check says. No engine."""

from typing import Any

import pytest

from lab.plugins.aws import configuration, state
from lab.plugins.aws.check import check
from lab.plugins.aws.resources import RESOURCE_TYPES
from lab.plugins.aws.rules import diff
from lab.plugins.aws.table import ResourceType, schema
from lab.plugins.servicer import UNKNOWN, ProviderError

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


def checked(name: str, inputs: dict[str, Any], **olds: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    return check(BY_NAME[name], olds, inputs, {}, "thing", b"\x01")


GOOD_RULE = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1, "toPort": 2, "cidrIpv6": "::/0"}
MISTAKES: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a required property": ("EgressOnlyInternetGateway", {}, [("vpcId", "missing required property vpcId")]),
    "a number in the place of a text": (
        "EgressOnlyInternetGateway",
        {"vpcId": 5},
        [("vpcId", "must be a string, got 5")],
    ),
    "a text in the place of a list": (
        "NetworkInterface",
        {"subnetId": "s", "ipv6Addresses": "2001:db8::5"},
        [("ipv6Addresses", "must be an array, got '2001:db8::5'")],
    ),
    "an item of a list": (
        "NetworkInterface",
        {"subnetId": "s", "ipv6Addresses": [UNKNOWN, 7]},
        [("ipv6Addresses[1]", "must be a string, got 7")],
    ),
    "a tag that is no text": (
        "EgressOnlyInternetGateway",
        {"vpcId": "v", "tags": {"n": 1}},
        [("tags.n", "must be a string, got 1")],
    ),
    "a member of a block": (
        "Instance",
        {"metadataOptions": {"httpToken": "required"}},
        [
            (
                "metadataOptions.httpToken",
                "unexpected property httpToken; allowed: httpEndpoint, httpProtocolIpv6, "
                "httpPutResponseHopLimit, httpTokens, instanceMetadataTags; did you mean httpTokens?",
            )
        ],
    ),
    "values and a count": (
        "NetworkInterface",
        {"subnetId": "s", "ipv6Prefixes": ["2001:db8::/80"], "ipv6PrefixCount": 1},
        [
            (
                "ipv6PrefixCount",
                "ipv6PrefixCount conflicts with ipv6Prefixes; give one of ipv6Prefixes, ipv6PrefixCount",
            )
        ],
    ),
    "two targets of a route": (
        "Route",
        {"routeTableId": "r", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "g", "natGatewayId": "n"},
        [
            (
                "gatewayId",
                "exactly one of gatewayId, egressOnlyGatewayId, natGatewayId, networkInterfaceId "
                "must be given; got gatewayId, natGatewayId",
            )
        ],
    ),
    "a rule without ports": (
        "SecurityGroupIngressRule",
        {key: value for key, value in GOOD_RULE.items() if key != "toPort"},
        [("toPort", "missing; only ipProtocol -1 and icmpv6 need no ports, got tcp")],
    ),
    "ports of all protocols": (
        "SecurityGroupIngressRule",
        GOOD_RULE | {"ipProtocol": "-1"},
        [
            ("fromPort", "fromPort must be left out when ipProtocol is -1: all ports"),
            ("toPort", "toPort must be left out when ipProtocol is -1: all ports"),
        ],
    ),
    "what belongs to the interface": (
        "Instance",
        {
            "ami": "a",
            "instanceType": "t3.micro",
            "primaryNetworkInterface": {"networkInterfaceId": "eni-1"},
            "subnetId": "s",
        },
        [("subnetId", "subnetId conflicts with primaryNetworkInterface; give it to that interface")],
    ),
    "a value out of the list": (
        "Vpc",
        {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "host"},
        [("instanceTenancy", "must be one of default, dedicated, got 'host'")],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_check_names_the_mistake(case: str) -> None:
    name, inputs, expected = MISTAKES[case]
    assert checked(name, inputs)[1] == expected


def test_unknown_values_pass_the_check() -> None:
    inputs = dict.fromkeys(("subnetId", "ipv6Addresses", "securityGroups", "description", "tags"), UNKNOWN)
    assert checked("NetworkInterface", inputs)[1] == []
    assert checked("SecurityGroupIngressRule", dict.fromkeys(GOOD_RULE, UNKNOWN))[1] == []


def test_a_name_is_made_up_once_and_kept() -> None:
    first, _ = checked("SecurityGroup", {})
    assert first["name"].startswith("thing-")
    assert len(first["name"]) == len("thing-") + 7
    again, _ = check(BY_NAME["SecurityGroup"], first, {}, {}, "thing", b"\x02")
    assert again["name"] == first["name"]


def test_default_tags_give_way_to_the_resources_own() -> None:
    defaults = {"owner": "me", "kind": "all"}
    inputs, _ = check(
        BY_NAME["Vpc"], {}, {"cidrBlock": "10.0.0.0/16", "tags": {"kind": "own"}}, defaults, "v", b""
    )
    assert inputs["tags"] == {"owner": "me", "kind": "own"}


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


@pytest.mark.parametrize("kind", BY_NAME.values(), ids=list(BY_NAME))
def test_every_modelled_property_is_a_real_one(kind: ResourceType) -> None:
    known = schema()["resources"][kind.token]
    assert set(kind.properties) <= set(known["inputProperties"])
    required = {key for key, prop in kind.properties.items() if prop.required}
    assert set(known["requiredInputs"]) <= required


def test_the_configuration_comes_as_flat_strings() -> None:
    parsed = configuration.parse(
        {
            "region": "eu-west-1",
            "endpoints": '[{"ec2":"http://127.0.0.1:1"}]',
            "defaultTags": '{"tags":{"a":"b"}}',
            "allowedAccountIds": '["1"]',
            "skipCredentialsValidation": "true",
        },
        {},
    )
    assert parsed.region == "eu-west-1"
    assert parsed.endpoints == {"ec2": "http://127.0.0.1:1"}
    assert parsed.default_tags == {"a": "b"}
    assert parsed.allowed_accounts == ("1",)
    assert parsed.skip_credentials
    assert not parsed.skip_account


def test_the_region_may_come_from_the_environment() -> None:
    assert configuration.parse({}, {"AWS_REGION": "eu-west-3"}).region == "eu-west-3"
    with pytest.raises(
        ProviderError, match="no AWS region: set aws:region, the provider's region, or AWS_REGION"
    ):
        configuration.parse({}, {})


def test_an_unknown_configuration_waits_for_the_update() -> None:
    assert not configuration.parse({"region": UNKNOWN}, {}).known


def test_provider_settings_are_checked_by_name() -> None:
    failures = dict(
        configuration.check({"regoin": "x", "assumeRoles": "[]", "endpoints": "{", "version": "7"})
    )
    assert failures["regoin"].endswith("did you mean region?")
    assert "is a property of pulumi-aws that this stand-in does not model" in failures["assumeRoles"]
    assert failures["endpoints"] == "must be JSON, got '{'"
    assert "version" not in failures
