"""DockerContainer: a declared container on a host, started in its place."""

from functools import partial
from ipaddress import IPv6Network
from typing import NotRequired, TypedDict

import pulumi

from .config import Container, Port
from .connection import Ssh, connection
from .derived import derived
from .host.render import container_text
from .ipaddress_tools import container_address
from .steps import HostUnderWork


class DeclaredContainer(TypedDict):
    """A container as it is declared."""

    name: str
    """Its name on the host: letters, digits, `_`, `.` and `-`."""
    image: str
    """The image, e.g. `docker.io/library/nginx:stable`."""
    place: int
    """From 1: the order in which the host's containers start, and so get their addresses."""
    ports: NotRequired[list[str]]
    """Ports open to everybody over IPv6, as `port/protocol`, e.g. `80/tcp`."""


class DockerContainerArgs(TypedDict):
    """What a `DockerContainer` is made from."""

    container: DeclaredContainer
    """The container."""
    block: pulumi.Input[str]
    """The host's container block, in CIDR form."""
    instance_id: pulumi.Input[str]
    """The id of the host's instance: a new instance gets the container anew."""
    ssh: Ssh
    """How to log in on the host."""
    ssh_address: pulumi.Input[str]
    """Where SSH goes: the host's IPv6 address, or its public IPv4 address."""
    host_key: pulumi.Input[str]
    """The host's public SSH key, one line."""


class DockerContainer(pulumi.ComponentResource):
    """A container that runs on a Docker host, and is back with the same address after a reboot.

    Give the instance as `deleted_with`: then nothing is undone on a host that goes away as a whole.
    """

    address: pulumi.Output[str]
    """The container's IPv6 address."""

    def __init__(
        self,
        name: str,
        args: DockerContainerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("dualstack:index:DockerContainer", name, {}, opts)
        container = as_container(args["container"])
        host = HostUnderWork(
            parent=self,
            connection=connection(args["ssh"], args["ssh_address"], args["host_key"]),
            instance_id=args["instance_id"],
            instance=opts and opts.deleted_with,
        )
        host.step(
            f"{name}-container",
            "container",
            derived(partial(container_text, container), args["block"]),
            container=container.name,
        )
        self.address = derived(partial(_address, place=container.place), args["block"])
        self.register_outputs({"address": self.address})


def as_container(declared: DeclaredContainer) -> Container:
    """The container as the host's half wants it."""
    return Container(
        name=declared["name"],
        image=declared["image"],
        place=int(declared["place"]),
        ports=tuple(_port(text) for text in declared.get("ports", [])),
    )


def _address(block: str, place: int) -> str:
    return str(container_address(IPv6Network(block), place))


def _port(text: str) -> Port:
    number, protocol = text.split("/")
    return Port(int(number), "udp" if protocol == "udp" else "tcp")
