"""What EC2 does: instances, groups, subnets, tags. Every test can be run on AWS (see conftest)."""

import base64

import pytest
from botocore.exceptions import ClientError


def ipv6_of(described):
    return [item["Ipv6Address"] for item in described["Ipv6Addresses"]]


def named(*addresses):
    return [{"Ipv6Address": address} for address in addresses]


def tag(resource_type, key, value):
    return [{"ResourceType": resource_type, "Tags": [{"Key": key, "Value": value}]}]


def test_an_instance_takes_a_given_interface_and_leaves_it(network):
    interface = network.interface(0x10001, 8, 9, 10, 11, Groups=[network.group])
    instance = network.run_on(interface)["InstanceId"]
    described = network.describe_instance(instance)
    [device] = described["NetworkInterfaces"]
    assert device["NetworkInterfaceId"] == interface
    assert len(device["Ipv6Addresses"]) == 5
    assert device["Attachment"]["DeleteOnTermination"] is False
    assert [group["GroupId"] for group in described["SecurityGroups"]] == [network.group]
    network.terminate(instance)
    after = network.describe_interface(interface)
    assert after["Status"] == "available"
    assert "Attachment" not in after
    assert ipv6_of(after)[0] == network.address(0x10001)


def test_an_interface_made_at_launch_goes_with_the_instance(network):
    wish = {"DeviceIndex": 0, "SubnetId": network.subnet, "Ipv6Addresses": named(network.address(8))}
    launched = network.run(NetworkInterfaces=[{**wish, "PrimaryIpv6": True, "Groups": [network.group]}])
    interface = launched["NetworkInterfaces"][0]["NetworkInterfaceId"]
    assert network.describe_interface(interface)["Ipv6Addresses"] == [
        {"Ipv6Address": network.address(8), "IsPrimaryIpv6": True}
    ]
    network.terminate(launched["InstanceId"])
    with pytest.raises(ClientError, match=r"\(InvalidNetworkInterfaceID.NotFound\)"):
        network.describe_interface(interface)


def test_a_prefix_given_at_launch(network):
    wish = {"DeviceIndex": 0, "SubnetId": network.subnet, "Ipv6Prefixes": [{"Ipv6Prefix": network.prefix(7)}]}
    launched = network.run(NetworkInterfaces=[wish])
    assert launched["NetworkInterfaces"][0]["Ipv6Prefixes"] == [{"Ipv6Prefix": network.prefix(7)}]


def test_a_prefix_counts_as_one_address(network):
    interface = network.interface(8)
    network.run_on(interface, "t3.nano")
    network.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6PrefixCount=1)
    assert len(network.describe_interface(interface)["Ipv6Prefixes"]) == 1


def test_a_repeated_launch_is_one_launch(network):
    token = f"again {network.vpc}"
    first, second = (network.run(ClientToken=token) for _ in range(2))
    assert first["InstanceId"] == second["InstanceId"]


def test_metadata_options_are_kept_when_one_changes(network):
    options = {"HttpTokens": "required", "HttpProtocolIpv6": "enabled", "HttpPutResponseHopLimit": 2}
    instance = network.run(MetadataOptions=options)["InstanceId"]
    network.ec2.modify_instance_metadata_options(InstanceId=instance, HttpPutResponseHopLimit=3)
    described = network.describe_instance(instance)["MetadataOptions"]
    assert {name: described[name] for name in options} == {**options, "HttpPutResponseHopLimit": 3}


def test_user_data_changes_while_stopped(network):
    instance = network.run(UserData="#!/bin/true")["InstanceId"]
    network.stop(instance)
    network.ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": "#!/bin/false"})
    answer = network.ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
    assert base64.b64decode(answer["UserData"]["Value"]) == b"#!/bin/false"


def test_a_smaller_type_must_hold_the_addresses(network):
    instance = network.run_on(network.interface(8, 9, 10, 11, 12))["InstanceId"]
    network.stop(instance)
    with pytest.raises(ClientError, match="PrivateIpAddressLimitExceeded"):
        network.ec2.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t3.micro"})
    network.ec2.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t3.large"})
    assert network.describe_instance(instance)["InstanceType"] == "t3.large"


def test_a_public_address_is_mapped_on_the_interface(network):
    allocation = network.ec2.allocate_address(
        Domain="vpc", TagSpecifications=tag("elastic-ip", "dualstack:test", network.vpc)
    )
    interface = network.interface()
    network.ec2.associate_address(AllocationId=allocation["AllocationId"], NetworkInterfaceId=interface)
    association = network.describe_interface(interface)["Association"]
    assert association["PublicIp"] == allocation["PublicIp"]
    network.ec2.delete_network_interface(NetworkInterfaceId=interface)
    [address] = network.ec2.describe_addresses(AllocationIds=[allocation["AllocationId"]])["Addresses"]
    assert "AssociationId" not in address


def test_a_new_group_lets_everything_out_over_both_families(network):
    answer = network.ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [network.group]}]
    )
    assert sorted(
        (rule["IsEgress"], rule["IpProtocol"], rule.get("CidrIpv4") or rule.get("CidrIpv6"))
        for rule in answer["SecurityGroupRules"]
    ) == [(True, "-1", "0.0.0.0/0"), (True, "-1", "::/0")]


