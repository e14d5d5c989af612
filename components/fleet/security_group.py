"""The stack's security group from its config."""

from collections.abc import Mapping
from functools import partial

from ..compose.plan import open_ports
from ..config.types import StackConfig
from ..container_networks.registry import WAYS
from ..derived import derived
from ..ipaddress_tools import delegated_prefix, host_address_in_prefix, primary_address
from ..security_group import ContainerSecurityGroup, ContainerSecurityGroupArgs
from ..subnet import Ipv6Subnet
from ..vpc import DualStackVpc


def make_security_group(
    name: str, config: StackConfig, vpc: DualStackVpc, subnets: Mapping[str, Ipv6Subnet]
) -> ContainerSecurityGroup:
    """The group of all hosts, called `name` as a resource: SSH as configured, and the declared ports."""
    args: ContainerSecurityGroupArgs = {
        "vpc_id": vpc.vpc_id,
        "ssh_from": list(config.ssh_from),
        "ssh_port": config.ssh_port,
        "open_ports": _own_ports(config),
        "tags": {**config.tags},
    }
    published = _published_ports(config)
    if published:
        args["published_ports"] = published
    for host in config.hosts:
        if host.name == config.bastion_host:
            # From the plan: the group must be there before the host's interface.
            own = partial(_own_address, host.addresses, host.slot)
            address = derived(own, subnets[host.subnet].ipv6_cidr_block)
            args["ssh_from_bastion"] = address
    return ContainerSecurityGroup(name, args)


def _own_address(way: str, slot: int, subnet: str) -> str:
    if way == "prefix":
        return str(host_address_in_prefix(delegated_prefix(subnet, slot)))
    return str(primary_address(subnet, slot))


def _own_ports(config: StackConfig) -> list[str]:
    """The ports of containers and services that are open on their own addresses."""
    hosts = [host for host in config.hosts if not WAYS[host.network].TRANSLATED]
    declared = {port for host in hosts for container in host.containers for port in container.ports}
    services = [service for host in hosts for app in host.apps for service in app.project.services]
    return sorted({str(port) for port in declared.union(*(open_ports(each) for each in services))})


def _published_ports(config: StackConfig) -> list[str]:
    """The hosts' ports that lead to containers and services."""
    hosts = [host for host in config.hosts if WAYS[host.network].TRANSLATED]
    declared = {
        f"{port.on_host}/{port.protocol}"
        for host in hosts
        for container in host.containers
        for port in container.ports
    }
    of_services = {
        f"{port.published}/{port.target.protocol}"
        for host in hosts
        for app in host.apps
        for service in app.project.services
        for port in service.ports
        if port.published is not None and port.is_for_others
    }
    return sorted(declared | of_services)
