"""Hosts whose containers have private addresses: seen with the host's, reached on the host's ports alone."""

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from lab.machines import Host
from lab.names import INTERNET_IPV6, OPERATOR_IPV4, OPERATOR_IPV6, vpc_namespace
from tests.lab.address_ways.private_hosts import (
    FIRST,
    PREFIX,
    SECOND,
    inside_address,
    outside,
    public_ipv4,
    target_of,
)
from tests.lab.address_ways.reach import answers, answers_at_once, open_to_all, routed_by_the_vpc
from tests.lab.compose.exposure import FIRST_PORT, FormsServer, compose_text, rows_of
from tests.lab.compose.exposure import table_of as forms_table
from tests.lab.deployment import Deploy, Deployment
from tests.lab.exposure import (
    DECLARED,
    OTHER,
    from_another_host,
    from_the_internet,
    in_the_end,
    sent_to,
    table_of,
)
from tests.lab.hosts import EACH_WAY_DOWN, Down, addresses, boot_again, fetch, in_container, journal, pings
from tests.lab.lab_session import Lab, eventually
from tests.lab.path_mtu import crosses_a_smaller_mtu
from tests.lab.verifying import finds_nothing


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
        assert second.wait_until_succeeds(f"curl -sf -m 5 {url}").strip() == name


def test_nothing_else_of_a_host_answers(
    deployment: Deployment, first: Host, second: Host, web: str, subnet: str
) -> None:
    """The other host publishes 8081."""
    interface = deployment.interface("first")
    with open_to_all(first, interface, "web", web):
        assert answers(f"{subnet}1:1", 8080)
        for port in (DECLARED, OTHER, 8081):
            assert not answers_at_once(f"{subnet}1:1", port)
            assert not answers_at_once(public_ipv4(deployment, "first"), port)
            second.fail(f"curl -sf -m 2 http://[{subnet}1:1]:{port}/")
            second.fail(f"curl -sf -m 2 http://{interface['PrivateIpAddress']}:{port}/")


def test_who_reaches_a_container_is_what_the_page_says(
    deployment: Deployment, second: Host, web: str
) -> None:
    """Another host also sends straight to its host what is for a private address."""
    target = target_of(deployment, "first", web, 8080)
    public, wanted = outside(deployment, "first", target), table_of("networks/nat66.md", "Exposure")
    with sent_to(second, target.ipv6):
        found = in_the_end(lambda: from_another_host(target, second), wanted[:2])
    found += in_the_end(lambda: from_the_internet(public), wanted[2:])
    assert found == wanted


def test_who_reaches_a_container_with_a_prefix_is_what_its_page_says(
    deployment: Deployment, second: Host, subnet: str
) -> None:
    """On docker0, with the program's own security group, and on a host with a public IPv4 address."""
    target = target_of(deployment, "third", subnet.removesuffix(":") + "3:1:0:2")
    public, wanted = outside(deployment, "third", target), table_of("networks/prefix.md", "Exposure")
    assert in_the_end(lambda: from_another_host(target, second) + from_the_internet(public), wanted) == wanted


def test_what_is_sent_straight_to_a_private_address_is_dropped_by_the_host(
    deployment: Deployment, first: Host, web: str, prefix: IPv6Network
) -> None:
    """By a router that delivers it. Without the filter Docker 26 lets it through, so the try counts."""
    with routed_by_the_vpc(deployment.interface("first"), str(prefix)) as router:
        assert not router.fetches(web, 80)
        assert not router.pings(web)
        first.succeed("nft delete table ip6 dualstack")
        try:
            assert eventually(lambda: router.fetches(web, 80))
        finally:
            first.succeed("systemctl restart dualstack-filter")
        assert not router.fetches(web, 80)


def test_a_large_page_crosses_a_smaller_mtu(deployment: Deployment, first: Host, subnet: str) -> None:
    """The router tells the host, and the host's translation the container."""
    router = vpc_namespace(deployment.interface("first")["VpcId"])
    assert crosses_a_smaller_mtu(router, first, "web", f"http://[{subnet}1:1]:8080")


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
    logins = journal(third, "-o cat -u ssh")
    assert f"from {OPERATOR_IPV4.ip} port" in logins
    assert str(OPERATOR_IPV6.ip) not in logins
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


@pytest.mark.matrix
def test_a_replaced_instance_has_the_same_private_addresses_and_published_ports(
    deployment: Deployment, first: Host, second: Host, web: str, subnet: str
) -> None:
    """By the line that docs/ssh.md names."""
    outputs = deployment.outputs()
    printed = deployment.bring_up("--replace", "**::first-instance")
    new = deployment.host("first")
    assert new != first
    assert deployment.outputs() == outputs
    assert inside_address(new) == web
    assert fetch(new, "web", f"http://[{INTERNET_IPV6}]/") == f"{subnet}1:1"
    assert answers(f"{subnet}1:1", 8080)
    assert answers(public_ipv4(deployment, "first"), 8080)
    assert fetch(second, "web", f"http://[{subnet}1:1]:8080/cgi-bin/source") == f"{subnet}2:2"
    assert "first-docker" in printed
    assert finds_nothing(deployment)


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


@pytest.mark.matrix
def test_a_compose_project_is_reached_on_the_hosts_published_ports_alone(
    deployment: Deployment, first: Host, second: Host, subnet: str
) -> None:
    """Its networks are private, too: each form of a port is open where the page says."""
    before = deployment.config["hosts"]
    forms = {"name": "forms", "compose": compose_text(), "networks": {"default": 3}}
    deployment.change_host("second", lambda host: host.update(apps=[forms]))
    deployment.bring_up()
    outputs = deployment.outputs()["hosts"]["second"]
    there, own = IPv6Network(outputs["prefix"]), list(outputs["apps"]["forms"].values())
    assert own == [str(there[(3 << 32) + 2 + index]) for index in range(len(own))]
    private = deployment.interface("second")["PrivateIpAddress"]
    server = FormsServer(second, outputs["address"], private, public_ipv4(deployment, "second"), own)
    wanted = forms_table("On a `nat66` host, Docker 26.1")
    assert rows_of(server, first, wanted) == wanted
    with routed_by_the_vpc(deployment.interface("second"), str(there)) as router:
        assert not router.fetches(own[0], 80)
        assert not router.pings(own[0])

    assert fetch(second, "forms-form-0-1", f"http://[{INTERNET_IPV6}]/") == outputs["address"]
    name = second.succeed("docker exec forms-form-0-1 hostname").strip()
    assert fetch(second, "forms-form-1-1", f"http://[{own[0]}]/") == name
    assert own[0] in in_container(second, "forms-form-1-1", "busybox nslookup -type=aaaa form-0 127.0.0.11")
    seen = fetch(first, "web", f"http://[{outputs['address']}]:{FIRST_PORT}/cgi-bin/source")
    assert seen == f"{subnet}1:1", "its client's address, not that of docker-proxy"
    assert finds_nothing(deployment)
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")

    deployment.change(hosts=before)
    deployment.bring_up()
    assert second.succeed("docker ps --format '{{.Names}}' | sort").split() == ["db", "web"]
    assert "dualstack_app" not in second.succeed("nft list tables")


def test_destroy_leaves_nothing_at_the_endpoint(deployment: Deployment) -> None:
    ids = deployment.ids()
    deployment.pulumi("destroy", "--yes")
    assert deployment.alive(ids) == []
