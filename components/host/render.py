"""What each step is given: the outputs of one step in, the standard input of the next out, as plain texts.

These are the functions to call inside `Output.apply`. Each returns the text of `files.wanted_text`.
"""

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Interface, IPv6Network

from ..config import Container
from .containers import container_files
from .docker import docker_files, docker_warnings, parse_engine
from .facts import parse_facts
from .files import wanted_text
from .filter import filter_files
from .kernel import kernel_files
from .network import network_files


def kernel_text() -> str:
    """The kernel step's files: forwarding of both families, on before dockerd starts."""
    return wanted_text(kernel_files())


def network_text(facts: str, address: str, gateway: str | None) -> str:
    """The network step's files.

    `facts`: the first step's output. `address`: the host's own, without a length. `gateway`: the one given,
    or None for the one the host sees.

    Raises HostError when the host's network is not one this package can take over.
    """
    return wanted_text(
        network_files(
            parse_facts(facts), IPv6Interface(f"{address}/64"), IPv6Address(gateway) if gateway else None
        )
    )


def filter_text(block: str, containers: Sequence[Container], open_: str) -> str:
    """The filter step's files: a table that lets in ICMPv6 and the declared ports; none with `all`."""
    return wanted_text(filter_files(IPv6Network(block), containers, open_))


def engine_text() -> str:
    """The engine step's files: none. It installs Docker where there is none."""
    return ""


def docker_text(facts: str, engine: str, block: str) -> str:
    """The docker step's files. `facts` and `engine`: what those steps printed.

    Raises HostError when the host's own daemon.json says otherwise about the same keys.
    """
    return wanted_text(docker_files(parse_facts(facts), parse_engine(engine), IPv6Network(block)))


def docker_step_warnings(engine: str) -> tuple[str, ...]:
    """What to warn about once the engine is known: one newer than any this package was tested with."""
    return docker_warnings(parse_engine(engine))


def container_text(container: Container, block: str) -> str:
    """One container's file: name, image, place, and the address it must come up with."""
    return wanted_text(container_files(container, IPv6Network(block)))
