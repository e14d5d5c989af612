"""The outputs of the stack."""

from collections.abc import Mapping
from typing import Any

import pulumi

from ..config.types import Host, StackConfig
from ..derived import derived
from ..instance import DockerHost
from .existing import upstream_outputs
from .network import Network
from .subnets import subnet_outputs


def stack_outputs(
    config: StackConfig, network: Network | None, hosts: Mapping[str, DockerHost], table: pulumi.Output[str]
) -> dict[str, pulumi.Input[Any]]:
    """The stack's outputs by name."""
    of_network: dict[str, pulumi.Input[Any]] = {}
    if network is not None:
        of_network = {
            "vpcIpv4Cidr": network.vpc.ipv4_cidr_block,
            "vpcIpv6Cidr": network.vpc.ipv6_cidr_block,
            **subnet_outputs(config, network.subnets, network.nat64),
        }
    return {
        **of_network,
        **upstream_outputs(config, hosts),
        "hosts": {host.name: _host_outputs(host, hosts[host.name]) for host in config.hosts},
        "knownHosts": derived(_lines, *(host.known_hosts for host in hosts.values())),
        "reachability": table,
    }


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _host_outputs(host: Host, made: DockerHost) -> dict[str, pulumi.Output[Any]]:
    return {
        "address": made.address,
        "ssh": made.ssh_command,
        "gateway": made.gateway,
        "prefix": made.prefix,
        "engine": made.engine,
        "containers": made.container_addresses,
        **({"apps": made.app_addresses} if host.apps else {}),
    }
