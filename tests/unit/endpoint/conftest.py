"""A region to call over HTTP: the endpoint's, emptied for each test, or AWS's own.

With DUALSTACK_TEST_ON_AWS=1 the same tests run against AWS, with your credentials and AWS_REGION: they make
what they need and take it away again, instances of type t3.nano and t3.medium among it, for minutes.
"""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Network

import boto3
import pytest
from botocore.config import Config

from lab.endpoint import Endpoint
from lab.names import ACCESS_KEY_ID, LAB_IMAGES, REGION, SECRET_ACCESS_KEY

ON_AWS = os.environ.get("DUALSTACK_TEST_ON_AWS") == "1"


@dataclass(frozen=True)
class Server:
    endpoint: Endpoint
    url: str
    changes: list[int]
    consoles: dict[str, str]
    """Console texts by instance, where they are not the usual one."""
    clients: dict[str, object] = field(default_factory=dict)

    def client(self, service):
        """The client of a service: one for all tests, as it takes longer to make than most tests to run."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.url,
                aws_access_key_id=ACCESS_KEY_ID,
                aws_secret_access_key=SECRET_ACCESS_KEY,
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self.clients[service]


@pytest.fixture(scope="session")
def running_server() -> Iterator[Server]:
    """The endpoint on loopback, one for all tests, its instances running at once."""
    changes: list[int] = []
    consoles: dict[str, str] = {}
    endpoint = Endpoint(
        lambda: changes.append(1),
        lambda instance: consoles.get(instance, f"console of {instance}\n"),
        LAB_IMAGES,
        machines=False,
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=endpoint.serve, args=(listening,))
        thread.start()
        yield Server(endpoint, f"http://127.0.0.1:{listening.getsockname()[1]}", changes, consoles)
        endpoint.shutdown()
        thread.join()


@pytest.fixture
def server(running_server) -> Server:
    """The endpoint with an empty region: for tests of what AWS has not."""
    running_server.endpoint.reset()
    running_server.changes.clear()
    return running_server


@pytest.fixture
def region(request):
    """Makes clients of a region: `region("ec2")`."""
    if ON_AWS:
        return boto3.client
    return request.getfixturevalue("server").client


@dataclass(frozen=True)
class Network:
    """A VPC with a dual-stack subnet and an internet gateway."""

    ec2: object
    image: str
    vpc: str
    vpc_block: IPv6Network
    subnet: str
    block: IPv6Network
    gateway: str
    group: str
    zone: str

    def address(self, offset: int) -> str:
        """The subnet's address with this number, from its end if negative."""
        return str(self.block[offset])

    def prefix(self, number: int) -> str:
        """The subnet's /80 with this number."""
        return str(IPv6Network((int(self.block.network_address) + (number << 48), 80)))

    def interface(self, *offsets: int, **options) -> str:
        """A new interface with these addresses; its id."""
        if offsets:
            options["Ipv6Addresses"] = [{"Ipv6Address": self.address(offset)} for offset in offsets]
        options.setdefault("SubnetId", self.subnet)
        return self.ec2.create_network_interface(**options)["NetworkInterface"]["NetworkInterfaceId"]

    def run(self, instance_type="t3.nano", **options) -> dict:
        """A new instance, in the subnet unless its interfaces are given; it runs."""
        if "NetworkInterfaces" not in options:
            options.setdefault("SubnetId", self.subnet)
        answer = self.ec2.run_instances(
            ImageId=options.pop("ImageId", self.image),
            InstanceType=instance_type,
            MinCount=1,
            MaxCount=1,
            **options,
        )
        instance = answer["Instances"][0]
        if ON_AWS:
            self.ec2.get_waiter("instance_running").wait(InstanceIds=[instance["InstanceId"]])
        return instance

    def run_on(self, interface: str, instance_type="t3.medium", **options) -> dict:
        """A new instance on an interface that exists."""
        given = [{"NetworkInterfaceId": interface, "DeviceIndex": 0}]
        return self.run(instance_type, NetworkInterfaces=given, **options)

    def describe_interface(self, interface: str) -> dict:
        return self.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]

    def describe_instance(self, instance: str) -> dict:
        answer = self.ec2.describe_instances(InstanceIds=[instance])
        return answer["Reservations"][0]["Instances"][0]

    def stop(self, instance: str) -> None:
        self.ec2.stop_instances(InstanceIds=[instance])
        self.wait("instance_stopped", instance)

    def terminate(self, instance: str) -> None:
        self.ec2.terminate_instances(InstanceIds=[instance])
        self.wait("instance_terminated", instance)

    def wait(self, waiter: str, instance: str) -> None:
        self.ec2.get_waiter(waiter).wait(InstanceIds=[instance])


AMI_PARAMETER = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"


@pytest.fixture
def network(region) -> Iterator[Network]:
    """A VPC to work in; on AWS it is taken away afterwards with all that is in it."""
    ec2 = region("ec2")
    image = region("ssm").get_parameter(Name=AMI_PARAMETER)["Parameter"]["Value"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[vpc])
    associations = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    vpc_block = IPv6Network(associations[0]["Ipv6CidrBlock"])
    block = next(iter(vpc_block.subnets(new_prefix=64)))
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=str(block), AvailabilityZone=zone
    )["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    group = ec2.create_security_group(GroupName="hosts", Description="hosts", VpcId=vpc)["GroupId"]
    yield Network(ec2, image, vpc, vpc_block, subnet, block, gateway, group, zone)
    if ON_AWS:
        take_away(ec2, vpc)


def take_away(ec2, vpc: str) -> None:
    """Delete the VPC with all that a test left in it."""
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    take_away_hosts(ec2, vpc, here)
    for subnet in ec2.describe_subnets(Filters=here)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for table in ec2.describe_route_tables(Filters=here)["RouteTables"]:
        if not any(association["Main"] for association in table["Associations"]):
            ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    take_away_groups(ec2, here)
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    for gateway in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    ec2.delete_vpc(VpcId=vpc)


def take_away_hosts(ec2, vpc: str, here: list) -> None:
    instances = [
        instance["InstanceId"]
        for reservation in ec2.describe_instances(Filters=here)["Reservations"]
        for instance in reservation["Instances"]
    ]
    if instances:
        ec2.terminate_instances(InstanceIds=instances)
        ec2.get_waiter("instance_terminated").wait(InstanceIds=instances)
    for mapping in ec2.describe_addresses(Filters=[{"Name": "tag:dualstack:test", "Values": [vpc]}])[
        "Addresses"
    ]:
        if "AssociationId" in mapping:
            ec2.disassociate_address(AssociationId=mapping["AssociationId"])
        ec2.release_address(AllocationId=mapping["AllocationId"])
    for interface in ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"]:
        ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])


def take_away_groups(ec2, here: list) -> None:
    groups = ec2.describe_security_groups(Filters=here)["SecurityGroups"]
    for group in groups:
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    for group in groups:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
