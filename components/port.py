"""A port of a container."""

from dataclasses import dataclass
from typing import Literal


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
