"""The ports of containers in the config, and what a port of the host means on each way of networks."""

from collections import Counter
from collections.abc import Iterable

from ..container_networks.registry import WAYS
from ..containers import Container, Port
from . import values
from .reader import Reader


def read_ports(container: Reader, network: str) -> tuple[Port, ...]:
    """The declared ports of a container on networks of this way, in order. What is wrong is noted."""
    ports: list[Port] = []
    for value in container.list("ports"):
        try:
            ports.append(values.port(value))
        except ValueError as error:
            container.error(f"ports: {error}")
    for port, count in Counter(str(each) for each in ports).items():
        if count > 1:
            times = "twice" if count == 2 else f"{count} times"
            container.error(f"port {port} is given {times}; give each its own")
    for port in dict.fromkeys(ports):
        _check_host_port(container, port, network)
    return tuple(sorted(set(ports), key=lambda port: (port.protocol, port.number, port.published or 0)))


def refuse_shared_host_ports(host: Reader, containers: Iterable[Container], ssh_port: int) -> None:
    """Notes ports of the host that two containers are published on, or that SSH has."""
    users: dict[tuple[str, int], list[str]] = {}
    for container in containers:
        for port in container.ports:
            if port.published is not None:
                users.setdefault((port.protocol, port.published), []).append(container.name)
    for (protocol, number), names in users.items():
        if len(names) > 1:
            host.error(
                f"port {number}/{protocol} of the host is given to {' and '.join(names)}; give each its own"
            )
        if (protocol, number) == ("tcp", ssh_port):
            host.error(f"container {names[0]}: port {number}/tcp of the host is ssh's; take another")


def _check_host_port(container: Reader, port: Port, network: str) -> None:
    """A port of the host leads to a container exactly where addresses are translated."""
    if WAYS[network].TRANSLATED and port.published is None:
        container.error(
            f"ports: {port} names no port of the host, and network {network} publishes on the host's "
            f"addresses alone; write {port.number}:{port}, or another port of the host before the colon"
        )
    elif not WAYS[network].TRANSLATED and port.published is not None:
        translated = " or ".join(name for name, way in WAYS.items() if way.TRANSLATED)
        container.error(
            f"ports: {port} names a port of the host, and network {network} opens ports on the container's "
            f"own address; write {port.number}/{port.protocol}, or take addresses private and network "
            f"{translated}"
        )
