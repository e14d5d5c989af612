"""DockerHost: an instance on its network interface, or a host that exists, and Docker set up over SSH."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NotRequired, TypedDict, TypeVar

import pulumi

from .compose_app import ComposeApp, ComposeAppArgs, DeclaredApp
from .connection import DEFAULT_PYTHON, Ssh, connection, known_hosts_line, proxy, ssh_line
from .container_networks.plan import NetworkWishes
from .declared import DeclaredContainer, DeclaredNetwork, as_container, as_network, in_order
from .declared_packages import DeclaredPackages, as_packages
from .derived import derived
from .docker_container import DEFAULT_WAY, DockerContainer, DockerContainerArgs
from .docker_setup import DockerSetup, DockerWishes, set_up_docker
from .existing import ExistingHost, Machine, existing_machine, neighbours_of, preflight_of, upstream_route
from .first_contact import first_contact
from .launch import launch
from .reboot import reboot_when_needed
from .steps import REVERT_AFTER, HostUnderWork

T = TypeVar("T")


class DockerHostArgs(TypedDict):
    """What a `DockerHost` is made from."""

    network_interface_id: NotRequired[pulumi.Input[str]]
    """The network interface, e.g. a `ContainerNetworkInterface`'s. Needed without `existing`."""
    address: NotRequired[pulumi.Input[str]]
    """The host's own IPv6 address on it. Needed without `existing`."""
    prefix: pulumi.Input[str]
    """What the containers have their IPv6 addresses from, in CIDR form: the block or prefix on the
    interface, or another that leads to the host."""
    addresses: NotRequired[str]
    """Where its addresses come from. With `prefix` the interface does not hold `address` by itself, and the
    host takes it at boot. Default: block."""
    key_name: NotRequired[pulumi.Input[str]]
    """The name of the EC2 key pair whose private half `ssh` holds. Needed without `existing`."""
    ssh: Ssh
    """How to log in on the host."""
    existing: NotRequired[ExistingHost]
    """A host that was there before, in the place of an instance: then nothing is made on AWS."""
    instance_type: NotRequired[str]
    """The EC2 instance type. Default: t3.medium."""
    ami: NotRequired[pulumi.Input[str]]
    """The machine image. Default: the newest Ubuntu at the time the host is made; a newer one then does not
    replace the host."""
    ubuntu_release: NotRequired[str]
    """The Ubuntu LTS release that is used without `ami`. Default: 24.04."""
    ipv6_only: NotRequired[bool]
    """The interface's subnet has no IPv4; the metadata service then answers over IPv6. Default: false."""
    host_keys: NotRequired[str]
    """How its SSH host key is known. `user-data`: derived, and given to the instance at its first boot;
    `console`: read from the instance's console output; `accept-new`: the one it shows at the first
    connection, on trust. A host that was there before has its own in `existing`. Default: user-data."""
    host_key_seed: NotRequired[pulumi.Input[str]]
    """The secret the host's SSH host key is derived from. Default: the private key of `ssh`."""
    gateway: NotRequired[str]
    """The IPv6 gateway, a link-local address. Default: the one the host sees live."""
    open: NotRequired[str]
    """`declared`: the host lets in only ICMPv6 and the declared ports of containers; `all`: it filters
    nothing. Default: declared."""
    network: NotRequired[str]
    """The way of the container networks: `default-bridge` (docker0), `routed`, ... Default:
    default-bridge."""
    networks: NotRequired[list[DeclaredNetwork]]
    """The Docker networks, on the ways that have networks of their own. Default: one, called `containers`."""
    containers_reach_metadata: NotRequired[bool]
    """Whether containers may ask the instance's metadata service, which gives out its role's credentials.
    Default: false."""
    containers: NotRequired[list[DeclaredContainer]]
    """The containers to run, each in its place."""
    apps: NotRequired[list[DeclaredApp]]
    """The Compose projects to run, on the ways that have networks of their own."""
    packages: NotRequired[DeclaredPackages]
    """Where Docker comes from, where the image has none. Default: the image's own package sources."""
    repair: NotRequired[str]
    """Any text, such as a date: another one runs every step once more, which puts right what was changed on
    the host by hand. Default: none."""
    reboot_when_needed: NotRequired[bool]
    """Whether a host that needs a reboot has it, before its containers. Default: false, it is only told."""
    revert_after: NotRequired[int]
    """Seconds after which the host reverts a change of its network that no new SSH session confirmed.
    Default: 120."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every AWS resource, beside the package's own."""
    python: NotRequired[str]
    """The Python that meets the host, and changes its network, from the machine that runs Pulumi, absolute
    or relative to the project; it needs this package. Default: .venv/bin/python."""


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
        addresses = self._run_containers(machine, containers, setup.ready)
        self.container_addresses = _together(addresses)
        self.app_addresses = _together(self._run_apps(machine, setup.ready))
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
        return addresses


def _together(values: Mapping[str, pulumi.Output[T]]) -> pulumi.Output[dict[str, T]]:
    """All of them by name (of none `Output.all` makes a list)."""
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})
