"""The stack's config as typed values."""

from dataclasses import dataclass, field
from typing import Literal

Connect = Literal["ipv6", "bastion", "ipv4"]
Open = Literal["declared", "all"]


class ConfigErrors(Exception):  # noqa: N818 - it holds several
    """All that is wrong with a config. `messages` holds one line for each; the text is all of them."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = tuple(messages)
        count = "1 error" if len(messages) == 1 else f"{len(messages)} errors"
        super().__init__("\n  ".join([f"{count} in the config:", *messages]))


@dataclass(frozen=True)
class Port:
    """An open port of a container, e.g. 80/tcp."""

    number: int
    protocol: Literal["tcp", "udp"] = "tcp"

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}"


@dataclass(frozen=True)
class Container:
    """A declared container. `place`: from 1; decides its address."""

    name: str
    image: str
    place: int
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True)
class Host:
    """A Docker host. `slot`: from 1; decides its addresses, and is its own for good."""

    name: str
    slot: int
    instance_type: str
    addresses: str = "block"
    network: str = "default-bridge"
    open: Open = "declared"
    containers: tuple[Container, ...] = ()


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
    connect: Connect = "ipv6"
    bastion: Bastion | None = None
    ssh_user: str = "ubuntu"
    ssh_port: int = 22
    security_group_id: str | None = None
    vpc_cidr: str = "10.0.0.0/16"
    subnet_index: int = 0
    availability_zone: str | None = None
    block_prefix: int = 126
    instance_type: str = "t3.medium"
    ami: str | None = None
    ubuntu_release: str = "24.04"
    gateway: str | None = None
    internet_targets: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict[str, str])
    protect: bool = False
    warnings: tuple[str, ...] = ()
