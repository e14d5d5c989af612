"""The stack's hosts that were there before, from its config."""

from collections.abc import Mapping
from typing import Any

import pulumi

from ..compose_app import declared_app
from ..config.types import Host, StackConfig
from ..declared import declared_containers, declared_networks
from ..declared_packages import declared_packages
from ..docker_host_args import DockerHostArgs, ExistingHost, NeighbourHost
from ..host.engine import AS_IT_COMES
from ..host.preflight import UPSTREAM_ROUTES
from ..instance import DockerHost
from .ssh import ssh_to


def make_existing_host(config: StackConfig, host: Host) -> DockerHost:
    """The host, with nothing of AWS."""
    if host.existing is None or host.prefix is None:
        raise ValueError(f"host {host.name} does not exist already, or its prefix is not given")
    existing: ExistingHost = {
        "address": host.existing.address,
        "internet_targets": list(config.internet_targets),
        "accept": list(host.existing.accept),
    }
    if host.existing.host_key:
        existing["host_key"] = host.existing.host_key
    if host.existing.interface:
        existing["interface"] = host.existing.interface
    if host.network == "static-routes":
        existing["neighbours"] = _neighbours(config, host)
    args: DockerHostArgs = {
        "existing": existing,
        "prefix": host.prefix,
        "host_keys": config.host_keys,
        "ssh": ssh_to(config, host),
        "open": host.open,
        "network": host.network,
        "networks": declared_networks(host),
        "containers": declared_containers(host),
        "apps": [declared_app(app) for app in host.apps],
        "reboot_when_needed": config.reboot_when_needed,
    }
    if config.packages != AS_IT_COMES:
        args["packages"] = declared_packages(config.packages)
    if config.repair:
        args["repair"] = config.repair
    args["revert_after"] = config.revert_after
    return DockerHost(host.name, args)


def _neighbours(config: StackConfig, host: Host) -> list[NeighbourHost]:
    return [
        {"name": other.name, "prefix": other.prefix, "address": other.existing.address}
        for other in config.hosts
        if other is not host and other.network == host.network and other.existing and other.prefix
    ]


def upstream_outputs(config: StackConfig, hosts: Mapping[str, DockerHost]) -> dict[str, pulumi.Input[Any]]:
    """The routes that the routers before hosts that were there before need; nothing where none is needed."""
    routes = {
        host.name: hosts[host.name].upstream_route
        for host in config.hosts
        if host.existing is not None and host.network in UPSTREAM_ROUTES
    }
    return {"upstreamRoutes": routes} if routes else {}
