"""Several subnets: what each kind is made of, what stays as it was, and the way SSH takes into them."""

from dataclasses import replace

import pytest

from components.config.types import Host, StackConfig, StackSubnet
from components.subnet import Ipv6Subnet, Ipv6SubnetArgs
from tests.components.article import ARTICLE, outputs, run
from tests.components.recording import Answers, Recording, record

SECOND = StackSubnet("b", 1, availability_zone="eu-central-1b")
HIDDEN = StackSubnet("hidden", 2, "egress-only")
NEW = StackSubnet("new", 3, "ipv6-only", nat64=True)


def with_subnets(*subnets: StackSubnet, hosts: tuple[Host, ...] = ()) -> StackConfig:
    return replace(ARTICLE, subnets=(*ARTICLE.subnets, *subnets), hosts=(*ARTICLE.hosts, *hosts))


def host(name: str, subnet: str) -> Host:
    return Host(name=name, slot=1, instance_type="t3.medium", subnet=subnet)


def added(recording: Recording) -> list[str]:
    return sorted(set(recording.names()) - set(run().names()))


def routes(recording: Recording) -> dict[str, dict[str, str]]:
    return {
        one.name: {key: value for key, value in one.inputs.items() if key != "destinationCidrBlock"}
        for one in recording.resources
        if one.type == "aws:ec2/route:Route"
    }


def test_a_further_subnet_leaves_all_that_was_there_as_it_was() -> None:
    after = [replace(one, depends_on=()) for one in run(with_subnets(SECOND, HIDDEN, NEW)).resources]
    assert [one.name for one in run().resources if replace(one, depends_on=()) not in after] == []


def test_a_public_subnet_shares_the_public_routes() -> None:
    recording = run(with_subnets(SECOND))
    assert added(recording) == [
        "aws:ec2/routeTableAssociation:RouteTableAssociation dualstack-b-routes",
        "aws:ec2/subnet:Subnet dualstack-b-subnet",
        "dualstack:index:Ipv6Subnet dualstack-b",
    ]
    subnet = recording.inputs("dualstack-b-subnet")
    del subnet["tags"]
    assert subnet == {
        "vpcId": "dualstack-vpc-id",
        "cidrBlock": "10.0.1.0/24",
        "ipv6CidrBlock": "2001:db8:0:101::/64",
        "availabilityZone": "eu-central-1b",
    }
    assert recording.inputs("dualstack-b-routes")["routeTableId"] == "dualstack-public-routes-id"


def test_an_egress_only_subnet_leads_out_through_an_egress_only_gateway() -> None:
    recording = run(with_subnets(HIDDEN))
    assert added(recording) == [
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway dualstack-egress-only-gateway",
        "aws:ec2/route:Route dualstack-egress-only-ipv6-default",
        "aws:ec2/routeTable:RouteTable dualstack-egress-only-routes",
        "aws:ec2/routeTableAssociation:RouteTableAssociation dualstack-hidden-routes",
        "aws:ec2/subnet:Subnet dualstack-hidden-subnet",
        "dualstack:index:Ipv6Subnet dualstack-hidden",
    ]
    assert recording.inputs("dualstack-hidden-routes")["routeTableId"] == "dualstack-egress-only-routes-id"
    assert recording.inputs("dualstack-egress-only-ipv6-default") == {
        "routeTableId": "dualstack-egress-only-routes-id",
        "destinationIpv6CidrBlock": "::/0",
        "egressOnlyGatewayId": "dualstack-egress-only-gateway-id",
    }


def test_an_ipv6_only_subnet_has_no_ipv4_and_dns64_with_nat64() -> None:
    recording = run(with_subnets(NEW))
    assert added(recording) == [
        "aws:ec2/eip:Eip dualstack-nat64-ipv4",
        "aws:ec2/natGateway:NatGateway dualstack-nat64-gateway",
        "aws:ec2/route:Route dualstack-new-ipv6-default",
        "aws:ec2/route:Route dualstack-new-nat64",
        "aws:ec2/routeTable:RouteTable dualstack-new-route-table",
        "aws:ec2/routeTableAssociation:RouteTableAssociation dualstack-new-routes",
        "aws:ec2/subnet:Subnet dualstack-new-subnet",
        "dualstack:index:Ipv6Subnet dualstack-new",
        "dualstack:index:Nat64Gateway dualstack-nat64",
    ]
    subnet = recording.inputs("dualstack-new-subnet")
    del subnet["tags"]
    assert subnet == {
        "vpcId": "dualstack-vpc-id",
        "ipv6CidrBlock": "2001:db8:0:103::/64",
        "ipv6Native": True,
        "assignIpv6AddressOnCreation": True,
        "enableDns64": True,
        "enableResourceNameDnsAaaaRecordOnLaunch": True,
        "privateDnsHostnameTypeOnLaunch": "resource-name",
    }
    assert recording.inputs("dualstack-nat64-gateway")["subnetId"] == "dualstack-subnet-id"
    assert routes(recording)["dualstack-new-nat64"] == {
        "routeTableId": "dualstack-new-route-table-id",
        "destinationIpv6CidrBlock": "64:ff9b::/96",
        "natGatewayId": "dualstack-nat64-gateway-id",
    }
    assert routes(recording)["dualstack-new-ipv6-default"] == {
        "routeTableId": "dualstack-new-route-table-id",
        "destinationIpv6CidrBlock": "::/0",
        "gatewayId": "dualstack-internet-gateway-id",
    }


