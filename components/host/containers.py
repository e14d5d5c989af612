"""The container steps: what one declared container is, and the address it must have."""

from ipaddress import IPv6Network

from ..config import Container
from ..ipaddress_tools import container_address
from .files import HostFile


def container_files(container: Container, block: IPv6Network) -> tuple[HostFile, ...]:
    """One file for the host's `places` script. Ports are not in it: they are the filter's, and opening one
    does not restart the container.

    Raises AddressPlanError for a place that the block does not have.
    """
    address = container_address(block, container.place)
    content = f"image={container.image}\nplace={container.place}\naddress={address}\n"
    return (HostFile(f"/etc/dualstack/containers/{container.name}", content),)
