"""What EC2 does with addresses and prefixes of interfaces. Every test can be run on AWS (see conftest)."""


def ipv6_of(described):
    return [item["Ipv6Address"] for item in described["Ipv6Addresses"]]


def test_an_interface_keeps_its_addresses_in_order_and_in_canonical_form(network):
    interface = network.interface(0x10001, 8, 11, 10, 9)
    assert ipv6_of(network.describe_interface(interface)) == [
        network.address(offset) for offset in (0x10001, 8, 11, 10, 9)
    ]


def test_the_lowest_and_the_last_assignable_addresses_are_given(network):
    interface = network.interface(4, -2)
    assert ipv6_of(network.describe_interface(interface)) == [network.address(4), network.address(-2)]


def test_counted_addresses_lie_in_the_subnet(network):
    interface = network.interface(Ipv6AddressCount=3)
    addresses = ipv6_of(network.describe_interface(interface))
    assert len(set(addresses)) == 3
    assert all(address.startswith(str(network.block.network_address).rstrip(":")) for address in addresses)


def test_a_prefix_is_described_and_unassigned(network):
    prefix = network.prefix(5)
    interface = network.interface(Ipv6Prefixes=[{"Ipv6Prefix": prefix}])
    assert network.describe_interface(interface)["Ipv6Prefixes"] == [{"Ipv6Prefix": prefix}]
    answer = network.ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Prefixes=[prefix])
    assert answer["UnassignedIpv6Prefixes"] == [prefix]
    assert not network.describe_interface(interface).get("Ipv6Prefixes")


def test_a_counted_prefix_holds_no_reserved_address(network):
    interface = network.interface(Ipv6PrefixCount=1)
    [given] = network.describe_interface(interface)["Ipv6Prefixes"]
    assert given["Ipv6Prefix"] not in (network.prefix(0), network.prefix(0xFFFF))


def test_an_interface_with_a_prefix_takes_addresses_afterwards(network):
    interface = network.interface(Ipv6Prefixes=[{"Ipv6Prefix": network.prefix(5)}])
    answer = network.ec2.assign_ipv6_addresses(
        NetworkInterfaceId=interface, Ipv6Addresses=[network.address(8)]
    )
    assert answer["AssignedIpv6Addresses"] == [network.address(8)]
    assert ipv6_of(network.describe_interface(interface)) == [network.address(8)]


def test_assigning_answers_with_the_new_addresses_only(network):
    interface = network.interface(8)
    answer = network.ec2.assign_ipv6_addresses(
        NetworkInterfaceId=interface, Ipv6Addresses=[network.address(9)]
    )
    assert answer["AssignedIpv6Addresses"] == [network.address(9)]


def test_an_unassigned_address_is_free_again(network):
    first = network.interface(8)
    network.ec2.unassign_ipv6_addresses(NetworkInterfaceId=first, Ipv6Addresses=[network.address(8)])
    assert ipv6_of(network.describe_interface(network.interface(8))) == [network.address(8)]


def test_a_deleted_interface_gives_its_addresses_back(network):
    interface = network.interface(8, PrivateIpAddress="10.0.0.9")
    network.ec2.delete_network_interface(NetworkInterfaceId=interface)
    network.interface(8, PrivateIpAddress="10.0.0.9")


def test_a_primary_address_is_the_first_one(network):
    interface = network.interface(9, 8, EnablePrimaryIpv6=True)
    assert [item.get("IsPrimaryIpv6") for item in network.describe_interface(interface)["Ipv6Addresses"]] == [
        True,
        False,
    ]


def test_a_primary_address_can_be_enabled_later(network):
    interface = network.interface(8)
    network.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, EnablePrimaryIpv6=True)
    assert network.describe_interface(interface)["Ipv6Addresses"][0]["IsPrimaryIpv6"] is True


def test_a_subnet_that_assigns_addresses_gives_one(network):
    network.ec2.modify_subnet_attribute(SubnetId=network.subnet, AssignIpv6AddressOnCreation={"Value": True})
    assert len(network.describe_interface(network.interface())["Ipv6Addresses"]) == 1


def test_interface_attributes_change(network):
    interface = network.interface(8, Description="before")
    modify = network.ec2.modify_network_interface_attribute
    modify(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    modify(NetworkInterfaceId=interface, Description={"Value": "after"})
    modify(NetworkInterfaceId=interface, Groups=[network.group])
    described = network.describe_interface(interface)
    assert described["SourceDestCheck"] is False
    assert described["Description"] == "after"
    assert [group["GroupId"] for group in described["Groups"]] == [network.group]
