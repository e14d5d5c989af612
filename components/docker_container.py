"""DockerContainer: a declared container on a host, started in its place."""

from functools import partial
from typing import NotRequired, TypedDict

import pulumi

from .connection import Ssh, connection
from .container_networks.plan import NetworkWishes
from .container_networks.registry import plan_host
from .declared import DeclaredContainer, DeclaredNetwork, as_container, as_network
from .derived import derived
from .host.render import container_text
from .restart_notice import notices_container
from .steps import HostUnderWork

DEFAULT_WAY = "default-bridge"


class DockerContainerArgs(TypedDict):
    """What a `DockerContainer` is made from."""

    container: DeclaredContainer
    """The container."""
    prefix: pulumi.Input[str]
    """What the host's containers have their IPv6 addresses from, in CIDR form."""
    engine: pulumi.Input[str]
    """The version of Docker on the host, e.g. 26.1.5."""
    network: NotRequired[str]
    """The way of the host's container networks: `default-bridge`, `routed`, ... Default: default-bridge."""
    networks: NotRequired[list[DeclaredNetwork]]
    """The host's networks, where it declares any."""
    instance_id: pulumi.Input[str]
    """The id of the host's instance: a new instance gets the container anew."""
    repair: NotRequired[str]
    """Any text: another one runs the step once more. Default: none."""
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
    """The container's IPv6 address, on its first network."""

    def __init__(
        self,
        name: str,
        args: DockerContainerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("dualstack:index:DockerContainer", name, {}, opts)
        container = as_container(args["container"])
        wishes = NetworkWishes(
            way=args.get("network", DEFAULT_WAY),
            networks=tuple(as_network(declared) for declared in args.get("networks", [])),
            containers=(container,),
        )
        host = HostUnderWork(
            parent=self,
            connection=connection(args["ssh"], args["ssh_address"], args["host_key"]),
            instance_id=args["instance_id"],
            instance=opts and opts.deleted_with,
            repair=args.get("repair", ""),
        )
        host.step(
            f"{name}-container",
            "container",
            derived(
                partial(container_text, wishes=wishes, name=container.name), args["engine"], args["prefix"]
            ),
            named=container.name,
            hooks=notices_container(container.name, f"{name}-container"),
        )
        self.address = derived(partial(_address, wishes), args["prefix"])
        self.register_outputs({"address": self.address})


def _address(wishes: NetworkWishes, prefix: str) -> str:
    return str(plan_host(wishes, prefix).containers[0].address)
