"""What EC2 refuses, each with its own code. Every row can be tried on AWS (see conftest)."""

import pytest
from botocore.exceptions import ClientError


def eip(n):
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "dualstack:test", "Value": n.vpc}]}]
    return n.ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]


def mapped_interface(n):
    interface, allocation = n.interface(), eip(n)
    n.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface)
    return allocation


def subnet(n, ipv6, ipv4="10.0.1.0/24"):
    return n.ec2.create_subnet(VpcId=n.vpc, CidrBlock=ipv4, Ipv6CidrBlock=str(ipv6))


def second_block(n):
    return list(n.vpc_block.subnets(new_prefix=64))[1]


def table(n):
    return n.ec2.create_route_table(VpcId=n.vpc)["RouteTable"]["RouteTableId"]


def launch_with(n, instance_type="t3.medium", **interface):
    return n.run(instance_type, NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": n.subnet, **interface}])


def assign(n, interface, **what):
    return n.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, **what)


def named(*addresses):
    return [{"Ipv6Address": address} for address in addresses]


def prefixes(*texts):
    return [{"Ipv6Prefix": text} for text in texts]


def full_interface_on(n, instance_type, limit):
    interface = n.interface(*range(16, 16 + limit))
    n.run_on(interface, instance_type)
    return interface


def rule(n, **rule):
    return n.ec2.authorize_security_group_ingress(GroupId=n.group, IpPermissions=[rule])


def other_group_that_names(n):
    other = n.ec2.create_security_group(GroupName="others", Description="others", VpcId=n.vpc)["GroupId"]
    pairs = [{"GroupId": n.group}]
    n.ec2.authorize_security_group_ingress(
        GroupId=other, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": pairs}]
    )


def automatic_subnet(n):
    n.ec2.modify_subnet_attribute(SubnetId=n.subnet, AssignIpv6AddressOnCreation={"Value": True})
    return block_association(n)


