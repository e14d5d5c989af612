"""What EC2 refuses of networks, and of what is in use, each with its own code. Every row can be tried on AWS.

How: see conftest.
"""

import pytest
from botocore.exceptions import ClientError

from tests.unit.endpoint.calls import (
    automatic_subnet,
    block_association,
    mapped_interface,
    other_group_that_names,
    rule,
    second_block,
    subnet,
    table,
)

DEPENDENCIES = {
    "delete an attached interface": (
        lambda n: [
            (n.run_on(interface), n.ec2.delete_network_interface(NetworkInterfaceId=interface))
            for interface in [n.interface(8)]
        ],
        "InvalidParameterValue",
    ),
    "attach an attached interface": (
        lambda n: [
            (
                n.run_on(interface),
                n.ec2.attach_network_interface(
                    InstanceId=n.run()["InstanceId"], NetworkInterfaceId=interface, DeviceIndex=1
                ),
            )
            for interface in [n.interface(8)]
        ],
        "InvalidNetworkInterface.InUse",
    ),
    "attach to a device index in use": (
        lambda n: n.ec2.attach_network_interface(
            InstanceId=n.run()["InstanceId"], NetworkInterfaceId=n.interface(8), DeviceIndex=0
        ),
        "InvalidParameterValue",
    ),
    "detach the first interface": (
        lambda n: n.ec2.detach_network_interface(
            AttachmentId=n.run()["NetworkInterfaces"][0]["Attachment"]["AttachmentId"]
        ),
        "OperationNotPermitted",
    ),
    "delete an unknown interface": (
        lambda n: n.ec2.delete_network_interface(NetworkInterfaceId="eni-00000000000000000"),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "delete a subnet with interfaces": (
        lambda n: (n.interface(8), n.ec2.delete_subnet(SubnetId=n.subnet)),
        "DependencyViolation",
    ),
    "delete a vpc with a subnet": (lambda n: n.ec2.delete_vpc(VpcId=n.vpc), "DependencyViolation"),
    "delete a vpc with a gateway": (
        lambda n: (
            n.ec2.delete_subnet(SubnetId=n.subnet),
            n.ec2.delete_security_group(GroupId=n.group),
            n.ec2.delete_vpc(VpcId=n.vpc),
        ),
        "DependencyViolation",
    ),
    "delete an attached gateway": (
        lambda n: n.ec2.delete_internet_gateway(InternetGatewayId=n.gateway),
        "DependencyViolation",
    ),
    "detach a gateway with public addresses behind it": (
        lambda n: (
            mapped_interface(n),
            n.ec2.detach_internet_gateway(InternetGatewayId=n.gateway, VpcId=n.vpc),
        ),
        "DependencyViolation",
    ),
    "attach a second gateway": (
        lambda n: n.ec2.attach_internet_gateway(
            InternetGatewayId=n.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"],
            VpcId=n.vpc,
        ),
        "InvalidParameterValue",
    ),
    "delete a group in use": (
        lambda n: (n.interface(8, Groups=[n.group]), n.ec2.delete_security_group(GroupId=n.group)),
        "DependencyViolation",
    ),
    "delete a group that another names": (
        lambda n: (other_group_that_names(n), n.ec2.delete_security_group(GroupId=n.group)),
        "DependencyViolation",
    ),
    "delete the default group": (
        lambda n: n.ec2.delete_security_group(
            GroupId=n.ec2.describe_security_groups(
                Filters=[
                    {"Name": "vpc-id", "Values": [n.vpc]},
                    {"Name": "group-name", "Values": ["default"]},
                ]
            )["SecurityGroups"][0]["GroupId"]
        ),
        "CannotDelete",
    ),
    "delete the main route table": (
        lambda n: n.ec2.delete_route_table(
            RouteTableId=n.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [n.vpc]}])[
                "RouteTables"
            ][0]["RouteTableId"]
        ),
        "DependencyViolation",
    ),
    "delete a route table in use": (
        lambda n: [
            (
                n.ec2.associate_route_table(RouteTableId=table_id, SubnetId=n.subnet),
                n.ec2.delete_route_table(RouteTableId=table_id),
            )
            for table_id in [table(n)]
        ],
        "DependencyViolation",
    ),
    "release an associated address": (
        lambda n: n.ec2.release_address(AllocationId=mapped_interface(n)),
        "InvalidIPAddress.InUse",
    ),
    "associate an address without a gateway": (
        lambda n: (
            n.ec2.detach_internet_gateway(InternetGatewayId=n.gateway, VpcId=n.vpc),
            mapped_interface(n),
        ),
        "Gateway.NotAttached",
    ),
}

