"""The steps that make a host a Docker host with IPv6 addresses for its containers, in their order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import pulumi
from pulumi_command.remote import Command

from .container_networks.neighbours import Neighbour, steps_of
from .container_networks.plan import NetworkWishes
from .derived import derived
from .guarded_command import guarded_command
from .host.docker import parse_engine
from .host.engine import AS_IT_COMES, EnginePackages
from .host.facts import own_address, parse_facts
from .host.files import wanted_text
from .host.network import AWS_GATEWAY
from .host.render import (
    docker_step_warnings,
    docker_text,
    engine_text,
    filter_text,
    kernel_text,
    ndp_proxy_text,
    network_text,
    routes_text,
)
from .host.steps import facts_text, scripts_bundle
from .restart_notice import notices_docker
from .steps import HostUnderWork


@dataclass(frozen=True)
class DockerWishes:
    """What the host shall be like. `on_link`: whether its subnet is on its link, else everything goes through
    the gateway. `gateway`: None for the one the host sees live.

    `address`: the host's own. None for a host that was there before, whose network is left alone; `preflight`
    is then what that has to know, and `preferred` the address that is the host's own, if it has it.

    `reboot`: reboots a host that needs it, after the resource given; None to leave that to others.
    """

    address: pulumi.Output[str] | None
    on_link: bool
    prefix: pulumi.Output[str]
    gateway: str | None
    networks: NetworkWishes
    preflight: pulumi.Output[str] | None = None
    preferred: pulumi.Input[str] = ""
    packages: EnginePackages = AS_IT_COMES
    reboot: Callable[[HostUnderWork, pulumi.Resource], pulumi.Resource] | None = None
    neighbours: pulumi.Input[list[Neighbour]] = field(default_factory=list[Neighbour])


@dataclass(frozen=True)
class DockerSetup:
    """What came of it: the host's own address, the IPv6 gateway in use, Docker's version, and the last step,
    after which containers may start.
    """

    address: pulumi.Output[str]
    gateway: pulumi.Output[str]
    engine: pulumi.Output[str]
    ready: pulumi.Resource


def set_up_docker(name: str, host: HostUnderWork, wishes: DockerWishes) -> DockerSetup:
    """One step after the other. The files of each are functions of facts: where those are known, a preview
    shows their changed lines.
    """
    given = derived(facts_text, wishes.preflight) if wishes.preflight is not None else scripts_bundle()[0]
    facts = host.step(f"{name}-facts", "facts", given)
    kernel = host.step(f"{name}-kernel", "kernel", kernel_text(), [facts])
    last, address = kernel, wishes.address
    if address is None:
        address = derived(own_address, facts.stdout, wishes.preferred)
        last = _shared_link_steps(name, host, wishes, facts, last)
    else:
        text = partial(network_text, gateway=wishes.gateway, on_link=wishes.on_link)
        last = guarded_command(host, name, "network", derived(text, facts.stdout, address), [kernel])
    packages: pulumi.Input[str] = wanted_text(())
    if wishes.packages != AS_IT_COMES:
        packages = derived(partial(engine_text, packages=wishes.packages), facts.stdout)
    engine = host.step(f"{name}-engine", "engine", packages, [last])
    packet_filter = host.step(
        f"{name}-filter",
        "filter",
        derived(partial(filter_text, wishes=wishes.networks), engine.stdout, wishes.prefix),
        [engine if wishes.reboot is None else wishes.reboot(host, engine)],
    )
    docker = host.step(
        f"{name}-docker",
        "docker",
        derived(partial(docker_text, wishes=wishes.networks), facts.stdout, engine.stdout, wishes.prefix),
        [packet_filter],
        hooks=notices_docker(name, f"{name}-docker"),
    )
    derived(partial(_warn, about=engine), engine.stdout)
    return DockerSetup(
        address=address,
        gateway=derived(partial(gateway_in_use, given=wishes.gateway), facts.stdout),
        engine=derived(parse_engine, engine.stdout),
        ready=docker,
    )


def _shared_link_steps(
    name: str, host: HostUnderWork, wishes: DockerWishes, facts: Command, last: pulumi.Resource
) -> pulumi.Resource:
    """What a way needs of the link that the host shares; the last step."""
    for step in steps_of(wishes.networks.way):
        if step == "routes":
            text = derived(partial(_routes, about=facts), facts.stdout, wishes.prefix, wishes.neighbours)
            last = guarded_command(host, name, step, text, [last])
        else:
            text = derived(partial(ndp_proxy_text, wishes=wishes.networks), facts.stdout, wishes.prefix)
            last = host.step(f"{name}-{step}", step, text, [last])
    return last


def _routes(facts: str, prefix: str, neighbours: Sequence[Neighbour], about: pulumi.Resource) -> str:
    near, far = by_link(facts, neighbours)
    if far:
        pulumi.log.warn(no_route_to(facts, far), about)
    return routes_text(facts, prefix, near)


def by_link(facts: str, neighbours: Sequence[Neighbour]) -> tuple[list[Neighbour], list[Neighbour]]:
    """The neighbours that are on the link of the host's interface, and the others. `facts`: the first step's
    output.
    """
    links = [address.network for address in parse_facts(facts).addresses]
    near = [each for each in neighbours if any(each.next_hop in link for link in links)]
    return near, [each for each in neighbours if each not in near]


def no_route_to(facts: str, far: Sequence[Neighbour]) -> str:
    """What is said of neighbours that are not on the host's link."""
    found = parse_facts(facts)
    links = ", ".join(dict.fromkeys(str(address.network) for address in found.addresses)) or "no IPv6 address"
    names = ", ".join(f"{each.name} ({each.next_hop})" for each in far)
    return (
        f"not on the link of {found.nic.name} ({links}): {names}; this host gets no route to their "
        "containers and sends what is for them to its router; if they share the link, give each one's "
        "address on it as existing.address"
    )


def gateway_in_use(facts: str, given: str | None) -> str:
    """The IPv6 gateway of a host: the one given, else the one it saw live, else AWS's fixed one."""
    return given or str(parse_facts(facts).gateway or AWS_GATEWAY)


def _warn(engine: str, about: pulumi.Resource) -> None:
    for warning in docker_step_warnings(engine):
        pulumi.log.warn(warning, about)
