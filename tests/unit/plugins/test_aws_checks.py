"""What the AWS stand-in says of wrong inputs and of a wrong configuration. No engine."""

from typing import Any

import pytest

from lab.plugins.aws import configuration
from lab.plugins.aws.check import check
from lab.plugins.aws.resources import RESOURCE_TYPES
from lab.plugins.aws.table import ResourceType, schema
from lab.plugins.servicer import UNKNOWN, ProviderError

BY_NAME = {token.rpartition(":")[2]: kind for token, kind in RESOURCE_TYPES.items()}


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