NETWORKS = {
    "a subnet outside the vpc's block": (lambda n: subnet(n, "2001:db8:ffff:1::/64"), "InvalidSubnet.Range"),
    "a subnet's block twice": (lambda n: subnet(n, n.block), "InvalidSubnet.Conflict"),
    "a subnet of /60": (
        lambda n: subnet(n, list(n.vpc_block.subnets(new_prefix=60))[1]),
        "InvalidParameterValue",
    ),
    "a subnet's ipv4 block twice": (
        lambda n: subnet(n, second_block(n), ipv4="10.0.0.0/24"),
        "InvalidSubnet.Conflict",
    ),
    "a subnet's ipv4 block outside": (
        lambda n: subnet(n, second_block(n), ipv4="10.1.0.0/24"),
        "InvalidSubnet.Range",
    ),
    "a subnet in an unknown zone": (
        lambda n: n.ec2.create_subnet(VpcId=n.vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-central-1z"),
        "InvalidParameterValue",
    ),
    "a subnet in an unknown vpc": (
        lambda n: n.ec2.create_subnet(VpcId="vpc-00000000000000000", CidrBlock="10.0.1.0/24"),
        "InvalidVpcID.NotFound",
    ),
    "a vpc of /8": (lambda n: n.ec2.create_vpc(CidrBlock="10.0.0.0/8"), "InvalidVpc.Range"),
    "dns64 without ipv6": (
        lambda n: n.ec2.modify_subnet_attribute(
            SubnetId=n.ec2.create_subnet(VpcId=n.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"],
            EnableDns64={"Value": True},
        ),
        "InvalidParameterValue",
    ),
    "to disassociate a block with addresses": (
        lambda n: (
            n.interface(8),
            n.ec2.disassociate_subnet_cidr_block(AssociationId=block_association(n)),
        ),
        "InvalidCidrBlock.InUse",
    ),
    "to disassociate a block that addresses come from": (
        lambda n: n.ec2.disassociate_subnet_cidr_block(AssociationId=automatic_subnet(n)),
        "InvalidCidrBlock.InUse",
    ),
    "a route twice": (
        lambda n: [
            n.ec2.create_route(RouteTableId=t, DestinationIpv6CidrBlock="::/0", GatewayId=n.gateway)
            for t in [table(n)] * 2
        ],
        "RouteAlreadyExists",
    ),
    "a route over another network's gateway": (
        lambda n: (
            n.ec2.detach_internet_gateway(InternetGatewayId=n.gateway, VpcId=n.vpc),
            n.ec2.create_route(RouteTableId=table(n), DestinationIpv6CidrBlock="::/0", GatewayId=n.gateway),
        ),
        "InvalidParameterValue",
    ),
    "to delete the local route": (
        lambda n: n.ec2.delete_route(RouteTableId=table(n), DestinationIpv6CidrBlock=str(n.vpc_block)),
        "InvalidParameterValue",
    ),
    "a rule twice": (
        lambda n: [
            rule(n, IpProtocol="tcp", FromPort=80, ToPort=80, Ipv6Ranges=[{"CidrIpv6": "::/0"}])
            for _ in range(2)
        ],
        "InvalidPermission.Duplicate",
    ),
    "a tcp rule without ports": (
        lambda n: rule(n, IpProtocol="tcp", Ipv6Ranges=[{"CidrIpv6": "::/0"}]),
        "InvalidParameterValue",
    ),
    "a group's name twice": (
        lambda n: n.ec2.create_security_group(GroupName="hosts", Description="hosts", VpcId=n.vpc),
        "InvalidGroup.Duplicate",
    ),
}

TABLE = {
    f"{kind}: {case}": row
    for kind, cases in {
        "in use": DEPENDENCIES,
        "network": NETWORKS,
    }.items()
    for case, row in cases.items()
}


@pytest.mark.parametrize(("act", "code"), TABLE.values(), ids=TABLE)
def test_ec2_refuses(network, act, code):
    with pytest.raises(ClientError) as refusal:
        act(network)
    assert refusal.value.response["Error"]["Code"] == code


def test_a_key_pair_has_its_name_alone(region):
    ec2 = region("ec2")
    ec2.create_key_pair(KeyName="dualstack-twice", KeyType="ed25519")
    try:
        with pytest.raises(ClientError, match=r"\(InvalidKeyPair.Duplicate\)"):
            ec2.create_key_pair(KeyName="dualstack-twice", KeyType="ed25519")
    finally:
        ec2.delete_key_pair(KeyName="dualstack-twice")


def test_a_public_key_is_one_of_openssh(region):
    with pytest.raises(ClientError, match=r"\(InvalidKey.Format\)"):
        region("ec2").import_key_pair(KeyName="dualstack-bad", PublicKeyMaterial=b"no key")
