"""NAT gateways and subnets without IPv4. Every test can be run on AWS (see conftest)."""

import pytest
from botocore.exceptions import ClientError


def allocation(network) -> str:
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "dualstack:test", "Value": network.vpc}]}]
    return network.ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]


def gateway(network, **options) -> str:
    options = {"SubnetId": network.subnet, "AllocationId": allocation(network), **options}
    return network.ec2.create_nat_gateway(**options)["NatGateway"]["NatGatewayId"]


def described(network, gateway_id: str) -> dict:
    return network.ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"][0]


def available(network) -> str:
    made = gateway(network)
    network.ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[made], WaiterConfig={"Delay": 1})
    return made


def code_of(refusal) -> str:
    return refusal.value.response["Error"]["Code"]


def deleted(network, gateway_id: str) -> None:
    network.ec2.delete_nat_gateway(NatGatewayId=gateway_id)
    network.ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[gateway_id], WaiterConfig={"Delay": 1})


def ipv6_only_subnet(network) -> dict:
    block = list(network.vpc_block.subnets(new_prefix=64))[3]
    options = {"VpcId": network.vpc, "Ipv6CidrBlock": str(block), "Ipv6Native": True}
    return network.ec2.create_subnet(**options)["Subnet"]


def test_a_gateway_is_pending_and_then_available_with_an_address_of_its_subnet(network):
    made = gateway(network)
    assert described(network, made)["State"] == "pending"
    network.ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[made], WaiterConfig={"Delay": 1})
    [address] = described(network, made)["NatGatewayAddresses"]
    assert address["PrivateIp"].startswith("10.0.0.")
    interface = network.describe_interface(address["NetworkInterfaceId"])
    assert interface["Association"]["PublicIp"] == address["PublicIp"]
    assert (interface["Status"], interface["SourceDestCheck"]) == ("in-use", False)
    deleted(network, made)


def test_a_deleted_gateway_gives_its_interface_and_its_address_back(network):
    made = available(network)
    [address] = described(network, made)["NatGatewayAddresses"]
    with pytest.raises(ClientError) as refusal:
        network.ec2.release_address(AllocationId=address["AllocationId"])
    assert code_of(refusal) == "InvalidIPAddress.InUse"
    deleted(network, made)
    network.ec2.release_address(AllocationId=address["AllocationId"])
    with pytest.raises(ClientError) as refusal:
        network.describe_interface(address["NetworkInterfaceId"])
    assert code_of(refusal) == "InvalidNetworkInterfaceID.NotFound"


def test_without_an_internet_gateway_a_gateway_fails_and_says_why(network):
    network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    made = gateway(network)
    while (found := described(network, made))["State"] == "pending":
        pass
    assert (found["State"], found["FailureCode"]) == ("failed", "Gateway.NotAttached")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"AllocationId": "eipalloc-0123456789abcdef0"}, "InvalidAllocationID.NotFound"),
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound"),
    ],
)
def test_what_is_not_there_is_named(network, options, code):
    with pytest.raises(ClientError) as refusal:
        gateway(network, **options)
    assert code_of(refusal) == code


def test_a_public_gateway_needs_an_address_and_a_subnet_with_ipv4(network):
    with pytest.raises(ClientError) as refusal:
        network.ec2.create_nat_gateway(SubnetId=network.subnet)
    assert code_of(refusal) == "MissingParameter"
    with pytest.raises(ClientError) as refusal:
        gateway(network, SubnetId=ipv6_only_subnet(network)["SubnetId"])
    assert code_of(refusal) == "InvalidParameterValue"


def test_a_route_leads_to_a_gateway_of_the_same_vpc(network):
    made = available(network)
    table = network.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationIpv6CidrBlock": "64:ff9b::/96"}
    network.ec2.create_route(**route, NatGatewayId=made)
    routes = network.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [one["NatGatewayId"] for one in routes if "NatGatewayId" in one] == [made]
    with pytest.raises(ClientError) as refusal:
        network.ec2.replace_route(**route, NatGatewayId="nat-0123456789abcdef0")
    assert code_of(refusal) == "InvalidNatGatewayID.NotFound"
    deleted(network, made)


def test_a_gateway_that_never_was_is_not_found(network):
    with pytest.raises(ClientError) as refusal:
        described(network, "nat-0123456789abcdef0")
    assert code_of(refusal) == "NatGatewayNotFound"


def test_a_subnet_without_ipv4_gives_interfaces_no_ipv4(network):
    subnet = ipv6_only_subnet(network)
    assert (subnet["Ipv6Native"], subnet.get("CidrBlock")) == (True, None)
    interface = network.interface(SubnetId=subnet["SubnetId"], Ipv6AddressCount=1)
    described_interface = network.describe_interface(interface)
    assert described_interface.get("PrivateIpAddress") is None
    assert described_interface.get("PrivateIpAddresses", []) == []
    assert len(described_interface["Ipv6Addresses"]) == 1


def test_a_subnet_without_ipv4_is_beside_one_that_has_both(network):
    ipv6_only_subnet(network)
    block = list(network.vpc_block.subnets(new_prefix=64))[4]
    made = network.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.4.0/24", Ipv6CidrBlock=str(block))
    assert made["Subnet"]["CidrBlock"] == "10.0.4.0/24"
