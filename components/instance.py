"""DockerHost: an instance on its network interface, or a host that exists, and Docker set up over SSH."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import pulumi

from .compose_app import ComposeApp, ComposeAppArgs
from .connection import DEFAULT_PYTHON, connection, known_hosts_line, proxy, ssh_line
from .container_networks.plan import NetworkWishes
from .declared import DeclaredContainer, as_container, as_network, in_order
from .declared_packages import as_packages
from .derived import derived
from .docker_container import DEFAULT_WAY, DockerContainer, DockerContainerArgs
from .docker_host_args import DockerHostArgs
from .docker_setup import DockerSetup, DockerWishes, set_up_docker
from .existing import existing_machine, neighbours_of, preflight_of, upstream_route
from .first_contact import first_contact, last_contact
from .internet_targets import pinged
from .launch import launch
from .machine import Machine
from .reboot import reboot_when_needed
from .steps import REVERT_AFTER, HostUnderWork

T = TypeVar("T")


class DockerHost(pulumi.ComponentResource):
    """A host whose Docker containers have public IPv6 addresses of their own, without NAT: an EC2 instance,
    or one that was there before.

    An instance shows an SSH host key that is known beforehand, so that no connection is taken on trust; its
    metadata service takes IMDSv2 only, and does not answer containers.
    """

    instance_id: pulumi.Output[str]
    """The id of the instance; of a host that was there before, its host key's fingerprint."""
    address: pulumi.Output[str]
    """The host's own IPv6 address."""
    prefix: pulumi.Output[str]
    """What the containers have their IPv6 addresses from, in CIDR form."""
    engine: pulumi.Output[str]
    """The version of Docker on the host, e.g. 26.1.5."""
    gateway: pulumi.Output[str]
    """The host's IPv6 gateway."""
    ssh_address: pulumi.Output[str]
    """Where SSH goes: the IPv6 address, or with `connect: ipv4` the public IPv4 address."""
    ssh_command: pulumi.Output[str]
    """The command a person types to log in."""
    host_key: pulumi.Output[str]
    """The host's public SSH key, one line."""
    known_hosts: pulumi.Output[str]
    """The line for a `known_hosts` file."""
    container_addresses: pulumi.Output[dict[str, str]]
    """The IPv6 address of each declared container, by name."""
    app_addresses: pulumi.Output[dict[str, dict[str, str]]]
    """The IPv6 address of each service with one container of each Compose project, by the names of both."""
    upstream_route: pulumi.Output[str]
    """The route that the router before a host that was there before needs, as `PREFIX via ADDRESS`; empty
    where none is needed."""

    def __init__(self, name: str, args: DockerHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("dualstack:index:DockerHost", name, {}, opts)
        self._name, self._args = name, args
        self.prefix = pulumi.Output.from_input(args["prefix"])
        existing = args.get("existing")
        machine = existing_machine(self, name, args, existing) if existing else launch(self, name, args)
        self.instance_id, self.ssh_address = machine.id, machine.ssh_address
        self.host_key = machine.host_key
        containers = in_order(args.get("containers", []))
        setup = self._set_up(machine, containers)
        self.address, self.gateway, self.engine = setup.address, setup.gateway, setup.engine
        way = args.get("network", DEFAULT_WAY) if existing else ""
        self.upstream_route = upstream_route(way, self.prefix, self.address)
        self._last_steps: list[pulumi.Resource] = [setup.ready]
        addresses = self._run_containers(machine, containers, setup.ready)
        self.container_addresses = _together(addresses)
        self.app_addresses = _together(self._run_apps(machine, setup.ready))
        if existing:
            last_contact(name, self, args, machine, self._last_steps)
        bastion = proxy(args["ssh"])
        self.ssh_command = derived(
            partial(ssh_line, args["ssh"]), self.ssh_address, bastion["host"] if bastion else ""
        )
        self.known_hosts = derived(partial(known_hosts_line, args["ssh"]), self.ssh_address, self.host_key)
        self.register_outputs(
            {
                "instanceId": self.instance_id,
                "address": self.address,
                "prefix": self.prefix,
                "engine": self.engine,
                "gateway": self.gateway,
                "sshAddress": self.ssh_address,
                "sshCommand": self.ssh_command,
                "hostKey": self.host_key,
                "knownHosts": self.known_hosts,
                "containerAddresses": self.container_addresses,
                "appAddresses": self.app_addresses,
                "upstreamRoute": self.upstream_route,
            }
        )

    def _set_up(self, machine: Machine, containers: Sequence[DeclaredContainer]) -> DockerSetup:
        networks = NetworkWishes(
            way=self._args.get("network", DEFAULT_WAY),
            networks=tuple(as_network(declared) for declared in self._args.get("networks", [])),
            containers=tuple(as_container(declared) for declared in containers),
            open="all" if self._args.get("open") == "all" else "declared",
        )
        existing = self._args.get("existing")
        return set_up_docker(
            self._name,
            HostUnderWork(
                parent=self,
                connection=connection(self._args["ssh"], machine.ssh_address, machine.host_key),
                instance_id=machine.id,
                instance=machine.instance,
                repair=self._args.get("repair", ""),
                met=first_contact(self._name, self, self._args, machine),
                revert_after=int(self._args.get("revert_after", REVERT_AFTER)),
                reaches=pinged(self._args),
                python=self._args.get("python", DEFAULT_PYTHON),
            ),
            DockerWishes(
                on_link=self._args.get("addresses") != "prefix",
                address=machine.address,
                prefix=self.prefix,
                gateway=self._args.get("gateway"),
                networks=networks,
                preflight=preflight_of(existing, self.prefix, networks) if existing else None,
                preferred=machine.ssh_address,
                packages=as_packages(self._args.get("packages", {})),
                reboot=self._reboot(machine),
                neighbours=neighbours_of(existing),
            ),
        )

    def _reboot(self, machine: Machine) -> Callable[[HostUnderWork, pulumi.Resource], pulumi.Resource] | None:
        if not self._args.get("reboot_when_needed"):
            return None
        return partial(reboot_when_needed, self._name, self._args, machine)

    def _run_containers(
        self, machine: Machine, containers: Sequence[DeclaredContainer], ready: pulumi.Resource
    ) -> dict[str, pulumi.Output[str]]:
        """Each after the one before it: Docker gives out the addresses of the block in order."""
        addresses: dict[str, pulumi.Output[str]] = {}
        for declared in containers:
            args: DockerContainerArgs = {
                "container": declared,
                "prefix": self.prefix,
                "engine": self.engine,
                "network": self._args.get("network", DEFAULT_WAY),
                "networks": self._args.get("networks", []),
                "instance_id": machine.id,
                "repair": self._args.get("repair", ""),
                "ssh": self._args["ssh"],
                "ssh_address": self.ssh_address,
                "host_key": self.host_key,
            }
            container = DockerContainer(
                f"{self._name}-{declared['name']}",
                args,
                pulumi.ResourceOptions(parent=self, deleted_with=machine.instance, depends_on=[ready]),
            )
            addresses[declared["name"]] = container.address
            self._last_steps.append(container)
            ready = container
        return addresses

    def _run_apps(self, machine: Machine, ready: pulumi.Resource) -> dict[str, pulumi.Output[dict[str, str]]]:
        addresses: dict[str, pulumi.Output[dict[str, str]]] = {}
        for declared in self._args.get("apps", []):
            args: ComposeAppArgs = {
                "app": declared,
                "prefix": self.prefix,
                "engine": self.engine,
                "network": self._args.get("network", DEFAULT_WAY),
                "open": self._args.get("open", "declared"),
                "instance_id": machine.id,
                "repair": self._args.get("repair", ""),
                "ssh": self._args["ssh"],
                "ssh_address": self.ssh_address,
                "host_key": self.host_key,
            }
            app = ComposeApp(
                f"{self._name}-{declared['name']}",
                args,
                pulumi.ResourceOptions(parent=self, deleted_with=machine.instance, depends_on=[ready]),
            )
            addresses[declared["name"]] = app.addresses
            self._last_steps.append(app)
        return addresses


def _together(values: Mapping[str, pulumi.Output[T]]) -> pulumi.Output[dict[str, T]]:
    """All of them by name (of none `Output.all` makes a list)."""
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})
