"""Hosts whose containers have private addresses: seen with the host's, reached on the host's ports alone."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from lab.machines import Host
from lab.names import INTERNET_IPV6, OPERATOR_IPV4, OPERATOR_IPV6
from tests.lab.address_ways.reach import answers, routed_by_the_vpc
from tests.lab.deployment import Deploy, Deployment
from tests.lab.hosts import EACH_WAY_DOWN, Down, addresses, boot_again, fetch, in_container, pings
from tests.lab.lab_session import Lab, ec2
from tests.lab.verifying import finds_nothing

FIRST = {
    "name": "first",
    "slot": 1,
    "addresses": "private",
    "network": "nat66",
    "containers": [{"name": "web", "image": "lab/web:1", "ports": ["8080:80/tcp"], "place": 1}],
}
SECOND = {
    "name": "second",
    "slot": 2,
    "addresses": "private",
    "network": "nat66",
    "networks": [{"name": "front", "number": 1}, {"name": "back", "number": 2}],
    "containers": [
        {"name": "web", "image": "lab/web:1", "ports": ["8081:80/tcp"], "place": 1, "networks": ["front"]},
        {"name": "db", "image": "lab/web:1", "place": 2, "networks": ["back"]},
    ],
}

PREFIX = {
    "name": "third",
    "slot": 3,
    "addresses": "prefix",
    "containers": [{"name": "web", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}],
}


@pytest.fixture(scope="module")
def translated(deploy: Deploy) -> Iterator[Deployment]:
    """Two hosts, and one with a prefix beside them; all with public IPv4 addresses, which SSH takes, so that
    both families can be tried from outside.
    """
    over_ipv4 = {"connect": "ipv4", "sshFrom": [f"{OPERATOR_IPV4.ip}/32"]}
    hosts = [FIRST, SECOND, PREFIX]
    with deploy("translated", instanceType="t3.micro", hosts=hosts, **over_ipv4) as deployment:
        yield deployment


@pytest.fixture
def deployment(lab: Lab, translated: Deployment) -> Deployment:
    return translated


@pytest.fixture
def first(deployment: Deployment) -> Host:
    return deployment.host("first")


@pytest.fixture
def second(deployment: Deployment) -> Host:
    return deployment.host("second")


@pytest.fixture
def subnet(deployment: Deployment) -> str:
    return str(deployment.outputs()["subnetIpv6Cidr"]).removesuffix("/64")


@pytest.fixture
def prefix(deployment: Deployment) -> IPv6Network:
    """The first host's /64."""
    return IPv6Network(deployment.outputs()["hosts"]["first"]["prefix"])


@pytest.fixture
def web(prefix: IPv6Network) -> str:
    """The address of the first host's container."""
    return str(prefix[(1 << 32) + 2])


def public_ipv4(deployment: Deployment, name: str) -> str:
    eni = deployment.interface(name)["NetworkInterfaceId"]
    filters = [{"Name": "network-interface-id", "Values": [eni]}]
    return ec2("describe_addresses", Filters=filters)["Addresses"][0]["PublicIp"]


def test_the_interface_holds_the_hosts_address_alone(deployment: Deployment, subnet: str) -> None:
    interface = deployment.interface("first")
    assert [one["Ipv6Address"] for one in interface["Ipv6Addresses"]] == [f"{subnet}1:1"]
    assert interface["Ipv6Prefixes"] == []


def test_each_host_has_a_range_of_one_random_prefix(deployment: Deployment, prefix: IPv6Network) -> None:
    unique_local = prefix.supernet(new_prefix=48)
    assert unique_local.subnet_of(IPv6Network("fd00::/8"))
    assert not unique_local.subnet_of(IPv6Network("fd00::/16"))
    ranges = list(unique_local.subnets(new_prefix=64))
    assert prefix == ranges[1]
    assert deployment.outputs()["hosts"]["second"]["prefix"] == str(ranges[2])
    tags = {tag["Key"]: tag["Value"] for tag in deployment.interface("first")["TagSet"]}
    assert tags["dualstack:unique-local-prefix"] == str(unique_local)


def test_the_hosts_and_bridges_have_these_addresses(first: Host, subnet: str, prefix: IPv6Network) -> None:
    assert addresses(first, "ens5") == [f"{subnet}1:1/64"]
    assert addresses(first, "docker0") == []
    assert addresses(first, "br-containers") == [f"{prefix[(1 << 32) + 1]}/96"]


def test_a_container_is_seen_with_its_hosts_address(first: Host, second: Host, subnet: str) -> None:
    assert fetch(first, "web", f"http://[{INTERNET_IPV6}]/") == f"{subnet}1:1"
    assert fetch(second, "db", f"http://[{INTERNET_IPV6}]/") == f"{subnet}2:2"
    assert fetch(first, "web", f"http://[{subnet}2:2]:8081/cgi-bin/source") == f"{subnet}1:1"


def test_a_published_port_answers_on_the_hosts_addresses_from_outside(
    deployment: Deployment, subnet: str
) -> None:
    assert answers(f"{subnet}1:1", 8080)
    assert answers(public_ipv4(deployment, "first"), 8080)
    assert answers(f"{subnet}2:2", 8081)
    assert answers(public_ipv4(deployment, "second"), 8081)


