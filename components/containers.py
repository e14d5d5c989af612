"""The containers of a host, their ports and their networks, as they are wished for: plain values."""

from dataclasses import dataclass
from typing import Literal

Open = Literal["declared", "all"]


@dataclass(frozen=True)
class Port:
    """An open port of a container, e.g. 80/tcp; 8080:80/tcp is published on the host's port 8080."""

    number: int
    protocol: Literal["tcp", "udp"] = "tcp"
    published: int | None = None

    @property
    def on_host(self) -> int:
        """The host's port that leads to it, where the host's addresses do."""
        return self.number if self.published is None else self.published

    def __str__(self) -> str:
        host = "" if self.published is None else f"{self.published}:"
        return f"{host}{self.number}/{self.protocol}"


@dataclass(frozen=True)
class ContainerNetwork:
    """A Docker network of a host. `number`: from 1; decides its IPv6 subnet, and is its own for good.

    `ipv4`: whether it has IPv4 beside IPv6. Subnet and gateway of each family are Docker's or the plan's
    choice where they are None. `reaches`: the other networks of the host that its containers may talk to.
    """

    name: str = "containers"
    number: int = 1
    ipv4: bool = True
    ipv4_subnet: str | None = None
    ipv4_gateway: str | None = None
    ipv6_subnet: str | None = None
    ipv6_gateway: str | None = None
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Container:
    """A declared container. `place`: from 1; decides its address on each of its networks.

    `networks`: by name, the first of the host's where there are none.
    """

    name: str
    image: str
    place: int
    ports: tuple[Port, ...] = ()
    networks: tuple[str, ...] = ()
