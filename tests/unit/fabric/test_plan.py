"""From a region to its fabric: what is laid, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.fabric.model import Address, Cable, Fabric, Namespace, Neighbour, Route
from lab.fabric.plan import Options, plan
from lab.region import Route as RegionRoute
from lab.region import SecurityGroup, SecurityGroupRule, Subnet, Vpc
from tests.unit.fabric.example import ALL_EGRESS, GROUP, NET, SUBNET, VPC, instance, interface, region, routes

GOLDEN = Path(__file__).with_name("golden")
OPTIONS = Options(architecture="x86_64")
ROUTER = "dualstack-vpc-9abcdef0"


def cable(fabric: Fabric, device: str) -> Cable:
    return next(one for one in fabric.cables if one.near.device == device)


def namespace(fabric: Fabric, name: str) -> Namespace:
    return next(one for one in fabric.namespaces if one.name == name)


def names(fabric: Fabric) -> list[str]:
    return [one.name for one in fabric.namespaces]


def test_an_empty_region_is_the_internet_and_the_operator() -> None:
    nothing = region(
        vpcs=(), subnets=(), route_tables=(), gateways=(), security_groups=(), interfaces=(), instances=()
    )
    fabric = plan(nothing, OPTIONS)
    assert names(fabric) == ["dualstack-internet", "dualstack-operator"]
    assert [(one.near.device, one.far.device) for one in fabric.cables] == [("operator", "uplink")]


def test_equal_regions_give_equal_fabrics() -> None:
    assert plan(region(), OPTIONS) == plan(region(), OPTIONS)


def test_every_instance_on_the_network_has_a_namespace_and_a_cable() -> None:
    fabric = plan(region(), OPTIONS)
    assert names(fabric)[2:] == [ROUTER, "dualstack-i-00000000000000001", "dualstack-i-00000000000000002"]
    far = cable(fabric, "eni-00000000001").far
    assert (far.namespace, far.device, far.mac, far.mtu, far.configured) == (
        "dualstack-i-00000000000000001",
        "ens5",
        "0a:58:a9:00:00:01",
        9001,
        False,
    )


@pytest.mark.parametrize("state", ["stopped", "terminated"])
def test_an_instance_that_is_off_has_no_cable(state: str) -> None:
    fabric = plan(region(instances=(instance(1, state=state), instance(2))), OPTIONS)
    assert "dualstack-i-00000000000000001" not in names(fabric)
    assert not any(one.near.device == "eni-00000000001" for one in fabric.cables)
    # Its addresses are nobody's neighbours, but still members of its group.
    assert cable(fabric, "eni-00000000002").near.proxies == ()
    assert "10.0.0.11" in namespace(fabric, ROUTER).ruleset


def test_an_interface_that_is_not_attached_has_no_cable() -> None:
    loose = interface(1, ":1:1", instance_id=None, device_index=None)
    fabric = plan(region(interfaces=(loose, region().interfaces[1])), OPTIONS)
    assert not any(one.near.device == "eni-00000000001" for one in fabric.cables)


def test_a_second_interface_is_ens6_in_the_same_namespace() -> None:
    second = interface(3, ":3:3", instance_id="i-00000000000000001", device_index=1)
    fabric = plan(region(interfaces=(*region().interfaces, second)), OPTIONS)
    assert cable(fabric, "eni-00000000003").far.device == "ens6"
    assert names(fabric).count("dualstack-i-00000000000000001") == 1


def test_the_routers_end_is_the_same_gateway_on_every_cable() -> None:
    fabric = plan(region(), OPTIONS)
    expected = (
        Address("fe80::1066:30ff:feb8:c008/64"),
        Address("fe80:ec2::1/64", is_source=False),
        Address(f"{NET}:1/64"),
        Address("10.0.0.1/24"),
    )
    assert cable(fabric, "eni-00000000001").near.addresses == expected
    assert cable(fabric, "eni-00000000002").near.addresses == expected


def test_the_router_answers_for_every_address_of_the_others_and_for_none_of_its_own() -> None:
    near = cable(plan(region(), OPTIONS), "eni-00000000001").near
    assert near.proxies == tuple(NET + end for end in (":2:2", ":c", ":d", ":e", ":f"))


def test_the_router_answers_only_within_the_subnet() -> None:
    elsewhere = Subnet("subnet-2", VPC, "10.0.1.0/24", "2001:db8:0:101::/64", "eu-central-1b", "rtb-1")
    moved = interface(2, subnet_id="subnet-2", ipv6_addresses=("2001:db8:0:101::2:2",))
    fabric = plan(
        region(subnets=(*region().subnets, elsewhere), interfaces=(region().interfaces[0], moved)), OPTIONS
    )
    assert cable(fabric, "eni-00000000001").near.proxies == ()


def test_every_address_and_prefix_is_routed_to_the_mac_without_asking() -> None:
    held = interface(1, ":1:1", ":8", ipv6_prefixes=("2001:db8:0:100:5::/80",))
    near = cable(plan(region(interfaces=(held,)), OPTIONS), "eni-00000000001").near
    next_hop = "fe80::858:a9ff:fe00:1"
    assert near.neighbours == (
        Neighbour(next_hop, "0a:58:a9:00:00:01"),
        Neighbour("10.0.0.11", "0a:58:a9:00:00:01"),
    )
    assert near.routes == (
        Route("10.0.0.11/32"),
        Route(f"{NET}:1:1/128", gateway=next_hop),
        Route(f"{NET}:8/128", gateway=next_hop),
        Route("2001:db8:0:100:5::/80", gateway=next_hop),
    )


def test_what_nobody_holds_is_dropped_in_the_vpc_and_unreachable_in_the_internet() -> None:
    fabric = plan(region(), OPTIONS)
    assert namespace(fabric, ROUTER).routes == (
        Route("10.0.0.0/16", "blackhole"),
        Route("2001:db8:0:100::/56", "blackhole"),
    )
    assert namespace(fabric, "dualstack-internet").routes == (
        Route("::/0", "unreachable"),
        Route("0.0.0.0/0", "unreachable"),
    )


def test_the_internet_routes_a_vpcs_ipv6_and_its_public_ipv4_to_it() -> None:
    transit = cable(plan(region(), OPTIONS), "vpc-9abcdef0")
    assert transit.near.routes == (
        Route("2001:db8:0:100::/56", gateway="fe80::2"),
        Route("203.0.113.130/32", gateway="fe80::2"),
    )
    assert (transit.near.mtu, transit.far.mtu) == (1500, 1500)


def test_the_rule_set_of_the_articles_vpc() -> None:
    assert namespace(plan(region(), OPTIONS), ROUTER).ruleset == (GOLDEN / "article.nft").read_text()


def test_the_rule_set_of_a_vpc_with_every_kind_of_rule() -> None:
    rules = (
        SecurityGroupRule("ingress", "tcp", 80, 80, "0.0.0.0/0", None),
        SecurityGroupRule("ingress", "tcp", 8000, 8010, "::/0", None),
        SecurityGroupRule("ingress", "udp", 53, 53, None, "sg-2"),
        SecurityGroupRule("ingress", "icmp", 8, 0, "192.0.2.0/24", None),
        SecurityGroupRule("ingress", "icmp", -1, -1, "2001:db8::/32", None),
        SecurityGroupRule("ingress", "58", 2, 0, "::/0", None),
        SecurityGroupRule("ingress", "47", None, None, "192.0.2.0/24", None),
        SecurityGroupRule("egress", "tcp", 443, 443, "::/0", None),
    )
    groups = (SecurityGroup(GROUP, VPC, "many", rules), SecurityGroup("sg-2", VPC, "empty", ALL_EGRESS))
    free = interface(1, ":1:1", source_destination_check=False, ipv6_prefixes=("2001:db8:0:100:5::/80",))
    both = interface(2, ":2:2", security_group_ids=(GROUP, "sg-2"))
    table = routes(RegionRoute("0.0.0.0/0", "igw-1"), RegionRoute("::/0", "eigw-1"))
    fabric = plan(region(security_groups=groups, interfaces=(free, both), route_tables=(table,)), OPTIONS)
    assert namespace(fabric, ROUTER).ruleset == (GOLDEN / "every_rule.nft").read_text()


def test_the_dhcp_server_of_the_first_host() -> None:
    server = plan(region(), OPTIONS).dhcp_servers[0]
    assert (server.namespace, server.device, server.holder) == (
        ROUTER,
        "eni-00000000001",
        "i-00000000000000001",
    )
    assert server.config == (GOLDEN / "dnsmasq.conf").read_text()


def test_every_vpc_has_a_resolver_of_the_names_there_are() -> None:
    other = Vpc("vpc-0000000000000000f", "10.1.0.0/16", ())
    fabric = plan(region(vpcs=(*region().vpcs, other)), OPTIONS)
    assert [one.namespace for one in fabric.resolvers] == [ROUTER, "dualstack-vpc-0000000f"]
    assert {one.config for one in fabric.resolvers} == {(GOLDEN / "resolver.conf").read_text()}


def test_where_all_addresses_are_leased_dnsmasq_leaves_dhcpv6_to_another_server() -> None:
    first, second = region().interfaces
    fabric = plan(region(interfaces=(replace(first, dhcpv6_leases="all"), second)), OPTIONS)
    ignored = ["dhcp-ignore=tag:dhcpv6\n" in server.config for server in fabric.dhcp_servers]
    assert ignored == [True, False]
    assert [one.addresses for one in fabric.leases_of_all] == [first.ipv6_addresses]
    assert plan(region(), OPTIONS).leases_of_all == ()


def test_a_vpc_without_ipv6_has_none_anywhere() -> None:
    only_ipv4 = region(
        vpcs=(Vpc(VPC, "10.0.0.0/16", ()),),
        subnets=(Subnet(SUBNET, VPC, "10.0.0.0/24", None, "eu-central-1a", "rtb-1"),),
        interfaces=(interface(1), interface(2)),
    )
    fabric = plan(only_ipv4, OPTIONS)
    near = cable(fabric, "eni-00000000001").near
    assert near.routes == (Route("10.0.0.11/32"),)
    assert near.addresses[2:] == (Address("10.0.0.1/24"),)
    assert "enable-ra" not in fabric.dhcp_servers[0].config
    assert "ip6 saddr {" not in namespace(fabric, ROUTER).ruleset


def test_a_subnet_with_ipv6_only_has_no_ipv4() -> None:
    native = region(
        subnets=(Subnet(SUBNET, VPC, None, "2001:db8:0:100::/64", "eu-central-1a", "rtb-1"),),
        interfaces=(interface(1, ":1:1", ipv4_addresses=()),),
    )
    fabric = plan(native, OPTIONS)
    assert fabric.dhcp_servers[0].config.count("dhcp-range") == 1
    assert (
        "dhcp-host=0a:58:a9:00:00:01,[2001:db8:0:100::1:1],i-00000000000000001\n"
        in fabric.dhcp_servers[0].config
    )
    assert not any("." in one.interface for one in cable(fabric, "eni-00000000001").near.addresses)


def test_two_vpcs_do_not_know_each_other() -> None:
    other = Vpc("vpc-0000000000000000f", "10.1.0.0/16", ("2001:db8:0:200::/56",))
    fabric = plan(region(vpcs=(*region().vpcs, other)), OPTIONS)
    assert "dualstack-vpc-0000000f" in names(fabric)
    assert "10.1." not in namespace(fabric, ROUTER).ruleset


def test_a_route_that_the_fabric_does_not_serve_is_noted() -> None:
    table = routes(RegionRoute("64:ff9b::/96", "nat-1"))
    assert plan(region(route_tables=(table,)), OPTIONS).notes == (
        "route 64:ff9b::/96 of rtb-1 goes to nat-1, which the fabric does not reach",
    )


def test_another_prefix_names_everything_otherwise() -> None:
    fabric = plan(region(), Options(prefix="other-"))
    ends = {end.namespace for one in fabric.cables for end in (one.near, one.far)}
    assert all(name.startswith("other-") for name in {*names(fabric), *ends})


@given(numbers=st.sets(st.integers(min_value=4, max_value=0xFFFF), max_size=20))
def test_every_address_is_routed_once_and_answered_for_on_every_other_cable(numbers: set[int]) -> None:
    ordered = sorted(numbers)
    first = interface(1, *(f":{number:x}" for number in ordered[::2]))
    second = interface(2, *(f":{number:x}" for number in ordered[1::2]))
    fabric = plan(replace(region(), interfaces=(first, second)), OPTIONS)
    near = [cable(fabric, f"eni-0000000000{number}").near for number in (1, 2)]
    routed = [route.destination for end in near for route in end.routes if ":" in route.destination]
    assert sorted(routed) == sorted(f"{NET}:{number:x}/128" for number in ordered)
    assert near[0].proxies == second.ipv6_addresses
    assert near[1].proxies == first.ipv6_addresses
