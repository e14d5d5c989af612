"""What a `DockerHost` is made from."""

from typing import NotRequired, TypedDict

import pulumi

from .compose_app import DeclaredApp
from .connection import Ssh
from .declared import DeclaredContainer, DeclaredNetwork
from .declared_packages import DeclaredPackages


class NeighbourHost(TypedDict):
    """Another host, to whose containers this one has a route where both are on one link."""

    name: str
    """Its name."""
    prefix: pulumi.Input[str]
    """What its containers have their IPv6 addresses from, in CIDR form."""
    address: pulumi.Input[str]
    """Its own IPv6 address on the link."""


class ExistingHost(TypedDict):
    """A host that was there before, and that is given back as it was found."""

    address: pulumi.Input[str]
    """Where SSH goes: a name, or an address of either family."""
    host_key: NotRequired[pulumi.Input[str]]
    """Its public SSH host key, one line. Needed without `host_keys: accept-new`."""
    interface: NotRequired[str]
    """The network interface that leads out. Default: that of the IPv6 default route."""
    internet_targets: NotRequired[list[str]]
    """The first that is an IPv6 address must answer a ping, before anything is changed. Default: none, then
    the gateway alone is asked."""
    neighbours: NotRequired[list[NeighbourHost]]
    """With network static-routes, the other hosts; those that are not on its link are passed over. Default:
    none."""
    accept: NotRequired[list[str]]
    """Names of findings, such as `firewall`, that shall be warnings instead of refusals. Default: none."""


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
    internet_targets: NotRequired[list[str]]
    """IPv6 addresses, and http URLs of such, beyond its gateway: those that answer the host's pings before a
    change of its network must answer after it, else it is reverted. Default: those of `existing`."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every AWS resource, beside the package's own."""
    python: NotRequired[str]
    """The Python that meets the host, and changes its network, from the machine that runs Pulumi, absolute
    or relative to the project; it needs this package. Default: .venv/bin/python."""
