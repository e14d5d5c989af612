"""The stack's config as typed values."""

from dataclasses import dataclass, field
from typing import Final, Literal

from ..compose.app import App
from ..containers import Container, ContainerNetwork, Open
from ..host.engine import AS_IT_COMES, EnginePackages

Connect = Literal["ipv6", "bastion", "ipv4"]
HostKeys = Literal["user-data", "console", "accept-new"]
SubnetKind = Literal["public", "egress-only", "ipv6-only"]
DEFAULT_SUBNET: Final = "default"
"""The subnet that every stack has, and that a host lies in which names none."""
DEFAULT_WAIT: Final = 300
"""Seconds that an update waits for a host's SSH; an instance boots within."""


class ConfigErrors(Exception):  # noqa: N818 - it holds several
    """All that is wrong with a config. `messages` holds one line for each; the text is all of them."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = tuple(messages)
        count = "1 error" if len(messages) == 1 else f"{len(messages)} errors"
        super().__init__("\n  ".join([f"{count} in the config:", *messages]))


@dataclass(frozen=True)
class StackSubnet:
    """A subnet of the stack. `index`: which /64 of the VPC's range, from 0; -1 where it was given wrongly.

    `public`: reached over IPv6. `egress-only`: reaches out over IPv6, and nobody reaches in. `ipv6-only`:
    reached over IPv6, and without IPv4. `nat64`: IPv4-only services are reached by name, with DNS64 and NAT64
    together.
    """

    name: str
    index: int
    kind: SubnetKind = "public"
    availability_zone: str | None = None
    nat64: bool = False


@dataclass(frozen=True)
class Existing:
    """How a host is reached that was there before. `user`, `port`, `private_key`: the stack's where None.

    `address`: where SSH goes. `host_key`: one OpenSSH public key line, without the host's name; None for the
    one that is shown at the first connection. `interface`: None for that of the default route. `accept`:
    findings of the preflight that shall not stop the update.
    """

    address: str
    host_key: str | None
    user: str | None = None
    port: int | None = None
    private_key: str | None = field(default=None, repr=False)
    interface: str | None = None
    accept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Host:
    """A Docker host. `slot`: from 1; decides its addresses in its subnet. Both are its own for good.

    `existing`: how it is reached where it was there before: then nothing of AWS is made for it, and slot and
    subnet mean nothing. `prefix`: what its containers have their addresses from, with `addresses` given.

    `addresses` and `network`: the way its containers get addresses, and the way of the networks they are
    given out on. `containers_reach_metadata`: whether they may ask the instance's metadata service.
    `networks`: empty for the default bridge, and for the one network that stands by itself.
    """

    name: str
    slot: int
    instance_type: str
    addresses: str = "block"
    network: str = "default-bridge"
    open: Open = "declared"
    subnet: str = DEFAULT_SUBNET
    networks: tuple[ContainerNetwork, ...] = ()
    containers: tuple[Container, ...] = ()
    apps: tuple[App, ...] = ()
    existing: Existing | None = None
    prefix: str | None = None
    containers_reach_metadata: bool = False


@dataclass(frozen=True)
class Bastion:
    """The machine that SSH goes through. `host_key`: one OpenSSH public key line, without the host's name."""

    host: str
    host_key: str
    user: str = "ubuntu"
    port: int = 22


@dataclass(frozen=True)
class StackConfig:
    """The whole config of a stack, checked. CIDRs and addresses are in their canonical spelling."""

    ssh_from: tuple[str, ...]
    hosts: tuple[Host, ...]
    ssh_private_key: str = field(repr=False)
    ssh_public_key: str | None = None
    key_name: str | None = None
    host_key_seed: str | None = field(default=None, repr=False)
    host_keys: HostKeys = "user-data"
    """How the hosts' SSH host keys are known."""
    connect: Connect = "ipv6"
    bastion: Bastion | None = None
    bastion_host: str | None = None
    """The host of this stack that SSH to the others goes through."""
    ssh_user: str = "ubuntu"
    ssh_port: int = 22
    ssh_wait: int = DEFAULT_WAIT
    """How long an update waits for SSH on a host, in seconds."""
    security_group_id: str | None = None
    vpc_cidr: str = "10.0.0.0/16"
    subnets: tuple[StackSubnet, ...] = (StackSubnet(DEFAULT_SUBNET, 0),)
    """The default one first."""
    block_prefix: int = 126
    instance_type: str = "t3.medium"
    ami: str | None = None
    ubuntu_release: str = "24.04"
    gateway: str | None = None
    internet_targets: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict[str, str])
    protect: bool = False
    unique_local_prefix: str | None = None
    """The /48 that hosts with addresses `private` have theirs from; None for one that is drawn and kept."""
    packages: EnginePackages = AS_IT_COMES
    """Where Docker comes from, on hosts that have none."""
    repair: str = ""
    """Any short text: another one runs every step on every host once more."""
    reboot_when_needed: bool = False
    """Whether a host that needs a reboot has it; else it is told."""
    revert_after: int = 120
    """Seconds after which a host reverts a change of its network that nobody confirmed."""
    warnings: tuple[str, ...] = ()

    @property
    def on_aws(self) -> bool:
        """Whether anything is made on AWS: yes, unless all hosts were there before."""
        return not self.hosts or any(host.existing is None for host in self.hosts)
