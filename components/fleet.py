"""The whole of a stack from its config: network, hosts, check and outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.ec2.key_pair import KeyPair

from .config import Host, StackConfig
from .connection import Ssh
from .derived import derived
from .docker_container import DeclaredContainer
from .instance import DockerHost, DockerHostArgs
from .network_interface import ContainerNetworkInterface
from .preflight import missing_route
from .reachability import CheckedHost, ReachabilityCheck, ReachabilityCheckArgs
from .security_group import ContainerSecurityGroup
from .subnet import Ipv6Subnet, Ipv6SubnetArgs
from .tags import resource_tags
from .vpc import DualStackVpc

NETWORK = "dualstack"
"""The name of what the hosts share. It is in every child's name, and so never changes."""


@dataclass(frozen=True)
class Network:
    """What the hosts share. `ready`: what must be there before a host boots, and goes after it."""

    vpc: DualStackVpc
    subnet: Ipv6Subnet
    security_group_id: pulumi.Input[str]
    ready: tuple[pulumi.Resource, ...]


def make_network(config: StackConfig) -> Network:
    """The VPC, its public subnet, and the security group, unless one is given."""
    vpc = DualStackVpc(
        NETWORK, {"ipv4_cidr_block": config.vpc_cidr, "protect": config.protect, "tags": {**config.tags}}
    )
    subnet_args: Ipv6SubnetArgs = {
        "vpc_id": vpc.vpc_id,
        "vpc_ipv4_cidr_block": vpc.ipv4_cidr_block,
        "vpc_ipv6_cidr_block": vpc.ipv6_cidr_block,
        "route_table_id": vpc.public_route_table_id,
        "index": config.subnet_index,
        "tags": {**config.tags},
    }
    if config.availability_zone:
        subnet_args["availability_zone"] = config.availability_zone
    subnet = Ipv6Subnet(NETWORK, subnet_args)
    if config.security_group_id:
        return Network(vpc, subnet, config.security_group_id, (vpc, subnet))
    group = ContainerSecurityGroup(
        NETWORK,
        {
            "vpc_id": vpc.vpc_id,
            "ssh_from": list(config.ssh_from),
            "ssh_port": config.ssh_port,
            "open_ports": _declared_ports(config),
            "tags": {**config.tags},
        },
    )
    return Network(vpc, subnet, group.security_group_id, (vpc, subnet, group))


def refuse_or_warn_without_route(config: StackConfig) -> None:
    """Says in one line that SSH cannot leave this machine: a warning in a preview, an error in an update,
    before anything is created.
    """
    problem = missing_route(config.connect, config.bastion.host if config.bastion else None)
    if problem is None or not config.hosts:
        return
    if not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(problem)
    pulumi.log.warn(problem)


def make_hosts(config: StackConfig, network: Network) -> dict[str, DockerHost]:
    """The hosts by name, each on a network interface of its own. No host's inputs depend on another host."""
    if not config.hosts:
        return {}
    key_name = config.key_name or _key_pair(config)
    return {host.name: _make_host(config, network, host, key_name) for host in config.hosts}


def _make_host(config: StackConfig, network: Network, host: Host, key_name: pulumi.Input[str]) -> DockerHost:
    interface = ContainerNetworkInterface(
        host.name,
        {
            "subnet_id": network.subnet.subnet_id,
            "subnet_ipv6_cidr_block": network.subnet.ipv6_cidr_block,
            "security_group_ids": [network.security_group_id],
            "slot": host.slot,
            "block_prefix": config.block_prefix,
            "protect": config.protect,
            "tags": {**config.tags},
        },
    )
    args: DockerHostArgs = {
        "network_interface_id": interface.network_interface_id,
        "address": interface.address,
        "block": interface.block,
        "key_name": key_name,
        "ssh": _ssh(config),
        "instance_type": host.instance_type,
        "ubuntu_release": config.ubuntu_release,
        "open": host.open,
        "containers": _declared(host),
        "tags": {**config.tags},
    }
    if config.ami:
        args["ami"] = config.ami
    if config.host_key_seed:
        args["host_key_seed"] = pulumi.Output.secret(config.host_key_seed)
    if config.gateway:
        args["gateway"] = config.gateway
    return DockerHost(host.name, args, pulumi.ResourceOptions(depends_on=list(network.ready)))


def _key_pair(config: StackConfig) -> pulumi.Output[str]:
    name = f"{NETWORK}-key"
    return KeyPair(
        name, public_key=config.ssh_public_key or "", tags=resource_tags(name, config.tags)
    ).key_name


def make_check(config: StackConfig, hosts: Mapping[str, DockerHost]) -> pulumi.Output[str]:
    """The reachability check over all hosts; its table. There is none without hosts."""
    if not hosts:
        return pulumi.Output.from_input("no hosts")
    checked: list[CheckedHost] = [
        {
            "name": host.name,
            "instance_id": hosts[host.name].instance_id,
            "address": hosts[host.name].address,
            "block": hosts[host.name].block,
            "gateway": hosts[host.name].gateway,
            "ssh_address": hosts[host.name].ssh_address,
            "host_key": hosts[host.name].host_key,
            "open": host.open,
            "containers": _declared(host),
        }
        for host in config.hosts
    ]
    args: ReachabilityCheckArgs = {
        "hosts": checked,
        "ssh": _ssh(config),
        "internet_targets": list(config.internet_targets),
    }
    after = pulumi.ResourceOptions(depends_on=list(hosts.values()))
    return ReachabilityCheck("reachability", args, after).table


def outputs(
    network: Network, hosts: Mapping[str, DockerHost], table: pulumi.Output[str]
) -> dict[str, pulumi.Input[Any]]:
    """The stack's outputs by name."""
    return {
        "vpcIpv4Cidr": network.vpc.ipv4_cidr_block,
        "vpcIpv6Cidr": network.vpc.ipv6_cidr_block,
        "subnetIpv4Cidr": network.subnet.ipv4_cidr_block,
        "subnetIpv6Cidr": network.subnet.ipv6_cidr_block,
        "hosts": {name: _host_outputs(host) for name, host in hosts.items()},
        "knownHosts": derived(_lines, *(host.known_hosts for host in hosts.values())),
        "reachability": table,
    }


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _host_outputs(host: DockerHost) -> dict[str, pulumi.Output[Any]]:
    return {
        "address": host.address,
        "ssh": host.ssh_command,
        "gateway": host.gateway,
        "block": host.block,
        "containers": host.container_addresses,
    }


def _ssh(config: StackConfig) -> Ssh:
    ssh: Ssh = {
        "private_key": pulumi.Output.secret(config.ssh_private_key),
        "user": config.ssh_user,
        "port": config.ssh_port,
        "connect": config.connect,
    }
    if config.bastion:
        ssh["bastion"] = {
            "host": config.bastion.host,
            "user": config.bastion.user,
            "port": config.bastion.port,
            "host_key": config.bastion.host_key,
        }
    return ssh


def _declared(host: Host) -> list[DeclaredContainer]:
    return [
        {
            "name": container.name,
            "image": container.image,
            "place": container.place,
            "ports": [str(port) for port in container.ports],
        }
        for container in host.containers
    ]


def _declared_ports(config: StackConfig) -> list[str]:
    return sorted(
        {str(port) for host in config.hosts for container in host.containers for port in container.ports}
    )
