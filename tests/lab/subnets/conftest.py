"""One stack over three subnets in three zones, for all tests of this folder."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.names import INTERNET_IPV6
from tests.lab.deployment import Deploy, Deployment
from tests.lab.lab_session import Lab

SUBNETS = [
    {"name": "hidden", "index": 1, "kind": "egress-only", "availabilityZone": "eu-central-1b"},
    {"name": "new", "index": 2, "kind": "ipv6-only", "availabilityZone": "eu-central-1c"},
]


def host(name: str, subnet: str) -> dict[str, Any]:
    """A host in slot 1 of its subnet, with a page on port 80."""
    web = {"name": "web", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}
    return {"name": name, "slot": 1, "subnet": subnet, "containers": [web]}


@pytest.fixture(scope="package")
def spread_stack(deploy: Deploy) -> Iterator[Deployment]:
    """The stack, up."""
    with deploy(
        "subnets",
        availabilityZone="eu-central-1a",
        subnets=SUBNETS,
        connect="bastion",
        bastion={"hostName": "public"},
        hosts=[host("public", "default"), host("hidden", "hidden"), host("new", "new")],
        internetTargets=[f"http://[{INTERNET_IPV6}]/"],
    ) as deployment:
        yield deployment


@pytest.fixture
def spread(lab: Lab, spread_stack: Deployment) -> Deployment:
    """The stack; a test that changes it changes it back."""
    return spread_stack
