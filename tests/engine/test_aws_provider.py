"""The AWS stand-in's provider spoken to directly, against the strict endpoint: what a program rarely does."""

import base64
import itertools
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from lab.plugins.aws.provider import AwsProvider
from lab.plugins.aws.resources import RESOURCE_TYPES
from lab.plugins.servicer import Host, ProviderError
from tests.engine.conftest import running_endpoint

TOKENS = {token.rpartition(":")[2]: token for token in RESOURCE_TYPES}
IMAGE = "ami-0d0c6e12a1b13d0ce"
_seeds = itertools.count()


class Cloud:
    """A provider on an endpoint. Each resource is a dictionary with its type, id, inputs and outputs."""

    def __init__(self, url: str) -> None:
        self.provider = AwsProvider()
        self.provider.attach(Host())
        endpoints = f'[{{"ec2":"{url}","sts":"{url}","ssm":"{url}"}}]'
        self.provider.configure(
            {"region": "eu-central-1", "accessKey": "lab", "secretKey": "lab", "endpoints": endpoints}
        )

    def checked(self, token: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        urn, seed = f"urn:pulumi:s::p::{token}::thing", str(next(_seeds)).encode()
        inputs, failures = self.provider.check(token, olds, news, urn=urn, random_seed=seed)
        assert failures == []
        return inputs

    def create(self, name: str, **wanted: Any) -> dict[str, Any]:
        token = TOKENS[name]
        inputs = self.checked(token, {}, wanted)
        made, outputs = self.provider.create(token, inputs, False, urn="", timeout=5)
        return {"token": token, "id": made, "inputs": inputs, "outputs": outputs}

    def update(self, resource: dict[str, Any], **wanted: Any) -> dict[str, Any]:
        token, known, old, outputs = (resource[key] for key in ("token", "id", "inputs", "outputs"))
        news = self.checked(token, old, {**old, **wanted})
        answer = self.provider.diff(token, known, old, outputs, news, [])
        assert answer.changes
        assert answer.replaces == ()
        outputs = self.provider.update(token, known, old, outputs, news, False, urn="", timeout=5)
        return {"token": token, "id": known, "inputs": news, "outputs": outputs}

    def read(self, name: str, id: str) -> Any:
        return self.provider.read(TOKENS[name], id, {}, {})

    def delete(self, resource: dict[str, Any], timeout: float = 1) -> None:
        token, known, inputs, outputs = (resource[key] for key in ("token", "id", "inputs", "outputs"))
        self.provider.delete(token, known, inputs, outputs, urn="", timeout=timeout)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_endpoint(tmp_path_factory.mktemp("endpoint") / "log", "--no-machines") as address:
        yield address


@pytest.fixture
def cloud(url: str) -> Cloud:
    urllib.request.urlopen(urllib.request.Request(f"{url}/lab/reset", data=b"{}")).close()
    return Cloud(url)


@pytest.fixture
def vpc(cloud: Cloud) -> dict[str, Any]:
    return cloud.create("Vpc", cidrBlock="10.0.0.0/16", assignGeneratedIpv6CidrBlock=True)


@pytest.fixture
def subnet(cloud: Cloud, vpc: dict[str, Any]) -> dict[str, Any]:
    block = vpc["outputs"]["ipv6CidrBlock"].replace("00::/56", "00::/64")
    return cloud.create("Subnet", vpcId=vpc["id"], cidrBlock="10.0.1.0/24", ipv6CidrBlock=block)


def events(url: str) -> list[dict[str, Any]]:
    """What was called at the endpoint, oldest first."""
    with urllib.request.urlopen(f"{url}/lab/events") as answer:
        return json.load(answer)


def address_in(subnet: dict[str, Any], host: str) -> str:
    return subnet["outputs"]["ipv6CidrBlock"].replace("::/64", host)


def test_an_interface_gets_and_gives_back_a_prefix(cloud: Cloud, subnet: dict[str, Any]) -> None:
    prefix = address_in(subnet, ":1::/80")
    interface = cloud.create("NetworkInterface", subnetId=subnet["id"], ipv6Prefixes=[prefix])
    assert interface["outputs"]["ipv6Prefixes"] == [prefix]
    assert interface["outputs"]["ipv6PrefixCount"] == 1
    second = address_in(subnet, ":2::/80")
    moved = cloud.update(interface, ipv6Prefixes=[second])
    assert moved["outputs"]["ipv6Prefixes"] == [second]


@pytest.mark.parametrize(
    ("asked", "calls"),
    [({}, ["CreateNetworkInterface"]), ({"ipv6PrefixCount": 1}, ["CreateNetworkInterface", "CreateTags"])],
)
def test_an_interface_with_a_prefix_is_tagged_after_it_was_made(
    cloud: Cloud, url: str, subnet: dict[str, Any], asked: dict[str, Any], calls: list[str]
) -> None:
    before = len(events(url))
    interface = cloud.create("NetworkInterface", subnetId=subnet["id"], tags={"team": "network"}, **asked)
    assert interface["outputs"]["tags"] == {"team": "network"}
    called = [event["operation"] for event in events(url)[before:]]
    assert [one for one in called if one.startswith("Create")] == calls


def test_addresses_and_a_prefix_together_are_refused_by_ec2(cloud: Cloud, subnet: dict[str, Any]) -> None:
    with pytest.raises(
        ProviderError, match=r"^creating EC2 Network Interface: InvalidParameterCombination: "
    ):
        cloud.create(
            "NetworkInterface",
            subnetId=subnet["id"],
            ipv6Addresses=[address_in(subnet, "::9")],
            ipv6Prefixes=[address_in(subnet, ":1::/80")],
        )


def test_counts_assign_and_unassign(cloud: Cloud, subnet: dict[str, Any]) -> None:
    interface = cloud.create("NetworkInterface", subnetId=subnet["id"], ipv6AddressCount=1)
    grown = cloud.update(interface, ipv6AddressCount=3, privateIpsCount=2)
    assert len(grown["outputs"]["ipv6Addresses"]) == 3
    assert len(grown["outputs"]["privateIps"]) == 3
    shrunk = cloud.update(grown, ipv6AddressCount=2, privateIpsCount=1)
    assert shrunk["outputs"]["ipv6Addresses"] == grown["outputs"]["ipv6Addresses"][:2]
    assert shrunk["outputs"]["privateIps"] == grown["outputs"]["privateIps"][:2]


def test_an_interface_in_use_is_detached_before_it_is_deleted(cloud: Cloud, subnet: dict[str, Any]) -> None:
    host = cloud.create("Instance", ami=IMAGE, instanceType="t3.micro", subnetId=subnet["id"])
    second = cloud.create("NetworkInterface", subnetId=subnet["id"])
    cloud.create(
        "NetworkInterfaceAttachment", instanceId=host["id"], networkInterfaceId=second["id"], deviceIndex=1
    )
    cloud.delete(second)
    assert cloud.read("NetworkInterface", second["id"]) is None


def test_a_vpcs_ipv6_block_comes_and_goes(cloud: Cloud) -> None:
    vpc = cloud.create("Vpc", cidrBlock="10.0.0.0/16")
    assert vpc["outputs"]["ipv6CidrBlock"] == ""
    dual = cloud.update(vpc, assignGeneratedIpv6CidrBlock=True)
    assert dual["outputs"]["ipv6CidrBlock"].startswith("2001:db8:")
    single = cloud.update(dual, assignGeneratedIpv6CidrBlock=False)
    assert single["outputs"]["ipv6CidrBlock"] == ""


def test_a_subnets_attributes_change_one_by_one(cloud: Cloud, subnet: dict[str, Any]) -> None:
    wanted = {
        "assignIpv6AddressOnCreation": True,
        "mapPublicIpOnLaunch": True,
        "enableDns64": True,
        "enableResourceNameDnsAaaaRecordOnLaunch": True,
        "privateDnsHostnameTypeOnLaunch": "resource-name",
    }
    outputs = cloud.update(subnet, **wanted)["outputs"]
    assert {key: outputs[key] for key in wanted} == wanted


def test_a_subnets_ipv6_block_changes_in_place(cloud: Cloud, subnet: dict[str, Any]) -> None:
    other = subnet["outputs"]["ipv6CidrBlock"].replace("00::/64", "07::/64")
    assert cloud.update(subnet, ipv6CidrBlock=other)["outputs"]["ipv6CidrBlock"] == other


def test_a_gateway_moves_to_another_network(cloud: Cloud, vpc: dict[str, Any]) -> None:
    gateway = cloud.create("InternetGateway", vpcId=vpc["id"])
    other = cloud.create("Vpc", cidrBlock="10.1.0.0/16")
    assert cloud.update(gateway, vpcId=other["id"])["outputs"]["vpcId"] == other["id"]
    cloud.delete(gateway)
    assert cloud.read("InternetGateway", gateway["id"]) is None


def test_a_route_that_is_there_already_is_refused(cloud: Cloud, vpc: dict[str, Any]) -> None:
    gateway = cloud.create("InternetGateway", vpcId=vpc["id"])
    table = cloud.create("RouteTable", vpcId=vpc["id"])
    wanted = {"routeTableId": table["id"], "destinationIpv6CidrBlock": "::/0", "gatewayId": gateway["id"]}
    route = cloud.create("Route", **wanted)
    with pytest.raises(ProviderError, match="RouteAlreadyExists: there is a route to it already"):
        cloud.create("Route", **wanted)
    imported_id, inputs, _ = cloud.read("Route", f"{table['id']}_::/0")
    assert imported_id == route["id"]
    assert inputs == wanted


def test_a_group_with_rules_that_name_each_other_goes(cloud: Cloud, vpc: dict[str, Any]) -> None:
    first = cloud.create("SecurityGroup", vpcId=vpc["id"], revokeRulesOnDelete=True)
    second = cloud.create("SecurityGroup", vpcId=vpc["id"])
    rule = {"ipProtocol": "-1", "tags": {"a": "b"}}
    for here, there in ((first, second), (second, first)):
        cloud.create(
            "SecurityGroupIngressRule",
            securityGroupId=here["id"],
            referencedSecurityGroupId=there["id"],
            **rule,
        )
    with pytest.raises(
        ProviderError, match=rf"^deleting Security Group \({second['id']}\): DependencyViolation: "
    ):
        cloud.delete(second)
    # Revoking its own rules frees the other group.
    with pytest.raises(ProviderError, match="DependencyViolation"):
        cloud.delete(first)
    cloud.delete(second)
    cloud.delete(first)


def test_binary_user_data_and_instance_attributes(cloud: Cloud, subnet: dict[str, Any]) -> None:
    encoded = base64.b64encode(b"\x1f\x8b\xff").decode()
    host = cloud.create(
        "Instance",
        ami=IMAGE,
        instanceType="t3.micro",
        subnetId=subnet["id"],
        ipv6Addresses=[address_in(subnet, "::7")],
        userDataBase64=encoded,
    )
    assert host["outputs"]["userDataBase64"] == encoded
    assert host["outputs"]["ipv6Addresses"] == [address_in(subnet, "::7")]
    changed = cloud.update(
        host,
        instanceType="t3.small",
        sourceDestCheck=False,
        disableApiTermination=True,
        forceDestroy=True,
        instanceInitiatedShutdownBehavior="terminate",
        metadataOptions={"httpProtocolIpv6": "enabled"},
    )
    outputs = changed["outputs"]
    assert outputs["instanceType"] == "t3.small"
    assert outputs["instanceState"] == "running"
    assert outputs["sourceDestCheck"] is False
    assert outputs["metadataOptions"]["httpProtocolIpv6"] == "enabled"
    assert outputs["instanceInitiatedShutdownBehavior"] == "terminate"
    cloud.delete(changed)
    assert cloud.read("Instance", host["id"]) is None


def test_a_refused_change_does_not_leave_the_instance_down(cloud: Cloud, subnet: dict[str, Any]) -> None:
    host = cloud.create("Instance", ami=IMAGE, instanceType="t3.micro", subnetId=subnet["id"])
    with pytest.raises(ProviderError, match=r"^modifying EC2 Instance \(i-.*\) attribute \(InstanceType\): "):
        cloud.update(host, instanceType="t3.nonsense")
    assert cloud.read("Instance", host["id"])[2]["instanceState"] == "running"


def test_too_many_addresses_for_the_type_are_refused_by_ec2(cloud: Cloud, subnet: dict[str, Any]) -> None:
    addresses = [address_in(subnet, f"::{host}") for host in ("1:1", "8", "9", "a", "b")]
    interface = cloud.create("NetworkInterface", subnetId=subnet["id"], ipv6Addresses=addresses)
    given = {"networkInterfaceId": interface["id"]}
    with pytest.raises(ProviderError, match=r"^creating EC2 Instance: PrivateIpAddressLimitExceeded: "):
        cloud.create("Instance", ami=IMAGE, instanceType="t3.micro", primaryNetworkInterface=given)


def test_an_elastic_address_moves(cloud: Cloud, vpc: dict[str, Any], subnet: dict[str, Any]) -> None:
    cloud.create("InternetGateway", vpcId=vpc["id"])
    first = cloud.create("NetworkInterface", subnetId=subnet["id"])
    second = cloud.create("NetworkInterface", subnetId=subnet["id"])
    address = cloud.create("Eip", networkInterface=first["id"])
    assert address["outputs"]["privateIp"] == first["outputs"]["privateIp"]
    moved = cloud.update(address, networkInterface=second["id"])
    assert moved["outputs"]["privateIp"] == second["outputs"]["privateIp"]
    cloud.delete(moved)
    assert cloud.read("Eip", address["id"]) is None


def test_look_ups_find_one_or_say_how_many(cloud: Cloud, vpc: dict[str, Any], subnet: dict[str, Any]) -> None:
    find = cloud.provider.invoke
    assert (
        find("aws:ec2/getVpc:getVpc", {"id": vpc["id"]})["ipv6CidrBlock"] == vpc["outputs"]["ipv6CidrBlock"]
    )
    one = find("aws:ec2/getSubnet:getSubnet", {"vpcId": vpc["id"], "cidrBlock": "10.0.1.0/24"})
    assert one["id"] == subnet["id"]
    group = find("aws:ec2/getSecurityGroup:getSecurityGroup", {"vpcId": vpc["id"], "name": "default"})
    assert group["id"] == vpc["outputs"]["defaultSecurityGroupId"]
    interface = cloud.create("NetworkInterface", subnetId=subnet["id"])
    known = find("aws:ec2/getNetworkInterface:getNetworkInterface", {"id": interface["id"]})
    assert known["macAddress"] == interface["outputs"]["macAddress"]
    with pytest.raises(ProviderError, match=r"no EC2 Subnet matched \(cidr-block=10.0.9.0/24\)"):
        find("aws:ec2/getSubnet:getSubnet", {"cidrBlock": "10.0.9.0/24"})
    with pytest.raises(
        ProviderError, match="is not modelled by this stand-in for pulumi-aws; it models: aws:"
    ):
        find("aws:s3/getBucket:getBucket", {})


def test_a_resource_that_is_gone_is_no_error_to_delete(cloud: Cloud, subnet: dict[str, Any]) -> None:
    interface = cloud.create("NetworkInterface", subnetId=subnet["id"])
    cloud.delete(interface)
    cloud.delete(interface)
    with pytest.raises(ProviderError, match=r"it is gone; run pulumi refresh$"):
        cloud.update(interface, description="late")
