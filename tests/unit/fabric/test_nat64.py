"""A subnet without IPv4 behind a NAT gateway: what the router does, and what its name servers say."""

from dataclasses import replace

from lab.fabric.nat64 import synthesised
from lab.fabric.plan import Options, plan
from lab.fabric.resolver import ZONE
from lab.region import Gateway, Region, RouteTable, Subnet
from lab.region import Route as RegionRoute
from tests.unit.fabric.example import SUBNET, VPC, instance, interface, region
from tests.unit.fabric.test_plan import GOLDEN, OPTIONS, ROUTER, namespace

NAT = "nat-0123456789abcdef0"
NEW = "subnet-0123456789abcdef3"
NEW_SUBNET = Subnet(NEW, VPC, None, "2001:db8:0:103::/64", "eu-central-1c", "rtb-3", dns64=True)
ADDRESSES = ("2001:db8:0:103::1:1", "2001:db8:0:103::8")
IN_NEW = interface(2, ipv4_addresses=(), subnet_id=NEW, ipv6_addresses=ADDRESSES)


def with_nat64(*, dns64: bool = True, leads_out: bool = True) -> Region:
    table = RouteTable("rtb-3", VPC, (RegionRoute("::/0", "igw-1"), RegionRoute("64:ff9b::/96", NAT)))
    public = region().route_tables[0] if leads_out else RouteTable("rtb-1", VPC, ())
    return region(
        subnets=(*region().subnets, replace(NEW_SUBNET, dns64=dns64)),
        route_tables=(public, table),
        gateways=(*region().gateways, Gateway(NAT, "nat", VPC, SUBNET, "203.0.113.129")),
        interfaces=(interface(1, ":1:1"), IN_NEW),
        instances=(instance(1), instance(2)),
    )


def test_the_rules_of_a_nat_gateway() -> None:
    fabric = plan(with_nat64(), OPTIONS)
    assert namespace(fabric, ROUTER).ruleset == (GOLDEN / "nat64.nft").read_text()
    assert fabric.notes == ()


def test_its_tayga_translates_between_a_prefix_and_a_pool_of_its_own() -> None:
    (translator,) = plan(with_nat64(), OPTIONS).translators
    assert (translator.namespace, translator.device) == (ROUTER, "nat-6789abcdef0")
    assert translator.config == (GOLDEN / "tayga.conf").read_text()
    assert translator.routes == ("192.0.2.0/27", "fd64:ff9b::/96", "fd64:ff9b:0:1::/128")


def test_the_internet_leads_its_public_address_to_the_router() -> None:
    fabric = plan(with_nat64(), OPTIONS)
    (transit,) = [one for one in fabric.cables if one.far.device == "internet"]
    assert "203.0.113.129/32" in [route.destination for route in transit.near.routes]


def test_a_nat_gateway_in_a_subnet_that_leads_nowhere_lets_nothing_out() -> None:
    ruleset = namespace(plan(with_nat64(leads_out=False), OPTIONS), ROUTER).ruleset
    assert 'iifname "nat-6789abcdef0" meta nfproto ipv4' not in ruleset


def test_dns64_is_a_second_name_server_for_the_subnets_that_ask_for_it() -> None:
    assert [one.device for one in plan(with_nat64(), OPTIONS).resolvers] == ["resolver", "dns64"]
    assert "host-record=internet-ipv4.example,64:ff9b::cb00:7101,203.0.113.1\n" in (
        plan(with_nat64(), OPTIONS).resolvers[1].config
    )
    without = plan(with_nat64(dns64=False), Options(architecture="x86_64"))
    assert [one.device for one in without.resolvers] == ["resolver"]
    assert "5364" not in namespace(without, ROUTER).ruleset


def test_a_name_with_ipv6_gets_no_synthesised_address() -> None:
    both = synthesised(ZONE)["internet.example"]
    assert both == ZONE["internet.example"]
