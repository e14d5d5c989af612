"""A host whose steps were run, in state, and what is found on it when all is right."""

import json
from ipaddress import ip_network

from components.container_networks.plan import NetworkWishes
from components.containers import Container, Port
from components.host import render
from components.host.steps import scripts_bundle
from components.ssh_sessions import Login
from components.verify.found import (
    Found,
    FoundAddress,
    FoundContainer,
    FoundFile,
    FoundInterface,
    FoundNetwork,
    FoundRoute,
    FoundRules,
)
from components.verify.state import HostInState, Step
from components.verify.wanted import Wanted
from tests.unit.host.host_facts import facts_text

LOGIN = Login("2001:db8:0:100::1:1", 22, "debian", "ssh-ed25519 AAAA")
WEB = Container("web", "lab/web:1", place=1, ports=(Port(80),))


def step(concern: str, text: str, output: str = "", subject: str | None = None) -> Step:
    """A step that ended well."""
    return Step(concern, subject, text, False, output)


def host(
    way: str = "default-bridge", engine: str = "26.1.5", prefix: str = "2001:db8:0:100::8/126"
) -> HostInState:
    """A host of the program with one container, in any way of networks."""
    facts, printed = facts_text(), json.dumps({"engine": engine})
    wishes = NetworkWishes(way, containers=(WEB,))
    steps = (
        step("facts", scripts_bundle()[0], facts),
        step("kernel", render.kernel_text()),
        step("network", render.network_text(facts, "2001:db8:0:100::1:1", None)),
        step("engine", "", printed),
        step("filter", render.filter_text(printed, prefix, wishes)),
        step("docker", render.docker_text(facts, printed, prefix, wishes)),
        step("container", render.container_text(engine, prefix, wishes, "web"), subject="web"),
    )
    return HostInState("host-1", LOGIN, "a key", None, steps, "")


def healthy(wanted: Wanted) -> Found:
    """What a host has that has all that is wanted."""
    devices = {wanted.nic: wanted.address, "docker0": wanted.bridge}
    devices |= {
        network.device or "": f"{network.ipv6_gateway}/{network.ipv6.partition('/')[2]}"
        for network in wanted.networks
    }
    return Found(
        files={
            file.path: None
            if file.content is None
            else FoundFile(file.content.encode(), file.mode, file.owner)
            for file in wanted.files
        },
        sysctls=dict(wanted.sysctls),
        addresses={
            device: (FoundAddress(address, dynamic=False, temporary=False, failed=False),)
            for device, address in devices.items()
            if address
        },
        routes=(
            FoundRoute("default", wanted.gateway or "", wanted.nic, "unicast", "static"),
            FoundRoute("2001:db8:0:100::/64", "", wanted.nic, "unicast", "kernel"),
            *(
                FoundRoute(str(ip_network(address, strict=False)), "", device, "unicast", "kernel")
                for device, address in devices.items()
                if address and device != wanted.nic
            ),
        ),
        docker_runs=True,
        networks={
            one.name: FoundNetwork(
                True,
                (("172.18.0.0/16", "172.18.0.1", ""), (one.ipv6, one.ipv6_gateway, one.ipv6_range)),
                {**dict(one.options), "com.docker.network.enable_ipv6": "true"},
                ours=True,
            )
            for one in wanted.networks
        },
        labelled_networks=tuple(one.name for one in wanted.networks),
        containers={
            one.name: FoundContainer(
                True,
                "running 0",
                one.image,
                True,
                "",
                {on: (address, FoundInterface("eth0", "0", (address,))) for on, address in one.addresses},
            )
            for one in wanted.containers
        },
        labelled_containers=tuple(one.name for one in wanted.containers),
        apps={},
        tables={
            one.name: FoundRules("a\nb\n", "a\nb\n", "\t\tcounter packets 3 bytes 240 drop\n")
            for one in wanted.tables
        },
        docker_filter=FoundRules("-N A\n", "-N A\n") if wanted.docker_filter else None,
        units={name: ("active", "enabled") for name, _ in wanted.units},
        pending=(),
        engine_is_ours=False,
        hotplug="disabled",
        foreign_filters=(),
    )
