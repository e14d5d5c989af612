"""Resource names are a public contract: a renamed resource is a replaced one, unless it has an alias."""

from dataclasses import replace

from lab.paths import PROJECT_DIR
from tests.components.article import ARTICLE, host, run, with_hosts

SHARED = """
aws:ec2/internetGateway:InternetGateway dualstack-internet-gateway
aws:ec2/keyPair:KeyPair dualstack-key
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
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-tcp-80
command:local:Command reachability-check
dualstack:index:ContainerSecurityGroup dualstack
dualstack:index:DualStackVpc dualstack
dualstack:index:Ipv6Subnet dualstack
dualstack:index:ReachabilityCheck reachability
"""
OF_HOST_1 = """
aws:ec2/instance:Instance host-1-instance
aws:ec2/networkInterface:NetworkInterface host-1-interface
command:local:Command host-1-ssh
command:remote:Command host-1-docker
command:remote:Command host-1-engine
command:remote:Command host-1-facts
command:remote:Command host-1-filter
command:remote:Command host-1-kernel
command:local:Command host-1-network
command:remote:Command host-1-web-container
dualstack:index:ContainerNetworkInterface host-1
dualstack:index:DockerContainer host-1-web
dualstack:index:DockerHost host-1
"""
PARENTS = {
    "dualstack-vpc": "dualstack",
    "dualstack-public-ipv6-default": "dualstack",
    "dualstack-subnet": "dualstack",
    "dualstack-routes": "dualstack",
    "dualstack-tcp-80": "dualstack",
    "host-1-interface": "host-1",
    "host-1-instance": "host-1",
    "host-1-docker": "host-1",
    "host-1-web": "host-1",
    "host-1-web-container": "host-1-web",
    "reachability-check": "reachability",
}


def lines(*texts: str) -> list[str]:
    return sorted(line for text in texts for line in text.splitlines() if line)


def test_the_articles_stack_has_these_resources_and_no_others() -> None:
    expected = lines(SHARED, OF_HOST_1, OF_HOST_1.replace("host-1", "host-2"))
    assert run().names() == expected
    assert run(preview=True).names() == expected


def test_the_readme_says_how_many_a_preview_shows() -> None:
    count = len(run().names()) + 1  # the stack is one, too
    assert f"# {count} resources for two hosts" in (PROJECT_DIR / "README.md").read_text()


def test_children_belong_to_their_components() -> None:
    recording = run()
    assert {name: recording.named(name).parent for name in PARENTS} == PARENTS
    orphans = [
        one.name for one in recording.resources if not one.parent.startswith(("dualstack", "host-", "reach"))
    ]
    assert orphans == []


def test_a_public_ipv4_address_is_made_only_when_it_is_asked_for() -> None:
    config = replace(with_hosts(host(1)), connect="ipv4")
    more = set(run(config).names()) - set(run(with_hosts(host(1))).names())
    assert more == {"aws:ec2/eip:Eip host-1-ipv4"}


def test_an_existing_key_pair_and_security_group_are_taken_as_they_are() -> None:
    config = replace(ARTICLE, ssh_public_key=None, key_name="mine", security_group_id="sg-0123456789abcdef0")
    recording = run(config)
    gone = set(run().names()) - set(recording.names())
    assert gone == {line for line in lines(SHARED) if "ecurityGroup" in line or "KeyPair" in line}
    assert recording.named("host-1-instance").inputs["keyName"] == "mine"
    assert recording.named("host-1-interface").inputs["securityGroups"] == ["sg-0123456789abcdef0"]


def test_without_hosts_there_is_only_the_network() -> None:
    hostless = run(with_hosts())
    absent = {
        "aws:ec2/keyPair:KeyPair dualstack-key",
        "command:local:Command reachability-check",
        "dualstack:index:ReachabilityCheck reachability",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-tcp-80",
    }
    assert hostless.names() == [line for line in lines(SHARED) if line not in absent]
    assert hostless.result["hosts"] == {}
    assert hostless.result["reachability"] == "no hosts"