def block_association(n):
    described = n.ec2.describe_subnets(SubnetIds=[n.subnet])["Subnets"][0]
    return described["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]


ADDRESSES = {
    "the subnet's ::": (lambda n: n.interface(0), "InvalidParameterValue"),
    "the subnet's ::1": (lambda n: n.interface(1), "InvalidParameterValue"),
    "the subnet's ::3": (lambda n: n.interface(3), "InvalidParameterValue"),
    "the subnet's last address": (lambda n: n.interface(-1), "InvalidParameterValue"),
    "an address of the next subnet": (
        lambda n: n.interface(Ipv6Addresses=named(str(second_block(n)[8]))),
        "InvalidParameterValue",
    ),
    "an address that is none": (lambda n: n.interface(Ipv6Addresses=named("::g")), "InvalidParameterValue"),
    "an address twice in one request": (lambda n: n.interface(8, 8), "InvalidParameterValue"),
    "another interface's address": (lambda n: (n.interface(8), n.interface(8)), "InvalidIPAddress.InUse"),
    "another interface's address, assigned": (
        lambda n: (n.interface(8), assign(n, n.interface(9), Ipv6Addresses=[n.address(8)])),
        "InvalidIPAddress.InUse",
    ),
    "an address in another interface's prefix": (
        lambda n: (n.interface(Ipv6Prefixes=prefixes(n.prefix(5))), n.interface((5 << 48) + 7)),
        "InvalidIPAddress.InUse",
    ),
    "a reserved address, assigned": (
        lambda n: assign(n, n.interface(8), Ipv6Addresses=[n.address(2)]),
        "InvalidParameterValue",
    ),
    "nothing to assign": (lambda n: assign(n, n.interface(8)), "MissingParameter"),
    "an address that is not assigned, unassigned": (
        lambda n: n.ec2.unassign_ipv6_addresses(
            NetworkInterfaceId=n.interface(8), Ipv6Addresses=[n.address(9)]
        ),
        "InvalidParameterValue",
    ),
    "a primary address without addresses": (
        lambda n: n.interface(EnablePrimaryIpv6=True),
        "InvalidParameterCombination",
    ),
    "addresses in an ipv4 subnet": (
        lambda n: n.interface(
            SubnetId=n.ec2.create_subnet(VpcId=n.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"],
            Ipv6AddressCount=1,
        ),
        "InvalidParameterValue",
    ),
    "the subnet's first ipv4 address": (
        lambda n: n.interface(PrivateIpAddress="10.0.0.0"),
        "InvalidParameterValue",
    ),
    "the subnet's fourth ipv4 address": (
        lambda n: n.interface(PrivateIpAddress="10.0.0.3"),
        "InvalidParameterValue",
    ),
    "the subnet's last ipv4 address": (
        lambda n: n.interface(PrivateIpAddress="10.0.0.255"),
        "InvalidParameterValue",
    ),
    "an ipv4 address outside": (lambda n: n.interface(PrivateIpAddress="10.0.1.9"), "InvalidParameterValue"),
    "another interface's ipv4 address": (
        lambda n: [n.interface(PrivateIpAddress="10.0.0.9") for _ in range(2)],
        "InvalidIPAddress.InUse",
    ),
}

PREFIXES = {
    "a /64": (lambda n: n.interface(Ipv6Prefixes=prefixes(str(n.block))), "InvalidParameterValue"),
    "a /81": (
        lambda n: n.interface(Ipv6Prefixes=prefixes(n.prefix(5).replace("/80", "/81"))),
        "InvalidParameterValue",
    ),
    "one of another subnet": (
        lambda n: n.interface(Ipv6Prefixes=prefixes(str(next(second_block(n).subnets(new_prefix=80))))),
        "InvalidParameterValue",
    ),
    "one that holds reserved addresses": (
        lambda n: n.interface(Ipv6Prefixes=prefixes(n.prefix(0))),
        "InvalidParameterValue",
    ),
    "another interface's": (
        lambda n: [n.interface(Ipv6Prefixes=prefixes(n.prefix(5))) for _ in range(2)],
        "InvalidIPAddress.InUse",
    ),
    "one over an assigned address": (
        lambda n: (n.interface((5 << 48) + 7), n.interface(Ipv6Prefixes=prefixes(n.prefix(5)))),
        "InvalidIPAddress.InUse",
    ),
    "together with addresses": (
        lambda n: n.interface(8, Ipv6Prefixes=prefixes(n.prefix(5))),
        "InvalidParameterCombination",
    ),
    "together with a count of addresses": (
        lambda n: n.interface(Ipv6AddressCount=1, Ipv6PrefixCount=1),
        "InvalidParameterCombination",
    ),
    "addresses with their count": (
        lambda n: n.interface(8, Ipv6AddressCount=1),
        "InvalidParameterCombination",
    ),
    "together with addresses at launch": (
        lambda n: launch_with(n, Ipv6Addresses=named(n.address(8)), Ipv6Prefixes=prefixes(n.prefix(5))),
        "InvalidParameterValue",
    ),
    "on a type that is not nitro": (
        lambda n: launch_with(n, "t2.micro", Ipv6PrefixCount=1),
        "InvalidParameterValue",
    ),
    "one that is not assigned, unassigned": (
        lambda n: n.ec2.unassign_ipv6_addresses(
            NetworkInterfaceId=n.interface(8), Ipv6Prefixes=[n.prefix(5)]
        ),
        "InvalidParameterValue",
    ),
}

LIMITS = {
    "an interface with 7 addresses for a t3.medium": (
        lambda n: n.run_on(n.interface(*range(16, 23)), "t3.medium"),
        "PrivateIpAddressLimitExceeded",
    ),
    "7 addresses asked for with a t3.medium": (
        lambda n: launch_with(n, Ipv6AddressCount=7),
        "PrivateIpAddressLimitExceeded",
    ),
    "5 addresses on a t3.micro": (
        lambda n: launch_with(n, "t3.micro", Ipv6AddressCount=5),
        "PrivateIpAddressLimitExceeded",
    ),
    "a third address on a t3.nano": (
        lambda n: assign(n, full_interface_on(n, "t3.nano", 2), Ipv6AddressCount=1),
        "PrivateIpAddressLimitExceeded",
    ),
    "a prefix on a full t3.nano": (
        lambda n: assign(n, full_interface_on(n, "t3.nano", 2), Ipv6PrefixCount=1),
        "PrivateIpAddressLimitExceeded",
    ),
    "a third ipv4 address on a t3.nano": (
        lambda n: n.ec2.assign_private_ip_addresses(
            NetworkInterfaceId=n.run()["NetworkInterfaces"][0]["NetworkInterfaceId"],
            SecondaryPrivateIpAddressCount=2,
        ),
        "PrivateIpAddressLimitExceeded",
    ),
    "an interface with 3 addresses to a t3.nano": (
        lambda n: n.ec2.attach_network_interface(
            InstanceId=n.run()["InstanceId"], NetworkInterfaceId=n.interface(8, 9, 10), DeviceIndex=1
        ),
        "PrivateIpAddressLimitExceeded",
    ),
    "a third interface for a t3.nano": (
        lambda n: n.run(
            NetworkInterfaces=[{"DeviceIndex": i, "NetworkInterfaceId": n.interface()} for i in range(3)]
        ),
        "AttachmentLimitExceeded",
    ),
    "a sixth elastic address": (lambda n: [eip(n) for _ in range(6)], "AddressLimitExceeded"),
}

LAUNCHES = {
    "an unknown image": (lambda n: n.run(ImageId="ami-00000000000000000"), "InvalidAMIID.NotFound"),
    "a malformed image": (lambda n: n.run(ImageId="debian"), "InvalidAMIID.Malformed"),
    "an unknown type": (lambda n: n.run("t3.huge"), "InvalidParameterValue"),
    "an unknown key pair": (lambda n: n.run(KeyName="nobody's"), "InvalidKeyPair.NotFound"),
    "an unknown subnet": (lambda n: n.run(SubnetId="subnet-00000000000000000"), "InvalidSubnetID.NotFound"),
    "an unknown group": (lambda n: n.run(SecurityGroupIds=["sg-00000000000000000"]), "InvalidGroup.NotFound"),
    "an unknown interface": (
        lambda n: n.run_on("eni-00000000000000000"),
        "InvalidNetworkInterfaceID.NotFound",
    ),
    "an interface in use": (
        lambda n: [n.run_on(interface) for interface in [n.interface(8)] * 2],
        "InvalidNetworkInterface.InUse",
    ),
    "too much user data": (lambda n: n.run(UserData="x" * 16385), "InvalidParameterValue"),
    "a subnet beside interfaces": (
        lambda n: n.run_on(n.interface(8), SubnetId=n.subnet),
        "InvalidParameterCombination",
    ),
    "groups beside interfaces": (
        lambda n: n.run_on(n.interface(8), SecurityGroupIds=[n.group]),
        "InvalidParameterCombination",
    ),
    "a reserved address": (
        lambda n: launch_with(n, Ipv6Addresses=named(n.address(1))),
        "InvalidParameterValue",
    ),
    "a hop limit of 65": (
        lambda n: n.run(MetadataOptions={"HttpPutResponseHopLimit": 65}),
        "InvalidParameterValue",
    ),
    "the same token for another request": (
        lambda n: [n.run(t, ClientToken=f"once {n.vpc}") for t in ("t3.nano", "t3.micro")],
        "IdempotentParameterMismatch",
    ),
    "new user data while it runs": (
        lambda n: n.ec2.modify_instance_attribute(
            InstanceId=n.run()["InstanceId"], UserData={"Value": "#!/bin/sh"}
        ),
        "IncorrectInstanceState",
    ),
    "another type while it runs": (
        lambda n: n.ec2.modify_instance_attribute(
            InstanceId=n.run()["InstanceId"], InstanceType={"Value": "t3.micro"}
        ),
        "IncorrectInstanceState",
    ),
    "to describe an unknown instance": (
        lambda n: n.describe_instance("i-00000000000000000"),
        "InvalidInstanceID.NotFound",
    ),
    "to start what is terminated": (
        lambda n: [
            (n.terminate(instance), n.ec2.start_instances(InstanceIds=[instance]))
            for instance in [n.run()["InstanceId"]]
        ],
        "IncorrectInstanceState",
    ),
}

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
        "address": ADDRESSES,
        "prefix": PREFIXES,
        "limit": LIMITS,
        "launch": LAUNCHES,
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
