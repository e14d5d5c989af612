"""Larger blocks, on types that hold them: more containers on docker0, and only what was asked for is open."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab.address_ways.reach import answers, answers_at_once, open_to_all
from tests.lab.deployment import Deploy, Deployment
from tests.lab.ec2_network import ami_of
from tests.lab.exposure import DECLARED, OTHER
from tests.lab.hosts import addresses, container_address

pytestmark = pytest.mark.matrix


@dataclass(frozen=True)
class Case:
    """A block prefix, a type that holds such a block, and an engine. Ends of addresses in slot 2."""

    block_prefix: int
    instance_type: str
    image: str
    held: int
    bridge: str
    first: str
    last: str
    last_place: int


CASES = (
    Case(125, "t3.large", "debian-12-docker", 9, "11/125", "12", "17", 6),
    Case(124, "m6i.4xlarge", "debian-14-docker", 17, "21/124", "22", "2f", 14),
)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"/{case.block_prefix}")
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture(scope="module")
def deployment(case: Case, deploy: Deploy) -> Iterator[Deployment]:
    containers = [
        {"name": "first", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1},
        {"name": "last", "image": "lab/web:1", "place": case.last_place},
    ]
    with deploy(
        f"block-{case.block_prefix}",
        blockPrefix=case.block_prefix,
        instanceType=case.instance_type,
        ami=ami_of(case.image),
        hosts=[{"name": "wide", "slot": 2, "containers": containers}],
    ) as deployment:
        yield deployment
        deployment.pulumi("destroy", "--yes")


def test_a_larger_block_is_held_and_given_out_to_its_last_address(deployment: Deployment, case: Case) -> None:
    subnet = str(deployment.outputs()["subnetIpv6Cidr"]).removesuffix("/64")
    host = deployment.host("wide")
    assert len(deployment.interface("wide")["Ipv6Addresses"]) == case.held
    assert addresses(host, "docker0") == [f"{subnet}{case.bridge}"]
    assert container_address(host, "first") == f"{subnet}{case.first}"
    assert container_address(host, "last") == f"{subnet}{case.last}"


def test_only_the_port_that_was_asked_for_is_open(deployment: Deployment, case: Case) -> None:
    subnet = str(deployment.outputs()["subnetIpv6Cidr"]).removesuffix("/64")
    first, last = f"{subnet}{case.first}", f"{subnet}{case.last}"
    with open_to_all(deployment.host("wide"), deployment.interface("wide"), "first", first):
        assert answers(first, DECLARED)
        assert not answers_at_once(first, OTHER)
        assert not answers_at_once(last, DECLARED)
    assert "went as they should" in str(deployment.outputs()["reachability"])