def test_a_published_port_answers_on_the_hosts_addresses_from_another_host(
    deployment: Deployment, first: Host, second: Host, subnet: str
) -> None:
    private = deployment.interface("first")["PrivateIpAddress"]
    name = in_container(first, "web", "hostname").strip()
    for url in (f"http://[{subnet}1:1]:8080/", f"http://{private}:8080/"):
        assert fetch(second, "web", url) == name
        assert second.succeed(f"curl -sf -m 5 {url}").strip() == name


def test_nothing_else_of_a_host_answers(deployment: Deployment, second: Host, subnet: str) -> None:
    private = deployment.interface("first")["PrivateIpAddress"]
    for port in (80, 8081):
        assert not answers(f"{subnet}1:1", port)
        assert not answers(public_ipv4(deployment, "first"), port)
        second.fail(f"curl -sf -m 2 http://[{subnet}1:1]:{port}/")
        second.fail(f"curl -sf -m 2 http://{private}:{port}/")


def test_no_other_host_reaches_a_private_address(
    first: Host, second: Host, web: str, prefix: IPv6Network, subnet: str
) -> None:
    assert not pings(second, "web", web)
    second.succeed(f"ip -6 route add {prefix} via {subnet}1:1 dev ens5 onlink")
    second.fail(f"ping -6 -c 2 -W 1 {web}")
    second.fail(f"curl -sf -m 2 http://[{web}]/")
    second.succeed(f"ip -6 route del {prefix} via {subnet}1:1 dev ens5")
    assert first.succeed(f"curl -sf -m 3 http://[{web}]/").strip()


def test_what_is_sent_straight_to_a_private_address_is_dropped_by_the_host(
    deployment: Deployment, first: Host, web: str, prefix: IPv6Network
) -> None:
    """By a router that delivers it. Without the filter Docker 26 lets it through, so the try counts."""
    with routed_by_the_vpc(deployment.interface("first"), str(prefix)) as router:
        assert not router.fetches(web, 80)
        assert not router.pings(web)
        first.succeed("nft delete table ip6 dualstack")
        try:
            assert router.fetches(web, 80)
        finally:
            first.succeed("systemctl restart dualstack-filter")
        assert not router.fetches(web, 80)


def test_networks_of_a_host_are_isolated_from_each_other(second: Host, deployment: Deployment) -> None:
    there = IPv6Network(deployment.outputs()["hosts"]["second"]["prefix"])
    assert not pings(second, "web", str(there[(2 << 32) + 3]))
    second.fail(f"docker exec db wget -q -T 3 -O - http://[{there[(1 << 32) + 2]}]/")


def test_verify_finds_nothing_on_hosts_of_either_way(deployment: Deployment) -> None:
    assert finds_nothing(deployment)


def test_the_table_says_so(deployment: Deployment) -> None:
    table = str(deployment.outputs()["reachability"])
    assert "went as they should" in table
    assert "host's address" in table


def test_a_host_with_a_prefix_takes_its_first_login_over_ipv4_too(
    deployment: Deployment, second: Host, subnet: str
) -> None:
    third = deployment.host("third")
    journal = third.succeed("journalctl --no-pager -o cat -u ssh")
    assert f"from {OPERATOR_IPV4.ip} port" in journal
    assert str(OPERATOR_IPV6.ip) not in journal
    own = subnet.removesuffix(":") + "3"
    assert addresses(third, "ens5") == [f"{own}::1/128"]
    assert fetch(second, "db", f"http://[{own}:1:0:2]/cgi-bin/source") == f"{subnet}2:2"


@EACH_WAY_DOWN
def test_a_restart_of_docker_and_a_reboot_keep_addresses_and_ports(
    first: Host, web: str, subnet: str, down: Down
) -> None:
    first.succeed("systemctl restart docker")
    first.wait_until_succeeds(f"curl -sf -m 2 http://[{web}]/", timeout=60)
    assert answers(f"{subnet}1:1", 8080)
    boot_again(first, down)
    first.wait_until_succeeds(f"curl -sf -m 2 http://[{web}]/", timeout=120)
    assert answers(f"{subnet}1:1", 8080)
    assert fetch(first, "web", f"http://[{INTERNET_IPV6}]/") == f"{subnet}1:1"


def test_a_second_up_changes_nothing_and_draws_nothing(deployment: Deployment) -> None:
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_another_prefix_for_living_hosts_is_refused_at_preview(
    deployment: Deployment, prefix: IPv6Network
) -> None:
    deployment.change(ulaPrefix="fd12:3456:789a::/48")
    try:
        text = deployment.pulumi("preview", check=False).text
    finally:
        deployment.change(ulaPrefix=None)
    unique_local = prefix.supernet(new_prefix=48)
    assert f"from {unique_local} and cannot get them from fd12:3456:789a::/48" in text
    assert f"set ulaPrefix to {unique_local}" in text


def test_the_prefix_that_was_drawn_may_be_written_down(deployment: Deployment, prefix: IPv6Network) -> None:
    deployment.change(ulaPrefix=str(prefix.supernet(new_prefix=48)))
    deployment.bring_up()
    assert deployment.outputs()["hosts"]["first"]["prefix"] == str(prefix)


def test_destroy_leaves_nothing_at_the_endpoint(deployment: Deployment) -> None:
    ids = deployment.ids()
    deployment.pulumi("destroy", "--yes", timeout=180)
    assert deployment.alive(ids) == []
