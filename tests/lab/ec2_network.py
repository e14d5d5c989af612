"""A network, and instances on it, made by EC2's API alone, as boto3 calls it: no Pulumi."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab.fabric import namespaces
from lab.instances import ec2_client
from lab.machines import Host
from lab.names import DEFAULT_AMI, ENDPOINT_URL, LAB_IMAGES, OPERATOR_NAMESPACE
from tests.lab.lab_session import Keys, Lab, on_operator_side, wait_for


def ec2(operation: str, **parameters: Any) -> dict[str, Any]:
    """Calls EC2 as boto3 does, from the operator's side: `ec2("run_instances", ...)`."""
    return namespaces.inside(OPERATOR_NAMESPACE, lambda: getattr(ec2_client(), operation)(**parameters))


def state_of(instance_id: str) -> str:
    """EC2's word for the instance's state."""
    answer = ec2("describe_instances", InstanceIds=[instance_id])
    return answer["Reservations"][0]["Instances"][0]["State"]["Name"]


@dataclass(frozen=True)
class Network:
    """A VPC with one subnet, a way to the internet and a security group that admits SSH and ICMPv6."""

    vpc_id: str
    subnet_id: str
    ipv6_prefix: str
    """The subnet's, without its length: `2001:db8:0:100::`."""
    group_id: str
    gateway_id: str


def make_network() -> Network:
    """Makes one, by EC2's API alone."""
    vpc = ec2("create_vpc", CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    described = ec2("describe_vpcs", VpcIds=[vpc])["Vpcs"][0]
    prefix = described["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].removesuffix("/56")
    subnet = ec2("create_subnet", VpcId=vpc, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=f"{prefix}/64")
    gateway = ec2("create_internet_gateway")["InternetGateway"]["InternetGatewayId"]
    ec2("attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)
    tables = ec2("describe_route_tables", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    table = tables[0]["RouteTableId"]
    ec2("create_route", RouteTableId=table, DestinationIpv6CidrBlock="::/0", GatewayId=gateway)
    group = ec2("create_security_group", GroupName="machines", Description="machines", VpcId=vpc)["GroupId"]
    anywhere = [{"CidrIpv6": "::/0"}]
    ec2(
        "authorize_security_group_ingress",
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": anywhere},
            {"IpProtocol": "icmpv6", "FromPort": -1, "ToPort": -1, "Ipv6Ranges": anywhere},
        ],
    )
    return Network(vpc, subnet["Subnet"]["SubnetId"], prefix, group, gateway)


def remove_network(network: Network) -> None:
    """Removes it with all instances and interfaces that are on it."""
    mine = [{"Name": "vpc-id", "Values": [network.vpc_id]}]
    reservations = ec2("describe_instances", Filters=mine)["Reservations"]
    instances = [one["InstanceId"] for reservation in reservations for one in reservation["Instances"]]
    if instances:
        ec2("terminate_instances", InstanceIds=instances)
    for instance in instances:
        wait_for(lambda one=instance: state_of(one) == "terminated", "the state terminated")
    for interface in ec2("describe_network_interfaces", Filters=mine)["NetworkInterfaces"]:
        ec2("delete_network_interface", NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2("delete_subnet", SubnetId=network.subnet_id)
    ec2("detach_internet_gateway", InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)
    ec2("delete_internet_gateway", InternetGatewayId=network.gateway_id)
    ec2("delete_security_group", GroupId=network.group_id)
    ec2("delete_vpc", VpcId=network.vpc_id)


@contextmanager
def network_with_key(lab: "Lab", keys: Keys, key_name: str) -> Generator[Network]:
    """Such a network, and the login key as an EC2 key pair, for a file of tests; both go with all on it."""
    lab.ensure_up()
    ec2("import_key_pair", KeyName=key_name, PublicKeyMaterial=keys.login_public.encode())
    network = make_network()
    try:
        yield network
    finally:
        remove_network(network)
        ec2("delete_key_pair", KeyName=key_name)


def make_interface(network: Network, addresses: Sequence[str]) -> str:
    """An ENI with these IPv6 addresses; its id."""
    answer = ec2(
        "create_network_interface",
        SubnetId=network.subnet_id,
        Groups=[network.group_id],
        Ipv6Addresses=[{"Ipv6Address": address} for address in addresses],
    )
    return answer["NetworkInterface"]["NetworkInterfaceId"]


def way_out_over_ipv4(network: Network) -> None:
    """Has a network send IPv4 to its internet gateway, too."""
    filters = [{"Name": "vpc-id", "Values": [network.vpc_id]}]
    table = ec2("describe_route_tables", Filters=filters)["RouteTables"][0]["RouteTableId"]
    ec2(
        "create_route",
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=network.gateway_id,
    )


def give_public_address(interface: str) -> str:
    """Gives an interface a public IPv4 address; that address."""
    made = ec2("allocate_address", Domain="vpc")
    ec2("associate_address", AllocationId=made["AllocationId"], NetworkInterfaceId=interface)
    return made["PublicIp"]


def public_address(interface: str) -> str:
    """The public IPv4 address of an interface."""
    filters = [{"Name": "network-interface-id", "Values": [interface]}]
    return ec2("describe_addresses", Filters=filters)["Addresses"][0]["PublicIp"]


def release_public_addresses(network: Network) -> None:
    """Gives back the public IPv4 addresses of a network's interfaces."""
    filters = [{"Name": "vpc-id", "Values": [network.vpc_id]}]
    mine = {
        one["NetworkInterfaceId"]
        for one in ec2("describe_network_interfaces", Filters=filters)["NetworkInterfaces"]
    }
    for address in ec2("describe_addresses")["Addresses"]:
        if address.get("NetworkInterfaceId") in mine:
            ec2("disassociate_address", AssociationId=address["AssociationId"])
            ec2("release_address", AllocationId=address["AllocationId"])


@contextmanager
def all_leased() -> Generator[None]:
    """While open, DHCPv6 leases all addresses of the interfaces that are made, as was seen on AWS."""
    _lease("all")
    try:
        yield
    finally:
        _lease("first")


def _lease(what: str) -> None:
    answer = on_operator_side(
        ["curl", "-sf", f"{ENDPOINT_URL}/lab/dhcpv6", "-d", json.dumps({"leases": what})]
    )
    assert answer.returncode == 0, answer.stdout


def ami_of(image: str) -> str:
    """The AMI that has an image of the lab, such as `debian-12-docker`."""
    return next(ami for ami, name in LAB_IMAGES.items() if name == image)


def run_instance(
    interface_id: str, keys: Keys, key_name: str, image_id: str = DEFAULT_AMI, more_user_data: str = ""
) -> Host:
    """An instance on the ENI, as `DockerHost` makes one; it is `pending` yet."""
    answer = ec2(
        "run_instances",
        ImageId=image_id,
        InstanceType="t3.medium",
        MinCount=1,
        MaxCount=1,
        KeyName=key_name,
        UserData=keys.user_data(more_user_data),
        NetworkInterfaces=[{"NetworkInterfaceId": interface_id, "DeviceIndex": 0}],
        MetadataOptions={"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpProtocolIpv6": "enabled"},
    )
    return Host(answer["Instances"][0]["InstanceId"])


def console_output(instance_id: str) -> str:
    """What GetConsoleOutput says; boto3 decodes it."""
    return ec2("get_console_output", InstanceId=instance_id, Latest=True)["Output"]
