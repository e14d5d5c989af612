"""A program with one resource of every type of the AWS stand-in, and its changed version."""

import textwrap

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKdyBq7PfxOtp4dfKkKHpXyyKUQFCTEZmjm6WQGYpHvH me"
IMAGE_PARAMETER = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"

NETWORK = textwrap.dedent(
    f"""
    import pulumi
    import pulumi_aws as aws

    vpc = aws.ec2.Vpc(
        "net", cidr_block="10.0.0.0/16", assign_generated_ipv6_cidr_block=True, enable_dns_hostnames=True,
        tags={{"Name": "net", "kept": "yes"}},
    )
    block = vpc.ipv6_cidr_block.apply(lambda cidr: cidr.replace("00::/56", "00::"))
    gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id)
    outgoing = aws.ec2.EgressOnlyInternetGateway("outgoing", vpc_id=vpc.id)
    table = aws.ec2.RouteTable("table", vpc_id=vpc.id)
    other = aws.ec2.RouteTable("other", vpc_id=vpc.id)
    aws.ec2.Route(
        "v4", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id,
    )
    aws.ec2.Route(
        "v6", route_table_id=table.id, destination_ipv6_cidr_block="::/0", gateway_id=gateway.id,
    )
    subnet = aws.ec2.Subnet(
        "subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24", ipv6_cidr_block=block.apply(lambda b: b + "/64"),
        availability_zone="eu-central-1a", map_public_ip_on_launch=False,
    )
    aws.ec2.RouteTableAssociation("association", route_table_id=table.id, subnet_id=subnet.id)
    group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, description="hosts")
    aws.vpc.SecurityGroupIngressRule(
        "icmp", security_group_id=group.id, ip_protocol="icmpv6", from_port=-1, to_port=-1,
        referenced_security_group_id=group.id,
    )
    aws.vpc.SecurityGroupIngressRule(
        "ssh", security_group_id=group.id, ip_protocol="tcp", from_port=22, to_port=22,
        cidr_ipv6="2001:db8:fffe::/64", description="operator",
    )
    aws.vpc.SecurityGroupEgressRule(
        "everything", security_group_id=group.id, ip_protocol="-1", cidr_ipv6="::/0",
    )
    addresses = ["1:1", "9", "8"]
    eni = aws.ec2.NetworkInterface(
        "eni", subnet_id=subnet.id, description="host 1", security_groups=[group.id],
        ipv6_addresses=block.apply(lambda b: [b + one for one in addresses]),
    )
    key = aws.ec2.KeyPair("key", public_key="{PUBLIC_KEY}")
    image = aws.ssm.get_parameter(name="{IMAGE_PARAMETER}")
    host = aws.ec2.Instance(
        "host", ami=image.value, instance_type="t3.medium", key_name=key.key_name,
        user_data="#cloud-config\\n", primary_network_interface={{"network_interface_id": eni.id}},
        metadata_options={{"http_tokens": "required", "http_put_response_hop_limit": 2}},
        root_block_device={{"volume_size": 12, "volume_type": "gp3"}},
        opts=pulumi.ResourceOptions(delete_before_replace=True),
    )
    second = aws.ec2.NetworkInterface("second", subnet_id=subnet.id, private_ips=["10.0.1.100"])
    aws.ec2.NetworkInterfaceAttachment(
        "attachment", instance_id=host.id, network_interface_id=second.id, device_index=1,
        opts=pulumi.ResourceOptions(delete_before_replace=True),
    )
    address = aws.ec2.Eip("address", domain="vpc")
    aws.ec2.EipAssociation("public", allocation_id=address.id, network_interface_id=eni.id)
    translated = aws.ec2.NatGateway(
        "translated", subnet_id=subnet.id, allocation_id=aws.ec2.Eip("seen", domain="vpc").id,
        tags={{"Name": "translated"}}, opts=pulumi.ResourceOptions(depends_on=[gateway]),
    )
    aws.ec2.Route(
        "nat64", route_table_id=other.id, destination_ipv6_cidr_block="64:ff9b::/96",
        nat_gateway_id=translated.id,
    )
    new = aws.ec2.Subnet(
        "new", vpc_id=vpc.id, ipv6_native=True, assign_ipv6_address_on_creation=True, enable_dns64=True,
        ipv6_cidr_block=vpc.ipv6_cidr_block.apply(lambda cidr: cidr.replace("00::/56", "01::/64")),
        enable_resource_name_dns_aaaa_record_on_launch=True,
        private_dns_hostname_type_on_launch="resource-name",
    )
    """
)

# What is changed in the program, and what the engine does to each resource that it touches.
CHANGES = {
    '"Name": "net", "kept": "yes"': '"Name": "renamed", "kept": "yes"',
    'destination_ipv6_cidr_block="::/0", gateway_id=gateway.id': (
        'destination_ipv6_cidr_block="::/0", egress_only_gateway_id=outgoing.id'
    ),
    "map_public_ip_on_launch=False": "map_public_ip_on_launch=True",
    '"association", route_table_id=table.id': '"association", route_table_id=other.id',
    'from_port=22, to_port=22,\n    cidr_ipv6="2001:db8:fffe::/64"': (
        'from_port=22, to_port=2222,\n    cidr_ipv6="2001:db8:fffe::/64"'
    ),
    'ip_protocol="-1", cidr_ipv6="::/0"': 'ip_protocol="-1", cidr_ipv4="0.0.0.0/0"',
    '["1:1", "9", "8"]': '["0008", "A", "1:1"]',
    'description="host 1"': 'description="host one", source_dest_check=False',
    '"http_put_response_hop_limit": 2': '"http_put_response_hop_limit": 3',
    "#cloud-config\\n": "#cloud-config\\nhostname: host\\n",
    'private_ips=["10.0.1.100"]': 'private_ips=["10.0.1.100", "10.0.1.101"]',
    "device_index=1": "device_index=2",
    '{"Name": "translated"}': '{"Name": "NAT64"}',
}
STEPS = {
    "net": "update",
    "v6": "update",
    "subnet": "update",
    "association": "update",
    "ssh": "update",
    "everything": "replace",
    "eni": "update",
    "host": "update",
    "second": "update",
    "attachment": "replace",
    "translated": "update",
}


def changed_network() -> str:
    """The program with every change made. Raises AssertionError if one of them has no place in it."""
    program = NETWORK
    for before, after in CHANGES.items():
        assert program.count(before) == 1, before
        program = program.replace(before, after)
    return program