def authorize(network, **permission):
    answer = network.ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=[permission])
    return answer["SecurityGroupRules"][0]


def rule_of(network, rule_id):
    answer = network.ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])
    return answer["SecurityGroupRules"][0]


def test_protocol_58_is_icmpv6_and_needs_no_ports(network):
    made = authorize(network, IpProtocol="58", Ipv6Ranges=[{"CidrIpv6": "::/0"}])
    described = rule_of(network, made["SecurityGroupRuleId"])
    assert (described["IpProtocol"], described["FromPort"], described["ToPort"]) == ("icmpv6", -1, -1)


def test_a_group_can_name_itself(network):
    made = authorize(network, IpProtocol="icmpv6", UserIdGroupPairs=[{"GroupId": network.group}])
    assert made["ReferencedGroupInfo"]["GroupId"] == network.group
    network.ec2.delete_security_group(GroupId=network.group)


def test_a_rule_changes_under_its_id(network):
    made = authorize(network, IpProtocol="tcp", FromPort=22, ToPort=22, Ipv6Ranges=[{"CidrIpv6": "::/0"}])[
        "SecurityGroupRuleId"
    ]
    change = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIpv6": "2001:db8::/32"}
    network.ec2.modify_security_group_rules(
        GroupId=network.group,
        SecurityGroupRules=[
            {"SecurityGroupRuleId": made, "SecurityGroupRule": {**change, "Description": "web"}}
        ],
    )
    described = rule_of(network, made)
    assert {name: described[name] for name in change} == change
    assert described["Description"] == "web"


def test_a_rule_can_be_opened_to_all_protocols(network):
    made = authorize(network, IpProtocol="tcp", FromPort=22, ToPort=22, Ipv6Ranges=[{"CidrIpv6": "::/0"}])[
        "SecurityGroupRuleId"
    ]
    change = {"IpProtocol": "-1", "CidrIpv6": "::/0"}
    network.ec2.modify_security_group_rules(
        GroupId=network.group,
        SecurityGroupRules=[{"SecurityGroupRuleId": made, "SecurityGroupRule": change}],
    )
    assert rule_of(network, made)["IpProtocol"] == "-1"


def test_dns64_and_resource_names_are_attributes_of_the_subnet(network):
    modify = network.ec2.modify_subnet_attribute
    modify(SubnetId=network.subnet, EnableDns64={"Value": True})
    modify(SubnetId=network.subnet, EnableResourceNameDnsAAAARecordOnLaunch={"Value": True})
    [subnet] = network.ec2.describe_subnets(SubnetIds=[network.subnet])["Subnets"]
    assert subnet["EnableDns64"] is True
    assert subnet["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsAAAARecord"] is True
    assert subnet["MapPublicIpOnLaunch"] is False


def test_a_subnet_block_is_associated_later(network):
    block = str(list(network.vpc_block.subnets(new_prefix=64))[7])
    subnet = network.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    network.ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=block)
    [described] = network.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    [association] = described["Ipv6CidrBlockAssociationSet"]
    assert association["Ipv6CidrBlock"] == block


def test_an_emptied_vpc_is_deleted(network):
    ec2 = network.ec2
    ec2.delete_subnet(SubnetId=network.subnet)
    ec2.delete_security_group(GroupId=network.group)
    ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=network.gateway)
    ec2.delete_vpc(VpcId=network.vpc)
    with pytest.raises(ClientError, match=r"\(InvalidVpcID.NotFound\)"):
        ec2.describe_vpcs(VpcIds=[network.vpc])


def test_tags_are_found_and_filtered(network):
    interface = network.interface(
        8, TagSpecifications=tag("network-interface", "dualstack:test", network.vpc)
    )
    found = network.ec2.describe_tags(Filters=[{"Name": "tag:dualstack:test", "Values": [network.vpc]}])
    assert [(t["ResourceType"], t["ResourceId"]) for t in found["Tags"]] == [("network-interface", interface)]
    filters = [{"Name": "tag:dualstack:test", "Values": [network.vpc]}]
    described = network.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert [item["NetworkInterfaceId"] for item in described] == [interface]
    network.ec2.delete_network_interface(NetworkInterfaceId=interface)
    filters = [{"Name": "resource-id", "Values": [interface]}]
    assert network.ec2.describe_tags(Filters=filters)["Tags"] == []


@pytest.mark.parametrize(("instance_type", "limit"), [("t3.nano", 2), ("t3.micro", 2), ("t3.medium", 6)])
def test_types_say_how_many_addresses_they_hold(region, instance_type, limit):
    answer = region("ec2").describe_instance_types(InstanceTypes=[instance_type])
    assert answer["InstanceTypes"][0]["NetworkInfo"]["Ipv6AddressesPerInterface"] == limit


@pytest.mark.parametrize("release", ["22.04/ebs-gp2", "24.04/ebs-gp3"])
@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_canonical_names_an_image_that_exists(region, release, architecture):
    number, volume = release.split("/")
    path = f"/aws/service/canonical/ubuntu/server/{number}/stable/current/{architecture}/hvm/{volume}/ami-id"
    image = region("ssm").get_parameter(Name=path)["Parameter"]["Value"]
    assert region("ec2").describe_images(ImageIds=[image])["Images"][0]["State"] == "available"
