"""This repository's program on the real engine, against the endpoint, without hosts behind it."""

from pathlib import Path

import pytest

from tests.engine.lab_program import LabProgram, client

NETWORK = """
aws:ec2/internetGateway:InternetGateway dualstack-internet-gateway
aws:ec2/route:Route dualstack-public-ipv4-default
aws:ec2/route:Route dualstack-public-ipv6-default
aws:ec2/routeTable:RouteTable dualstack-public-routes
aws:ec2/routeTableAssociation:RouteTableAssociation dualstack-routes
aws:ec2/securityGroup:SecurityGroup dualstack-security-group
aws:ec2/subnet:Subnet dualstack-subnet
aws:ec2/vpc:Vpc dualstack-vpc
aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule dualstack-egress-ipv4
aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule dualstack-egress-ipv6
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-icmpv6-self
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-packet-too-big
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-ssh-from-2001-db8-fffe--_64
dualstack:index:ContainerSecurityGroup dualstack
dualstack:index:DualStackVpc dualstack
dualstack:index:Ipv6Subnet dualstack
"""
WITH_HOSTS = """
aws:ec2/keyPair:KeyPair dualstack-key
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-tcp-80
command:local:Command reachability-check
dualstack:index:ReachabilityCheck reachability
"""
HOST = """
aws:ec2/instance:Instance host-N-instance
aws:ec2/networkInterface:NetworkInterface host-N-interface
command:local:Command host-N-ssh
command:remote:Command host-N-docker
command:remote:Command host-N-engine
command:remote:Command host-N-facts
command:remote:Command host-N-filter
command:remote:Command host-N-kernel
command:local:Command host-N-network
command:remote:Command host-N-web-N-container
dualstack:index:ContainerNetworkInterface host-N
dualstack:index:DockerContainer host-N-web-N
dualstack:index:DockerHost host-N
"""
INTERFACE_URNS = tuple(
    f"urn:pulumi:lab::dualstack::dualstack:index:ContainerNetworkInterface{child}::host-1{suffix}"
    for child, suffix in (("", ""), ("$aws:ec2/networkInterface:NetworkInterface", "-interface"))
)


def created(*texts: str) -> list[str]:
    names = [line for text in texts for line in text.splitlines() if line]
    return sorted(f"create {name}" for name in [*names, "pulumi:pulumi:Stack dualstack-lab"])


@pytest.fixture
def program(tmp_path: Path, pulumi_environment: dict[str, str], endpoint: str) -> LabProgram:
    return LabProgram(tmp_path / "program", pulumi_environment, endpoint)


def left_at(endpoint: str) -> dict[str, int]:
    """How many of each kind of thing the endpoint holds, what every region has from the start left out."""
    ec2 = client(endpoint)
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    kinds = {
        "vpcs": len(vpcs),
        "gateways": len(ec2.describe_internet_gateways()["InternetGateways"]),
        "interfaces": len(ec2.describe_network_interfaces()["NetworkInterfaces"]),
        "keys": len(ec2.describe_key_pairs()["KeyPairs"]),
        "addresses": len(ec2.describe_addresses()["Addresses"]),
    }
    return {kind: count for kind, count in kinds.items() if count}


def test_the_first_preview_of_the_lab_lists_exactly_its_resources(program: LabProgram, endpoint: str) -> None:
    hosts = [HOST.replace("-N", f"-{number}") for number in (1, 2)]
    assert program.planned() == created(NETWORK, WITH_HOSTS, *hosts)
    assert left_at(endpoint) == {}


def test_a_preview_writes_nothing_into_the_project(program: LabProgram) -> None:
    before = {path.name: path.read_bytes() for path in program.folder.iterdir() if path.is_file()}
    program.preview()
    after = {path.name: path.read_bytes() for path in program.folder.iterdir() if path.is_file()}
    assert after == before


def test_bad_config_is_refused_with_all_errors_at_once_and_nothing_is_created(
    program: LabProgram, endpoint: str
) -> None:
    hosts = program.hosts()
    hosts[1]["slot"] = 1
    hosts[0]["containers"][0]["place"] = 3
    program.change(hosts=hosts, connect="pigeon", sshFrom=None, sshPrivateKey=None, sshUsr="debian")
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        lines = program.refused(*command).lines()
        start = next(number for number, line in enumerate(lines) if line == "error: 6 errors in the config:")
        messages = lines[start + 1 : start + 7]
        for part in (
            "unknown key 'sshUsr'",
            "place: 3",
            "slot 1",
            "sshPrivateKey: missing",
            "'pigeon'",
            "sshFrom",
        ):
            assert sum(part in message for message in messages) == 1, (part, messages)
    assert left_at(endpoint) == {}


def test_a_private_key_in_plain_text_is_refused(program: LabProgram) -> None:
    program.change(hosts=[], sshPrivateKey="not encrypted")
    assert "sshPrivateKey is in the stack's file as plain text" in program.refused("preview").text


def test_a_network_without_hosts_comes_stays_and_goes(program: LabProgram, endpoint: str) -> None:
    program.change(hosts=[])
    program.up()
    assert program.outputs() == {
        "hosts": {},
        "knownHosts": "",
        "reachability": "no hosts",
        "subnetIpv4Cidr": "10.0.0.0/24",
        "subnetIpv6Cidr": "2001:db8:0:100::/64",
        "vpcIpv4Cidr": "10.0.0.0/16",
        "vpcIpv6Cidr": "2001:db8:0:100::/56",
    }
    program.up("--expect-no-changes")
    program.refresh()
    program.up("--expect-no-changes")
    program.destroy()
    assert program.resources() == []
    assert left_at(endpoint) == {}


def test_a_living_host_keeps_its_slot_and_its_block(program: LabProgram) -> None:
    hosts = program.hosts()
    program.change(hosts=[]).up()
    program.change(hosts=hosts).up(*(f"--target={urn}" for urn in INTERFACE_URNS))
    moved = program.hosts()
    moved[0]["slot"] = 7
    program.change(hosts=moved)
    assert (
        "host host-1 lives in slot 1 and cannot move to slot 7: its addresses would change; keep slot 1, or "
        "add a new host with slot 7 and then remove host-1"
    ) in program.refused("preview").text
    program.change(hosts=hosts, blockPrefix=125, instanceType="m5.large")
    assert "host host-1 has a /126 block and cannot get a /125" in program.refused("preview").text
    program.change(blockPrefix=None)
    program.preview()
