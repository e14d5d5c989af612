"""The same on the other engines: hosts with a prefix, and hosts with private addresses."""

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

import pytest

from lab.machines import Host
from lab.names import INTERNET_IPV6
from tests.lab.address_ways.reach import answers, answers_at_once, open_to_all, routed_by_the_vpc
from tests.lab.deployment import Deploy, Deployment
from tests.lab.ec2_network import ami_of
from tests.lab.exposure import DECLARED, OTHER
from tests.lab.hosts import addresses, container_address, fetch
from tests.lab.verifying import finds_nothing

pytestmark = pytest.mark.matrix

ENGINES = {"debian-12-docker": "20.10.", "debian-13-docker": "26.1.", "debian-14-docker": "28.5."}
HOSTS = [
    {
        "name": "own",
        "slot": 1,
        "addresses": "prefix",
        "containers": [
            {"name": "web", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1},
            {"name": "third", "image": "lab/web:1", "place": 3},
        ],
    },
    {
        "name": "translated",
        "slot": 2,
        "addresses": "private",
        "network": "nat66",
        "containers": [{"name": "web", "image": "lab/web:1", "ports": ["8080:80/tcp"], "place": 1}],
    },
]


@pytest.fixture(scope="module", params=ENGINES)
def deployment(request: pytest.FixtureRequest, deploy: Deploy) -> Iterator[Deployment]:
    """One host of each way on an engine."""
    image: str = request.param
    with deploy(f"on-{image}", instanceType="t3.micro", ami=ami_of(image), hosts=HOSTS) as deployment:
        for host in deployment.outputs()["hosts"].values():
            assert host["engine"].startswith(ENGINES[image])
        yield deployment
        deployment.pulumi("destroy", "--yes")


@pytest.fixture
def subnet(deployment: Deployment) -> str:
    return str(deployment.outputs()["subnetIpv6Cidr"]).removesuffix(":/64")


@pytest.fixture
def own(deployment: Deployment) -> Host:
    return deployment.host("own")


@pytest.fixture
def translated(deployment: Deployment) -> Host:
    return deployment.host("translated")


def test_addresses_on_docker0_are_counted(own: Host, subnet: str) -> None:
    assert addresses(own, "ens5") == [f"{subnet}1::1/128"]
    assert container_address(own, "web") == f"{subnet}1:1:0:2"
    assert container_address(own, "third") == f"{subnet}1:1:0:4"


def test_the_table_shows_what_each_way_promises(deployment: Deployment) -> None:
    assert "went as they should" in str(deployment.outputs()["reachability"])


def test_verify_finds_nothing(deployment: Deployment) -> None:
    assert finds_nothing(deployment)


def test_only_what_was_declared_is_open(deployment: Deployment, own: Host, subnet: str) -> None:
    web = f"{subnet}1:1:0:2"
    with open_to_all(own, deployment.interface("own"), "web", web):
        assert answers(web, DECLARED)
        assert not answers_at_once(web, OTHER)
        assert not answers_at_once(f"{subnet}1:1:0:4", DECLARED)
        assert answers(f"{subnet}:2:2", 8080)
        assert not answers_at_once(f"{subnet}:2:2", DECLARED)


def test_the_internet_sees_a_container_or_its_host(own: Host, translated: Host, subnet: str) -> None:
    assert fetch(own, "web", f"http://[{INTERNET_IPV6}]/") == f"{subnet}1:1:0:2"
    assert fetch(translated, "web", f"http://[{INTERNET_IPV6}]/") == f"{subnet}:2:2"


def test_a_private_address_is_reached_by_nobody(deployment: Deployment, translated: Host) -> None:
    prefix = IPv6Network(deployment.outputs()["hosts"]["translated"]["prefix"])
    web = str(prefix[(1 << 32) + 2])
    assert translated.wait_until_succeeds(f"curl -sf -m 3 http://[{web}]/").strip()
    with routed_by_the_vpc(deployment.interface("translated"), str(prefix)) as router:
        assert not router.fetches(web, 80)
        assert not router.pings(web)


def test_addresses_stay_over_a_reboot(own: Host, translated: Host, subnet: str) -> None:
    boots = {host: host.boot_id() for host in (own, translated)}
    for host, boot in boots.items():
        host.reboot()
        host.wait_for_reboot(boot)
        host.wait_until_succeeds("docker exec web hostname", timeout=120)
    own.wait_until_succeeds("docker exec third hostname", timeout=60)
    assert addresses(own, "ens5") == [f"{subnet}1::1/128"]
    assert container_address(own, "web") == f"{subnet}1:1:0:2"
    assert container_address(own, "third") == f"{subnet}1:1:0:4"
    assert answers(f"{subnet}:2:2", 8080)


def test_engines_before_27_build_addresses_on_a_wide_docker0_from_the_mac(own: Host) -> None:
    """Which is why a host's networks are /96s. The last test here: docker0 is another one afterwards."""
    engine = int(own.succeed("dockerd --version").split()[2].split(".")[0])
    assert first_on_docker0(own, 80) == ("from the mac" if engine < 27 else "counted")
    assert first_on_docker0(own, 64) == ("from the mac" if engine < 27 else "counted")
    assert first_on_docker0(own, 81) == "counted"
    assert first_on_a_network(own, 80) == "counted"


def first_on_docker0(host: Host, length: int) -> str:
    """How the first container gets its address on a docker0 of this length."""
    host.succeed(
        "systemctl stop docker.socket docker; ip link delete docker0; rm -rf /var/lib/docker/network; "
        f"""echo '{{"ipv6": true, "fixed-cidr-v6": "2001:db8:8::/{length}"}}' >/etc/docker/daemon.json; """
        "systemctl reset-failed docker; systemctl start docker.socket docker"
    )
    return address_of_one_on(host, "bridge")


def first_on_a_network(host: Host, length: int) -> str:
    host.succeed(f"docker network create --ipv6 --subnet 2001:db8:9::/{length} wide")
    return address_of_one_on(host, "wide")


def address_of_one_on(host: Host, network: str) -> str:
    form = "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}} {{.MacAddress}}{{end}}"
    host.succeed(f"docker run --detach --name measured --network {network} lab/web:1")
    address, mac = host.succeed(f"docker inspect --format '{form}' measured").split()
    host.succeed("docker rm --force measured")
    offset = int(IPv6Address(address)) & 0xFFFF_FFFF_FFFF
    if offset == int(mac.replace(":", ""), 16):
        return "from the mac"
    return "counted" if offset < 16 else address
