"""What EC2 refuses of addresses and instances, each with its own code. Every row can be tried on AWS.

How: see conftest.
"""

import pytest
from botocore.exceptions import ClientError

from tests.unit.endpoint.calls import (
    assign,
    eip,
    full_interface_on,
    launch_with,
    named,
    prefixes,
    second_block,
)

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

TABLE = {
    f"{kind}: {case}": row
    for kind, cases in {
        "address": ADDRESSES,
        "prefix": PREFIXES,
        "limit": LIMITS,
        "launch": LAUNCHES,
    }.items()
    for case, row in cases.items()
}


@pytest.mark.parametrize(("act", "code"), TABLE.values(), ids=TABLE)
def test_ec2_refuses(network, act, code):
    with pytest.raises(ClientError) as refusal:
        act(network)
    assert refusal.value.response["Error"]["Code"] == code
