"""Hosts whose network interface holds nothing but a /80: they are reached, and so are their containers."""

from collections.abc import Iterator

import pytest

from components.host.steps import scripts_bundle
from lab.machines import Host
from lab.names import INTERNET_IPV6, OPERATOR_IPV6
from tests.lab.address_ways.reach import answers, answers_at_once, open_to_all, says_ssh
from tests.lab.deployment import Deploy, Deployment
from tests.lab.ec2_network import ec2, state_of
from tests.lab.exposure import DECLARED, OTHER
from tests.lab.host_steps import guarded
from tests.lab.hosts import (
    EACH_WAY_DOWN,
    Down,
    addresses,
    boot_again,
    container_address,
    fetch,
    in_container,
    journal,
    ping,
)
from tests.lab.lab_session import Lab, wait_for
from tests.lab.verifying import finds_nothing


def host_with_prefix(name: str, slot: int, *places: int) -> dict[str, object]:
    containers = [
        {"name": f"web-{place}", "image": "lab/web:1", "ports": ["80/tcp"], "place": place}
        for place in places
    ]
    return {"name": name, "slot": slot, "addresses": "prefix", "containers": containers}


@pytest.fixture(scope="module")
def prefixes(deploy: Deploy) -> Iterator[Deployment]:
    """Two hosts of a type that holds two addresses; the places 2 and 3 of the second are empty."""
    hosts = [host_with_prefix("first", 1, 1), host_with_prefix("tenth", 10, 1, 4)]
    with deploy("prefixes", instanceType="t3.micro", hosts=hosts) as deployment:
        yield deployment


@pytest.fixture
def deployment(lab: Lab, prefixes: Deployment) -> Deployment:
    return prefixes


@pytest.fixture
def first(deployment: Deployment) -> Host:
    return deployment.host("first")


@pytest.fixture
def tenth(deployment: Deployment) -> Host:
    return deployment.host("tenth")


@pytest.fixture
def subnet(deployment: Deployment) -> str:
    """Four groups and a colon: `2001:db8:0:100:`."""
    return str(deployment.outputs()["subnetIpv6Cidr"]).removesuffix(":/64")


def test_the_interface_holds_one_prefix_and_no_address(deployment: Deployment, subnet: str) -> None:
    interface = deployment.interface("tenth")
    assert interface["Ipv6Prefixes"] == [{"Ipv6Prefix": f"{subnet}a::/80"}]
    assert interface["Ipv6Addresses"] == []
    assert {"Key": "dualstack:addresses", "Value": "prefix"} in interface["TagSet"]


def test_the_first_login_came_over_ipv6_before_any_step_had_touched_the_network(first: Host) -> None:
    shown = journal(first, "-o short-unix -u ssh").splitlines()
    login = next(line for line in shown if "Accepted publickey" in line)
    assert f"from {OPERATOR_IPV6.ip} port" in login
    written = float(first.succeed("stat --format %Y /etc/netplan/60-dualstack.yaml"))
    assert float(login.split()[0]) < written
    found = first.succeed("cat /var/lib/dualstack/guarded-network/found/etc/netplan/50-cloud-init.yaml")
    assert "dhcp6: false" in found
    assert "addresses" not in found


def test_the_host_has_its_address_alone_and_docker0_another(first: Host, tenth: Host, subnet: str) -> None:
    assert addresses(first, "ens5") == [f"{subnet}1::1/128"]
    assert addresses(tenth, "ens5") == [f"{subnet}a::1/128"]
    assert addresses(first, "docker0") == [f"{subnet}1:1:0:1/96"]
    assert addresses(tenth, "docker0") == [f"{subnet}a:1:0:1/96"]


def test_the_containers_are_in_their_places_also_above_empty_ones(
    first: Host, tenth: Host, subnet: str
) -> None:
    assert container_address(first, "web-1") == f"{subnet}1:1:0:2"
    assert container_address(tenth, "web-1") == f"{subnet}a:1:0:2"
    assert container_address(tenth, "web-4") == f"{subnet}a:1:0:5"
    assert tenth.succeed("docker ps --all --format '{{.Names}}' | sort") == "web-1\nweb-4\n"


def test_containers_reach_each_other_and_are_seen_with_their_own_addresses(
    first: Host, tenth: Host, subnet: str
) -> None:
    assert ping(first, "web-1", f"{subnet}a:1:0:5") == 61
    assert (
        fetch(first, "web-1", f"http://[{subnet}a:1:0:5]/")
        == in_container(tenth, "web-4", "hostname").strip()
    )
    assert fetch(first, "web-1", f"http://[{INTERNET_IPV6}]/") == f"{subnet}1:1:0:2"


