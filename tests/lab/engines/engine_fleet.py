"""A stack whose hosts are of several Debian releases, and so of several Docker Engines, on every way."""

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from lab.names import DEFAULT_AMI, ENDPOINT_URL, LAB_IMAGES
from tests.lab.address_ways.reach import EVERYTHING
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ami_of, ec2
from tests.lab.lab_session import on_operator_side

UNDECLARED: Final = 81
"""A port on which each container answers as well, and which no config names."""


@dataclass(frozen=True)
class EngineHost:
    """A host with one container. `engine` is what its version begins with."""

    image: str
    engine: str
    addresses: str
    network: str
    slot: int

    @property
    def name(self) -> str:
        """Such as `bridge-20`, `prefix-routed-28`, `nat66-26`."""
        way = self.network.removeprefix("default-")
        return f"{'prefix-' if self.addresses == 'prefix' else ''}{way}-{self.engine.split('.')[0]}"

    @property
    def container(self) -> str:
        """Its container's name."""
        return f"web-{self.slot}"


RELEASES: Final = (
    ("debian-12-docker", "20.10"),
    ("debian-13-docker", "26.1"),
    ("debian-14-docker", "28.5"),
)
WAYS: Final = (
    ("block", "default-bridge"),
    ("block", "routed"),
    ("prefix", "default-bridge"),
    ("prefix", "routed"),
    ("private", "nat66"),
)
HOSTS: Final = tuple(
    EngineHost(image, engine, addresses, network, slot)
    for slot, (image, engine, addresses, network) in enumerate(
        ((*release, *way) for release in RELEASES for way in WAYS), start=1
    )
)


def entry(host: EngineHost) -> dict[str, Any]:
    """The host in the stack's config: port 80 is declared, and no other."""
    port = "80:80/tcp" if host.addresses == "private" else "80/tcp"
    container = {"name": host.container, "image": "lab/web:1", "ports": [port], "place": 1}
    ways = {"addresses": host.addresses, "network": host.network}
    return {"name": host.name, "slot": host.slot, **ways, "containers": [container]}


@contextmanager
def default_image(image: str) -> Generator[None]:
    """While open, new hosts get this image; those that are there keep theirs, as on AWS."""
    _name_default_image(image)
    try:
        yield
    finally:
        _name_default_image(LAB_IMAGES[DEFAULT_AMI])


def _name_default_image(image: str) -> None:
    answer = on_operator_side(
        ["curl", "-sf", f"{ENDPOINT_URL}/lab/default-image", "-d", json.dumps({"image": ami_of(image)})]
    )
    assert answer.returncode == 0, answer.stdout


def bring_up(deployment: Deployment, hosts: Iterable[EngineHost]) -> str:
    """Adds these hosts, each with its image, one `up` for each image; what the last one printed."""
    wanted, printed = list(hosts), ""
    there = deployment.config["hosts"]
    for image in dict.fromkeys(host.image for host in wanted):
        there = [*there, *(entry(host) for host in wanted if host.image == image)]
        deployment.change(hosts=there)
        with default_image(image):
            printed = deployment.bring_up()
    for host in wanted:
        deployment.host(host.name).succeed(
            f"docker exec --detach {host.container} httpd -f -p [::]:{UNDECLARED} -h /www"
        )
    return printed


def open_group(deployment: Deployment, host: EngineHost) -> None:
    """Lets everything in as far as the security group goes: what is closed then is closed by the host."""
    (group,) = deployment.interface(host.name)["Groups"]
    ec2("authorize_security_group_ingress", GroupId=group["GroupId"], IpPermissions=[EVERYTHING])
