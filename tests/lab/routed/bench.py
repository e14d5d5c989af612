"""A host with networks of its own for containers, and who looks at it: another host, and the internet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

import pytest

from components.containers import Container, ContainerNetwork, Open, Port
from components.ipaddress_tools import delegated_prefix
from lab.machines import Host
from tests.lab.ec2_network import ami_of
from tests.lab.exposure import Addresses, Target, container_ipv4
from tests.lab.host_steps import HostUnderSteps
from tests.lab.lab_session import on_operator_side

IMAGE_OF_ENGINE = {"26": "debian-13-docker", "28": "debian-14-docker"}
AMI_OF_ENGINE = {engine: ami_of(image) for engine, image in IMAGE_OF_ENGINE.items()}
UNDECLARED_PORT = 81

EACH_ENGINE = pytest.mark.parametrize("routed", ["26", "28"], indirect=True)
ALSO_28 = pytest.mark.parametrize(
    "routed", ["26", pytest.param("28", marks=pytest.mark.matrix)], indirect=True
)


def container(name: str, place: int, *networks: str, ports: Sequence[int] = (80,)) -> Container:
    """A declared container with these TCP ports."""
    return Container(name, "lab/web:1", place, tuple(Port(port) for port in ports), networks)


@dataclass
class RoutedHost:
    """The host under steps, the host beside it, and the host's own addresses."""

    steps: HostUnderSteps
    peer: Host
    engine: str
    address: str
    ipv4: str
    public_ipv4: str

    @property
    def host(self) -> Host:
        return self.steps.host

    def bring(
        self,
        *containers: Container,
        networks: tuple[ContainerNetwork, ...] = (),
        way: str = "routed",
        prefix: IPv6Network | None = None,
        open: Open = "declared",
    ) -> list[str]:
        """Makes the host so, as an `up` does; what the steps said."""
        gone = {one.name for one in self.steps.containers} - {one.name for one in containers}
        self.steps.containers, self.steps.networks = containers, networks
        self.steps.way, self.steps.prefix, self.steps.open = way, prefix or self.prefix, open
        said = self.steps.apply_networks()
        for name in sorted(gone):
            self.steps.remove_container(name)
        return said

    @property
    def prefix(self) -> IPv6Network:
        """The /80 that leads to the host: number 1 of its subnet."""
        return delegated_prefix(self.steps.subnet, self.steps.slot)

    def listen(self, name: str, port: int = UNDECLARED_PORT) -> None:
        """Has a container answer on a port that it did not declare."""
        answers = f"docker exec {name} wget -q -O /dev/null http://[::1]:{port}/"
        self.host.succeed(f"{answers} || docker exec {name} httpd -p '[::]:{port}' -h /www")

    def target(self, name: str, address: str) -> Target:
        """A container on one network and the host, for those who try to reach them."""
        return Target(Addresses(address, self.address), Addresses(container_ipv4(self.host, name), self.ipv4))

    def addresses(self, name: str) -> Mapping[str, str]:
        """A container's IPv6 addresses by network."""
        template = "{{json .NetworkSettings.Networks}}"
        networks = json.loads(self.host.succeed(f"docker inspect --format '{template}' {name}"))
        return {network: one["GlobalIPv6Address"] for network, one in networks.items()}

    def started(self, *names: str) -> str:
        """When these containers and dockerd were started."""
        times = self.host.succeed(f"docker inspect --format '{{{{.State.StartedAt}}}}' {' '.join(names)}")
        return times + self.host.succeed("systemctl show --property=MainPID docker.service")

    def from_container(self, name: str, address: str, port: int | None = None) -> bool:
        """Whether a container gets an answer from there: to a ping, or on a port."""
        line = ["ping", "-6", "-c", "2", "-W", "1", address]
        if port:
            line = ["wget", "-q", "-T", "3", "-O", "-", f"http://[{address}]:{port}/"]
        return self.host.run(["docker", "exec", name, *line]).returncode == 0

    def from_peer(self, address: str, port: int | None = None) -> bool:
        """The same from the other host."""
        return self.peer.run(_reach(address, port)).returncode == 0

    def from_internet(self, address: str, port: int | None = None) -> bool:
        """The same from the operator's side, which is the internet to the host."""
        return on_operator_side(_reach(address, port)).returncode == 0


def _reach(address: str, port: int | None) -> list[str]:
    if port is None:
        return ["ping", "-c", "2", "-W", "1", address]
    host = f"[{address}]" if ":" in address else address
    return ["curl", "-sf", "-o", "/dev/null", "-m", "2", f"http://{host}:{port}/"]


def at(routed: RoutedHost, number: int, offset: int) -> str:
    """The address at an offset in the network of this number."""
    return str(IPv6Address(int(routed.prefix[0]) + (number << 32) + offset))
