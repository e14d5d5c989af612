"""What each step is given: the outputs of one step in, the standard input of the next out, as plain texts.

These are the functions to call inside `Output.apply`. Each returns the text of `files.wanted_text`.
"""

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Interface, IPv6Network

from ..compose.app import App
from ..compose.plan import plan_app
from ..container_networks.neighbours import Neighbour, host_routes
from ..container_networks.plan import NetworkWishes
from ..container_networks.registry import WAYS, plan_host
from ..containers import Open
from .compose import compose_files
from .containers import container_files
from .docker import docker_files, docker_warnings, major, parse_engine
from .engine import EnginePackages, engine_files
from .facts import parse_facts
from .files import wanted_text
from .filter import filter_files
from .kernel import kernel_files
from .ndp_proxy import ndp_proxy_files
from .network import network_files
from .routes import routes_files


def kernel_text() -> str:
    """The kernel step's files: forwarding of IPv6, on before dockerd starts."""
    return wanted_text(kernel_files())


def network_text(facts: str, address: str, gateway: str | None, *, on_link: bool = True) -> str:
    """The network step's files.

    `facts`: the first step's output. `address`: the host's own, without a length. `gateway`: the one given,
    or None for the one the host sees. `on_link`: whether the rest of the address's /64 is on the link.

    Raises HostError when the host's network is not one this package can take over.
    """
    return wanted_text(
        network_files(
            parse_facts(facts),
            IPv6Interface(f"{address}/{64 if on_link else 128}"),
            IPv6Address(gateway) if gateway else None,
        )
    )


def routes_text(facts: str, prefix: str, neighbours: Sequence[Neighbour]) -> str:
    """The routes step's files. `prefix`: the host's containers'; `neighbours`: the other hosts of its link.

    Raises HostError where netplan does not know the host's interface.
    """
    return wanted_text(routes_files(parse_facts(facts), host_routes(IPv6Network(prefix), neighbours)))


def ndp_proxy_text(facts: str, prefix: str, wishes: NetworkWishes) -> str:
    """The ndp-proxy step's files. Raises HostError when the prefix is no part of the link's that is free."""
    return wanted_text(ndp_proxy_files(parse_facts(facts), plan_host(wishes, prefix)))


def engine_text(facts: str, packages: EnginePackages) -> str:
    """The engine step's files: where packages come from; none where all is as it comes.

    Raises HostError where the source of Docker's own packages cannot be written for this host.
    """
    return wanted_text(engine_files(parse_facts(facts), packages))


def filter_text(engine: str, prefix: str, wishes: NetworkWishes) -> str:
    """The filter step's files: what reaches containers; none where nothing is to be filtered.

    `engine`: what that step printed. `prefix`: what the host's containers have their addresses from.
    """
    plan, way, version = plan_host(wishes, prefix), WAYS[wishes.way], major(parse_engine(engine))
    return wanted_text(filter_files(way.filter_rules(plan, version), way.docker_filter_rules(plan, version)))


def docker_text(facts: str, engine: str, prefix: str, wishes: NetworkWishes) -> str:
    """The docker step's files. `facts` and `engine`: what those steps printed.

    Raises HostError when this engine cannot do what is wished for, or the host's own daemon.json says
    otherwise about the same keys.
    """
    return wanted_text(docker_files(parse_facts(facts), parse_engine(engine), plan_host(wishes, prefix)))


def docker_step_warnings(engine: str) -> tuple[str, ...]:
    """What to warn about once the engine is known: one newer than any this package was tested with."""
    return docker_warnings(parse_engine(engine))


def container_text(engine: str, prefix: str, wishes: NetworkWishes, name: str) -> str:
    """One container's file: image, place, and the addresses it must come up with. `engine`: the version."""
    return wanted_text(container_files(plan_host(wishes, prefix), engine, name))


def compose_text(
    engine: str,
    prefix: str,
    *values: str,
    app: App,
    way: str,
    open_: Open = "declared",
    variables: Sequence[str] = (),
) -> str:
    """One Compose project's files. `engine`: the version. `values`: those of `variables`, in their order.

    Raises HostError for what this engine cannot do.
    """
    plan = plan_app(app, IPv6Network(prefix), way, open_)
    return wanted_text(compose_files(app, plan, engine, dict(zip(variables, values, strict=True))))
