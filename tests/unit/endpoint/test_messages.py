"""The words of the refusals: where EC2 was seen to use some, the same. Only of the lab: words change."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("server")


def in_use(n):
    interface = n.interface(8)
    n.run_on(interface)
    return interface


WORDS = {
    "reserved": (
        lambda n: n.interface(1),
        lambda n: "Address 2001:db8:0:100::1 is in subnet's reserved address range",
    ),
    "outside": (
        lambda n: n.interface(PrivateIpAddress="10.0.1.9"),
        lambda n: "Address 10.0.1.9 does not fall within the subnet's address range",
    ),
    "in use": (
        lambda n: (n.interface(8), n.interface(8)),
        lambda n: "Address 2001:db8:0:100::8 is in use.",
    ),
    "too many": (
        lambda n: n.run_on(n.interface(*range(16, 23))),
        lambda n: "Number of addresses will exceed limit: 7, but t3.medium holds 6.",
    ),
    "interface in use": (
        lambda n: n.ec2.delete_network_interface(NetworkInterfaceId=in_use(n)),
        lambda n: f"Network interface '{interface_of(n)}' is currently in use.",
    ),
    "interface launched twice": (
        lambda n: n.run_on(in_use(n)),
        lambda n: f"Interface: [{interface_of(n)}] in use.",
    ),
    "subnet in use": (
        lambda n: (n.interface(8), n.ec2.delete_subnet(SubnetId=n.subnet)),
        lambda n: f"The subnet '{n.subnet}' has dependencies and cannot be deleted.",
    ),
    "group in use": (
        lambda n: (n.interface(8, Groups=[n.group]), n.ec2.delete_security_group(GroupId=n.group)),
        lambda n: f"resource {n.group} has a dependent object",
    ),
    "subnet's block outside": (
        lambda n: n.ec2.create_subnet(
            VpcId=n.vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock="2001:db8:ffff:1::/64"
        ),
        lambda n: "The IPv6 CIDR '2001:db8:ffff:1::/64' is invalid.",
    ),
    "subnet's block twice": (
        lambda n: n.ec2.create_subnet(VpcId=n.vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=str(n.block)),
        lambda n: f"The IPv6 CIDR '{n.block}' conflicts with another subnet",
    ),
    "unknown vpc": (
        lambda n: n.ec2.describe_vpcs(VpcIds=["vpc-0"]),
        lambda n: "The vpc ID 'vpc-0' does not exist",
    ),
    "unknown subnet": (
        lambda n: n.ec2.describe_subnets(SubnetIds=["subnet-0"]),
        lambda n: "The subnet ID 'subnet-0' does not exist",
    ),
    "unknown group": (
        lambda n: n.ec2.describe_security_groups(GroupIds=["sg-0"]),
        lambda n: "The security group 'sg-0' does not exist",
    ),
    "unknown key pair": (
        lambda n: n.ec2.describe_key_pairs(KeyNames=["mine"]),
        lambda n: "The key pair 'mine' does not exist",
    ),
    "unknown address": (
        lambda n: n.ec2.describe_addresses(AllocationIds=["eipalloc-0"]),
        lambda n: "The allocation ID 'eipalloc-0' does not exist",
    ),
}


def interface_of(n):
    return n.ec2.describe_network_interfaces()["NetworkInterfaces"][0]["NetworkInterfaceId"]


@pytest.fixture
def region(server):
    return server.client


@pytest.mark.parametrize(("act", "words"), WORDS.values(), ids=WORDS)
def test_a_refusal_reads_as_ec2_writes_it(network, act, words):
    with pytest.raises(ClientError) as refusal:
        act(network)
    assert refusal.value.response["Error"]["Message"] == words(network)