def test_without_nat64_an_ipv6_only_subnet_has_no_dns64_either_and_no_gateway_is_paid_for() -> None:
    recording = run(with_subnets(replace(NEW, nat64=False)))
    assert "enableDns64" not in recording.inputs("dualstack-new-subnet")
    assert not any("nat64" in name for name in recording.names())


def test_an_egress_only_subnet_with_nat64_has_routes_of_its_own() -> None:
    recording = run(with_subnets(replace(HIDDEN, nat64=True)))
    assert recording.inputs("dualstack-hidden-routes")["routeTableId"] == "dualstack-hidden-route-table-id"
    assert recording.inputs("dualstack-hidden-subnet")["enableDns64"] is True
    assert routes(recording)["dualstack-hidden-ipv6-default"] == {
        "routeTableId": "dualstack-hidden-route-table-id",
        "destinationIpv6CidrBlock": "::/0",
        "egressOnlyGatewayId": "dualstack-egress-only-gateway-id",
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (Ipv6SubnetArgs(vpc_id="v", vpc_ipv4_cidr_block="", vpc_ipv6_cidr_block=""), "none of them given"),
        (
            Ipv6SubnetArgs(
                vpc_id="v",
                vpc_ipv4_cidr_block="10.0.0.0/16",
                vpc_ipv6_cidr_block="2001:db8::/56",
                route_table_id="rtb-1",
                nat64_gateway_id="nat-1",
            ),
            "nat64_gateway_id beside route_table_id",
        ),
    ],
)
def test_a_subnet_that_cannot_be_is_refused(more: Ipv6SubnetArgs, message: str) -> None:
    def program() -> None:
        Ipv6Subnet("a", more)

    with pytest.raises(ValueError, match=message):
        record(program, Answers(outputs, lambda _token, _arguments: {}), preview=True)


def test_a_host_lies_in_its_subnet_and_its_interface_says_so() -> None:
    recording = run(with_subnets(SECOND, hosts=(host("host-3", "b"),)))
    interface = recording.inputs("host-3-interface")
    assert interface["subnetId"] == "dualstack-b-subnet-id"
    assert interface["ipv6Addresses"][0] == "2001:db8:0:101::1:1"
    assert interface["tags"]["dualstack:subnet"] == "b"
    assert "dualstack:subnet" not in recording.inputs("host-1-interface")["tags"]


def test_the_metadata_of_a_host_without_ipv4_answers_over_ipv6() -> None:
    recording = run(with_subnets(NEW, hosts=(host("host-3", "new"),)))
    assert recording.inputs("host-3-instance")["metadataOptions"]["httpProtocolIpv6"] == "enabled"
    assert "httpProtocolIpv6" not in recording.inputs("host-1-instance")["metadataOptions"]


def test_the_stack_tells_its_subnets_and_what_ipv4_services_see() -> None:
    told = run(with_subnets(SECOND, NEW)).result
    assert told["subnets"] == {
        "default": {
            "kind": "public", "ipv6Cidr": "2001:db8:0:100::/64", "availabilityZone": "eu-central-1a",
        },
        "b": {"kind": "public", "ipv6Cidr": "2001:db8:0:101::/64", "availabilityZone": "eu-central-1a"},
        "new": {"kind": "ipv6-only", "ipv6Cidr": "2001:db8:0:103::/64", "availabilityZone": "eu-central-1a"},
    }  # fmt: skip
    assert told["nat64PublicIpv4"] == "203.0.113.130"
    assert not {"subnets", "nat64PublicIpv4"} & set(run().result)


BASTION = replace(
    with_subnets(HIDDEN, hosts=(host("host-3", "hidden"),)), connect="bastion", bastion_host="host-2"
)


def test_a_host_of_the_stack_is_the_bastion_of_the_others() -> None:
    recording = run(BASTION)
    straight = recording.inputs("host-2-facts")["connection"]
    assert (straight["host"], "proxy" in straight) == ("2001:db8:0:100::2:2", False)
    through = recording.inputs("host-3-facts")["connection"]
    assert (through["host"], through["proxy"]["host"]) == ("2001:db8:0:102::1:1", "2001:db8:0:100::2:2")
    assert through["proxy"]["hostKey"] == recording.result["knownHosts"].splitlines()[1].split(" ", 1)[1]
    assert recording.result["hosts"]["host-3"]["ssh"] == (
        "ssh -J ubuntu@[2001:db8:0:100::2:2]:22 ubuntu@2001:db8:0:102::1:1"
    )
    assert recording.result["hosts"]["host-2"]["ssh"] == "ssh ubuntu@2001:db8:0:100::2:2"


def test_the_bastion_alone_may_log_in_on_the_others() -> None:
    rule = run(BASTION).inputs("dualstack-ssh-from-bastion")
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 22, 22)
    assert rule["cidrIpv6"] == "2001:db8:0:100::2:2/128"


def test_the_bastion_is_there_before_the_others() -> None:
    recording = run(BASTION)
    for name in ("host-1", "host-3"):
        assert "host-2-docker" in recording.named(name, "DockerHost").depends_on
    assert "host-3-docker" not in recording.named("host-2", "DockerHost").depends_on
