"""A host whose image has no Docker, as Ubuntu's has none, and as many containers as a /126 holds."""

from collections.abc import Iterator

import pytest

from lab.machines import Host
from lab.services import services_dir
from tests.faults.recovery import converges_again
from tests.lab.deployment import Deploy, Deployment
from tests.lab.ec2_network import ami_of
from tests.lab.hosts import container_address, fetch, in_container
from tests.lab.verifying import finds_nothing

AMI_WITHOUT_DOCKER = ami_of("debian-13")


@pytest.fixture(scope="module")
def bare(deploy: Deploy) -> Iterator[Deployment]:
    containers = [
        {"name": "first", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1},
        {"name": "second", "image": "registry.example/lab/web:1", "place": 2},
    ]
    hosts = [{"name": "bare", "slot": 10, "containers": containers}]
    with deploy("bare", ami=AMI_WITHOUT_DOCKER, hosts=hosts) as deployment:
        yield deployment


@pytest.fixture
def host(bare: Deployment) -> Host:
    return bare.host("bare")


@pytest.fixture
def subnet(bare: Deployment) -> str:
    return str(bare.outputs()["subnetIpv6Cidr"]).removesuffix("/64")


def test_docker_is_installed_and_both_containers_are_in_their_places(host: Host, subnet: str) -> None:
    assert container_address(host, "first") == f"{subnet}2e"
    assert container_address(host, "second") == f"{subnet}2f"
    assert fetch(host, "second", f"http://[{subnet}2e]/") == in_container(host, "first", "hostname").strip()


def test_packages_came_over_ipv6_and_one_image_from_the_registry(host: Host, subnet: str) -> None:
    requests = (services_dir() / "packages.log").read_text().splitlines()
    fetched = [line.split()[1] for line in requests if "/pool/docker.io_" in line]
    assert fetched[-1] == f"{subnet}a:a"
    assert "registry.example/lab/web" in host.succeed("docker image ls")


def test_the_table_shows_the_host_in_slot_ten(bare: Deployment, subnet: str) -> None:
    table = str(bare.outputs()["reachability"])
    assert f"bare         {subnet}a:a" in table
    assert "went as they should" in table


def test_a_third_container_finds_no_address(host: Host) -> None:
    refused = host.fail("docker run --rm lab/web:1")
    assert "no available IPv6 addresses" in refused


@pytest.mark.matrix
@pytest.mark.fault("replaced-step")
def test_docker_that_was_installed_stays_where_its_step_is_replaced(
    bare: Deployment, host: Host, subnet: str
) -> None:
    started = host.succeed("docker inspect --format '{{.Id}} {{.State.StartedAt}}' first second")
    bare.bring_up("--replace", "**::bare-engine")
    assert host.succeed("docker inspect --format '{{.Id}} {{.State.StartedAt}}' first second") == started
    for name, place in (("first", "2e"), ("second", "2f")):
        assert container_address(host, name) == f"{subnet}{place}"
    assert finds_nothing(bare)
    converges_again(bare)


@pytest.mark.matrix
def test_both_keep_their_places_over_a_reboot(host: Host, subnet: str) -> None:
    boot = host.boot_id()
    host.reboot()
    host.wait_for_reboot(boot)
    for name in ("second", "first"):
        host.wait_until_succeeds(f"docker exec {name} hostname", timeout=120)
    assert container_address(host, "first") == f"{subnet}2e"
    assert container_address(host, "second") == f"{subnet}2f"


def test_a_second_up_changes_nothing(bare: Deployment) -> None:
    bare.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