def test_the_internet_reaches_the_declared_port_and_nothing_else(
    deployment: Deployment, first: Host, subnet: str
) -> None:
    """Without the filter it reaches the other one, so the try counts."""
    web = f"{subnet}1:1:0:2"
    with open_to_all(first, deployment.interface("first"), "web-1", web):
        assert answers(web, DECLARED)
        assert not answers_at_once(web, OTHER)
        assert not answers_at_once(f"{subnet}1::1", DECLARED)
        first.succeed("nft delete table ip6 dualstack")
        try:
            assert answers(web, OTHER)
        finally:
            first.succeed("systemctl restart dualstack-filter")
        assert not answers_at_once(web, OTHER)


def test_the_table_says_so(deployment: Deployment) -> None:
    assert "went as they should" in str(deployment.outputs()["reachability"])


def test_a_host_whose_docker_is_down_is_still_there(first: Host, subnet: str) -> None:
    first.succeed("systemctl stop docker.socket docker && ip link delete docker0")
    assert says_ssh(f"{subnet}1::1")
    first.succeed("systemctl start docker.socket docker")
    first.wait_until_succeeds("docker exec web-1 hostname")
    assert container_address(first, "web-1") == f"{subnet}1:1:0:2"


@EACH_WAY_DOWN
def test_everything_is_in_its_place_after_a_reboot(tenth: Host, subnet: str, down: Down) -> None:
    boot_again(tenth, down)
    for name in ("web-1", "web-4"):
        tenth.wait_until_succeeds(f"docker exec {name} hostname", timeout=120)
    assert addresses(tenth, "ens5") == [f"{subnet}a::1/128"]
    assert container_address(tenth, "web-1") == f"{subnet}a:1:0:2"
    assert container_address(tenth, "web-4") == f"{subnet}a:1:0:5"
    assert tenth.succeed("ls /etc/netplan") == "60-dualstack.yaml\n"


@pytest.mark.matrix
def test_a_host_whose_instance_is_gone_comes_back_with_its_prefix_and_its_places(
    deployment: Deployment, first: Host, tenth: Host, subnet: str
) -> None:
    interface, outputs = deployment.interface("first"), deployment.outputs()
    ec2("terminate_instances", InstanceIds=[first.instance_id])
    wait_for(lambda: state_of(first.instance_id) == "terminated", "the state terminated")
    deployment.pulumi("refresh", "--yes")
    deployment.bring_up()
    new, now = deployment.host("first"), deployment.interface("first")
    assert new != first
    assert now["NetworkInterfaceId"] == interface["NetworkInterfaceId"]
    assert now["Ipv6Prefixes"] == interface["Ipv6Prefixes"]
    assert deployment.outputs() == outputs
    assert addresses(new, "ens5") == [f"{subnet}1::1/128"]
    assert addresses(new, "docker0") == [f"{subnet}1:1:0:1/96"]
    assert container_address(new, "web-1") == f"{subnet}1:1:0:2"
    assert ping(tenth, "web-1", f"{subnet}1:1:0:2") == 61
    assert answers(f"{subnet}1:1:0:2", 80)
    assert finds_nothing(deployment)


def test_a_second_up_changes_nothing(deployment: Deployment) -> None:
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_another_way_of_addresses_is_refused_at_preview(deployment: Deployment) -> None:
    hosts = deployment.config["hosts"]
    deployment.change_host("first", lambda host: host.pop("addresses"))
    deployment.change(instanceType="t3.medium")
    try:
        text = deployment.pulumi("preview", check=False).text
    finally:
        deployment.change(hosts=hosts, instanceType="t3.micro")
    assert "host first has addresses prefix and cannot get addresses block" in text
    assert "add a new host with addresses block in another slot and then remove first" in text


def test_without_its_network_step_a_host_keeps_its_address_over_a_reboot(first: Host, subnet: str) -> None:
    """So a step that was taken away, or never ran, leaves a host that one can log in on."""
    guarded(lambda line, _: first.succeed(line), scripts_bundle()[1], "remove", "network", "")
    assert sorted(first.succeed("ls /etc/netplan").split()) == [
        "50-cloud-init.yaml",
        "55-own-address-cloud-init.yaml",
    ]
    assert addresses(first, "ens5") == [f"{subnet}1::1/128"]
    boot = first.boot_id()
    first.reboot()
    first.wait_for_reboot(boot)
    first.wait_for_unit("ssh.service")
    assert addresses(first, "ens5") == [f"{subnet}1::1/128"]
    first.wait_until_succeeds("ip -6 route show default | grep -q via", timeout=60)
    assert says_ssh(f"{subnet}1::1")


def test_destroy_leaves_nothing_at_the_endpoint(deployment: Deployment) -> None:
    ids = deployment.ids()
    deployment.pulumi("destroy", "--yes")
    assert deployment.alive(ids) == []
