"""Blocks larger than a /126, on instance types whose interfaces hold them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.machines import Host
from tests.lab.deployment import Deployment, destroyed_in_the_end
from tests.lab.engines.engine_fleet import default_image
from tests.lab.hosts import addresses, container_address, fetch, in_container
from tests.lab.lab_session import Lab, on_operator_side


@dataclass(frozen=True)
class Size:
    """A block: how many addresses its ENI holds, and what its only host and its last place are called."""

    prefix: int
    instance_type: str
    image: str
    held: int
    bridge: str
    lowest: str
    highest: str
    last_place: int


SIZES = (
    pytest.param(
        Size(124, "m5.4xlarge", "debian-13-docker", 17, "11/124", "12", "1f", 14),
        id="124-on-engine-26",
        marks=pytest.mark.matrix,
    ),
    pytest.param(
        Size(125, "m5.large", "debian-12-docker", 9, "9/125", "a", "f", 6),
        id="125-on-engine-20",
        marks=pytest.mark.matrix,
    ),
    pytest.param(
        Size(125, "m5.large", "debian-14-docker", 9, "9/125", "a", "f", 6),
        id="125-on-engine-28",
        marks=pytest.mark.matrix,
    ),
)


@pytest.fixture(scope="module", params=SIZES)
def size(request: pytest.FixtureRequest) -> Size:
    return request.param


@pytest.fixture(scope="module")
def deployment(
    lab_session: Lab, size: Size, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """One host with a container in the first and in the last place of its block."""
    lab_session.ensure_up()
    containers = [
        {"name": "first", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1},
        {"name": "last", "image": "lab/web:1", "ports": ["80/tcp"], "place": size.last_place},
    ]
    stack = Deployment(tmp_path_factory.mktemp("blocks"), "blocks")
    stack.change(
        blockPrefix=size.prefix,
        instanceType=size.instance_type,
        hosts=[{"name": "large", "slot": 1, "containers": containers}],
    )
    with destroyed_in_the_end(stack) as deployment:
        with default_image(size.image):
            deployment.bring_up()
        yield deployment


@pytest.fixture
def host(deployment: Deployment) -> Host:
    return deployment.host("large")


def test_the_interface_holds_the_whole_block(deployment: Deployment, size: Size) -> None:
    assert len(deployment.interface("large")["Ipv6Addresses"]) == size.held


def test_the_bridge_and_both_containers_have_their_addresses(host: Host, size: Size, prefix: str) -> None:
    assert addresses(host, "docker0") == [f"{prefix}{size.bridge}"]
    assert container_address(host, "first") == f"{prefix}{size.lowest}"
    assert container_address(host, "last") == f"{prefix}{size.highest}"


def test_the_internet_gets_the_page_of_the_container_it_asked(host: Host, size: Size, prefix: str) -> None:
    for name, last in (("first", size.lowest), ("last", size.highest)):
        page = on_operator_side(["curl", "-6sf", "-m", "5", f"http://[{prefix}{last}]/"]).stdout
        assert page == in_container(host, name, "hostname")
    assert fetch(host, "last", f"http://[{prefix}{size.lowest}]/cgi-bin/source") == f"{prefix}{size.highest}"


def test_the_table_says_so_and_destroy_leaves_nothing(deployment: Deployment) -> None:
    table = str(deployment.outputs()["reachability"])
    assert "went as they should" in table
    assert "failed" not in table
    ids = deployment.ids()
    deployment.pulumi("destroy", "--yes")
    assert deployment.alive(ids) == []
