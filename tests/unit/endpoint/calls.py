"""Calls that several tests make: EC2's, of which the tables of refusals are made, and the lab's own."""

import json
import urllib.request


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


def make_vpc(ec2):
    answer = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)
    [association] = answer["Vpc"]["Ipv6CidrBlockAssociationSet"]
    return answer["Vpc"]["VpcId"], association["Ipv6CidrBlock"]


def call(server, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())
