"""What is asked of EC2 about tagged resources, against the lab's endpoint."""

import socket
import threading

import boto3
import pytest

from components.orphan_lookup import LookupFailedError, export_of, project_name, tagged_resources
from lab.endpoint import Endpoint
from lab.names import ACCESS_KEY_ID, DEFAULT_AMI, LAB_IMAGES, REGION, SECRET_ACCESS_KEY

STACK = "dualstack/lab"


@pytest.fixture(scope="module")
def endpoint():
    endpoint = Endpoint(lambda: None, str, LAB_IMAGES, machines=False)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=endpoint.serve, args=(listening,))
        thread.start()
        yield endpoint, f"http://127.0.0.1:{listening.getsockname()[1]}"
        endpoint.shutdown()
        thread.join()


@pytest.fixture
def ec2(endpoint, monkeypatch):
    server, url = endpoint
    server.reset()
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    return boto3.client("ec2", region_name=REGION)


def tags(kind, name, stack=STACK):
    pairs = {"dualstack:stack": stack, "dualstack:resource": name}
    return [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in pairs.items()]}]


def make_vpc(ec2, name="network-vpc", stack=STACK):
    answer = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", name, stack))
    return answer["Vpc"]["VpcId"]


def test_what_carries_the_tag_is_found_with_its_name(ec2):
    vpc = make_vpc(ec2)
    [found] = tagged_resources(STACK, REGION)
    assert (found.id, found.kind, found.name, found.import_id) == (vpc, "vpc", "network-vpc", vpc)


def test_another_projects_stack_of_the_same_name_is_left_alone(ec2):
    make_vpc(ec2, stack="other/lab")
    assert tagged_resources(STACK, REGION) == []


def test_a_gateway_comes_with_its_vpc(ec2):
    vpc = make_vpc(ec2)
    gateway = ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway", "network-gateway"))
    gateway_id = gateway["InternetGateway"]["InternetGatewayId"]
    [free] = [found for found in tagged_resources(STACK, REGION) if found.id == gateway_id]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc)
    [attached] = [found for found in tagged_resources(STACK, REGION) if found.id == gateway_id]
    assert (free.owner, attached.owner) == (None, vpc)


def test_a_rule_comes_with_its_group_and_direction(ec2):
    vpc = make_vpc(ec2, stack="other/lab")
    group = ec2.create_security_group(GroupName="hosts", Description="hosts", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    for name, authorize in (
        ("in", ec2.authorize_security_group_ingress),
        ("out", ec2.authorize_security_group_egress),
    ):
        authorize(
            GroupId=group, IpPermissions=[permission], TagSpecifications=tags("security-group-rule", name)
        )
    found = {rule.name: (rule.owner, rule.egress) for rule in tagged_resources(STACK, REGION)}
    assert found == {"in": (group, False), "out": (group, True)}


def test_a_key_pair_is_imported_by_name_and_dated(ec2):
    made = ec2.create_key_pair(
        KeyName="fleet-1a2b", KeyType="ed25519", TagSpecifications=tags("key-pair", "fleet-key")
    )
    [found] = tagged_resources(STACK, REGION)
    assert (found.id, found.import_id) == (made["KeyPairId"], "fleet-1a2b")
    assert found.since is not None
    assert found.since.endswith("Z")


def test_a_terminated_instance_is_no_orphan(ec2):
    vpc = make_vpc(ec2, stack="other/lab")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    launched = ec2.run_instances(
        ImageId=DEFAULT_AMI,
        InstanceType="t3.nano",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        TagSpecifications=tags("instance", "host"),
    )
    instance = launched["Instances"][0]["InstanceId"]
    [found] = tagged_resources(STACK, REGION)
    assert (found.id, found.since is not None) == (instance, True)
    ec2.terminate_instances(InstanceIds=[instance])
    assert tagged_resources(STACK, REGION) == []


def test_an_aws_that_does_not_answer_is_said(ec2, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(LookupFailedError, match="EC2 could not be asked: Could not connect"):
        tagged_resources(STACK, REGION)


def test_a_folder_without_pulumi_yaml_is_said(tmp_path):
    with pytest.raises(LookupFailedError, match="names no project"):
        project_name(str(tmp_path))


def test_a_missing_pulumi_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LookupFailedError, match="pulumi does not start"):
        export_of("lab", str(tmp_path))
