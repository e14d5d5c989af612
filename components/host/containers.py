"""The container steps: what one declared container is, and the addresses it must have."""

import hashlib

from ..container_networks.plan import HostPlan, PlannedContainer
from ..container_networks.registry import WAYS
from .docker import major, network_file, user_networks
from .files import HostFile, wanted_text


def container_files(plan: HostPlan, engine: str, name: str) -> tuple[HostFile, ...]:
    """One file for the host's `places` script: `key=value` on each line.

    Behind an address on a network made for the host stand 12 hex digits that change with the network: the
    container is then made anew, as its network was. Ports are in it only where dockerd opens them: else they
    are the filter's, and opening one does not restart the container.
    """
    container = next(each for each in plan.containers if each.name == name)
    lines = [f"image={container.image}", f"place={container.place}"]
    lines += _networks(container, plan, engine)
    published = (WAYS[plan.way].publish(port, major(engine)) for port in container.ports)
    lines += [f"publish={port}" for port in published if port]
    return (HostFile(f"/etc/dualstack/containers/{name}", "".join(f"{line}\n" for line in lines)),)


def _networks(container: PlannedContainer, plan: HostPlan, engine: str) -> list[str]:
    made = {network.name: network for network in user_networks(plan)}
    lines: list[str] = []
    for name, address in container.addresses:
        digits = ""
        if name in made:
            text = wanted_text([network_file(made[name], plan.way, engine)])
            digits = " " + hashlib.sha256(text.encode()).hexdigest()[:12]
        lines.append(f"network={name} {address}{digits}")
    return lines
