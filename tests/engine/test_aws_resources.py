"""The AWS stand-in on the real engine: resources of every type, made, changed, drifted, taken away.

The tests follow one stack through its life, in order.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.engine.environment import environment
from tests.engine.aws_network import NETWORK, STEPS, changed_network
from tests.engine.conftest import running_endpoint
from tests.engine.lab_program import client
from tests.engine.pulumi_project import PulumiProject


@pytest.fixture(scope="module")
def endpoint_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("endpoint") / "log"
    with running_endpoint(log, "--no-machines") as url:
        yield url


@pytest.fixture(scope="module")
def stack(endpoint_url: str, pulumi_home: Path, tmp_path_factory: pytest.TempPathFactory) -> PulumiProject:
    folder = tmp_path_factory.mktemp("network")
    variables = environment(home=pulumi_home, backend=folder / "backend", endpoint_url=endpoint_url)
    return PulumiProject(folder / "project", variables)


@pytest.fixture(scope="module")
def ec2(endpoint_url: str) -> Any:
    return client(endpoint_url)


def steps(stack: PulumiProject, *arguments: str) -> dict[str, str]:
    """What a preview would do, by resource name, without what stays."""
    plan = json.loads(stack.pulumi("preview", "--json", *arguments).text)
    return {
        step["urn"].rsplit("::", 1)[1]: step["op"]
        for step in plan["steps"]
        if step["op"] in ("create", "update", "replace", "delete") and "pulumi:pulumi" not in step["urn"]
    }


def by_name(stack: PulumiProject) -> dict[str, dict[str, Any]]:
    return {entry["urn"].rsplit("::", 1)[1]: entry for entry in stack.resources()}


def changed_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()[:2] in ("~ ", "+ ", "- ")]


def test_every_type_is_created(stack: PulumiProject) -> None:
    stack.write(NETWORK)
    stack.up()
    outputs = {name: entry["outputs"] for name, entry in by_name(stack).items()}
    assert outputs["net"]["ipv6CidrBlock"] == "2001:db8:0:100::/56"
    assert outputs["net"]["tagsAll"] == {"Name": "net", "kept": "yes"}
    assert outputs["eni"]["ipv6Addresses"] == [f"2001:db8:0:100::{one}" for one in ("1:1", "9", "8")]
    assert outputs["host"]["instanceState"] == "running"
    assert outputs["host"]["primaryNetworkInterfaceId"] == by_name(stack)["eni"]["id"]
    assert outputs["host"]["rootBlockDevice"]["volumeSize"] == 12
    assert outputs["second"]["privateIps"] == ["10.0.1.100"]
    assert by_name(stack)["key"]["id"].startswith("key-")


def test_the_same_program_changes_nothing(stack: PulumiProject) -> None:
    stack.preview("--expect-no-changes")


def test_a_refresh_of_the_untouched_finds_no_drift(stack: PulumiProject) -> None:
    stack.refresh("--expect-no-changes")
    stack.preview("--expect-no-changes")


def test_each_change_updates_or_replaces_as_the_real_provider_does(stack: PulumiProject) -> None:
    stack.write(changed_network())
    assert steps(stack) == STEPS


def test_a_preview_shows_the_changed_values_and_nothing_else(stack: PulumiProject) -> None:
    text = stack.preview("--target", "**eni", "--target", "**ssh").text
    # The engine's order of resources varies.
    assert sorted(changed_lines(text)) == sorted(
        [
            "~ aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule: (update)",
            "~ toPort: 22 => 2222",
            "~ aws:ec2/networkInterface:NetworkInterface: (update)",
            '~ description    : "host 1" => "host one"',
            "~ ipv6Addresses  : [",
            '~ [1]: "2001:db8:0:100::9" => "2001:db8:0:100::A"',
            "~ sourceDestCheck: true => false",
            "~ 2 to update",
        ]
    )


def test_the_changes_are_made_in_place(stack: PulumiProject, ec2: Any) -> None:
    before = by_name(stack)
    stack.up()
    after = by_name(stack)
    kept = [name for name, step in STEPS.items() if step == "update"]
    assert {name: after[name]["id"] for name in kept} == {name: before[name]["id"] for name in kept}
    interface = ec2.describe_network_interfaces(NetworkInterfaceIds=[after["eni"]["id"]])
    addresses = {one["Ipv6Address"] for one in interface["NetworkInterfaces"][0]["Ipv6Addresses"]}
    assert addresses == {f"2001:db8:0:100::{one}" for one in ("1:1", "8", "a")}
    assert after["host"]["outputs"]["metadataOptions"]["httpPutResponseHopLimit"] == 3
    assert after["host"]["outputs"]["userData"] == "#cloud-config\nhostname: host\n"
    stack.preview("--expect-no-changes")


def test_a_refresh_sees_what_others_changed(stack: PulumiProject, ec2: Any) -> None:
    ids = {name: entry["id"] for name, entry in by_name(stack).items()}
    ec2.create_tags(Resources=[ids["net"]], Tags=[{"Key": "Name", "Value": "mine"}])
    ec2.unassign_ipv6_addresses(NetworkInterfaceId=ids["eni"], Ipv6Addresses=["2001:db8:0:100::8"])
    ec2.modify_network_interface_attribute(NetworkInterfaceId=ids["second"], SourceDestCheck={"Value": False})
    ec2.modify_vpc_attribute(VpcId=ids["net"], EnableDnsHostnames={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=ids["subnet"], MapPublicIpOnLaunch={"Value": False})
    ec2.modify_instance_metadata_options(InstanceId=ids["host"], HttpTokens="optional")
    ec2.delete_route(RouteTableId=ids["table"], DestinationIpv6CidrBlock="::/0")
    ec2.revoke_security_group_ingress(GroupId=ids["group"], SecurityGroupRuleIds=[ids["ssh"]])
    ec2.disassociate_address(AssociationId=ids["public"])
    stack.refresh()
    gone = dict.fromkeys(("v6", "ssh", "public"), "create")
    assert steps(stack) == gone | dict.fromkeys(("net", "eni", "second", "subnet", "host"), "update")


def test_an_update_after_drift_gives_back_what_was_wanted(stack: PulumiProject) -> None:
    stack.up()
    stack.preview("--expect-no-changes")
    stack.refresh("--expect-no-changes")


def test_another_image_replaces_the_instance_on_its_interface(stack: PulumiProject) -> None:
    before = by_name(stack)["host"]["id"]
    stack.write(changed_network().replace("ami=image.value", 'ami="ami-0d0c6e12a1b13d0cf"'))
    assert steps(stack)["host"] == "replace"
    assert by_name(stack)["host"]["id"] == before
    stack.write(changed_network())


def test_destroy_leaves_nothing(stack: PulumiProject, ec2: Any) -> None:
    stack.destroy()
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.0.1.0/24"]}])["Subnets"] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_key_pairs()["KeyPairs"] == []
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
    assert vpcs == []
