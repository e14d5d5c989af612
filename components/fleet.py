"""The whole of a stack from its config: network, hosts, check and outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.ec2.key_pair import KeyPair

from .address_ways.registry import DEFAULT_ADDRESSES
from .compose_app import declared_app
from .config import Host, StackConfig
from .config_types import DEFAULT_SUBNET
from .declared import declared_containers, declared_networks
from .declared_packages import declared_packages
from .derived import derived
from .docker_host_args import DockerHostArgs
from .fleet_existing import make_existing_host, upstream_outputs
from .fleet_security_group import make_security_group
from .fleet_ssh import ssh_to
from .fleet_subnets import make_subnets, needs_egress_only_gateway, subnet_outputs
from .host.engine import AS_IT_COMES
from .instance import DockerHost
from .nat64_gateway import Nat64Gateway
from .network_interface import ContainerNetworkInterface, ContainerNetworkInterfaceArgs
from .preflight import missing_route, missing_route_to
from .reachability import CheckedHost, ReachabilityCheck, ReachabilityCheckArgs
from .subnet import Ipv6Subnet
from .tags import resource_tags
from .unique_local_prefix import UniqueLocalPrefix
from .vpc import DualStackVpc, DualStackVpcArgs

NETWORK = "dualstack"
"""The name of what the hosts share. It is in every child's name, and so never changes."""


@dataclass(frozen=True)
class Network:
    """What the hosts share. `subnets`: by name. `ready`: what must be there before a host boots, and goes
    after it, beside its subnet. `unique_local_prefix`: None where no host has private addresses.
    """

    vpc: DualStackVpc
    subnets: Mapping[str, Ipv6Subnet]
    nat64: Nat64Gateway | None
    security_group_id: pulumi.Input[str]
    ready: tuple[pulumi.Resource, ...]
    unique_local_prefix: pulumi.Input[str] | None


def make_network(config: StackConfig) -> Network | None:
    """The VPC, its subnets, and the security group, unless one is given. None where nothing is on AWS."""
    if not config.on_aws:
        return None
    vpc_args: DualStackVpcArgs = {
        "ipv4_cidr_block": config.vpc_cidr,
        "protect": config.protect,
        "tags": {**config.tags},
    }
    if needs_egress_only_gateway(config):
        vpc_args["egress_only"] = True
    vpc = DualStackVpc(NETWORK, vpc_args)
    subnets, nat64 = make_subnets(NETWORK, config, vpc)
    unique_local = _unique_local_prefix(config)
    if config.security_group_id:
        return Network(vpc, subnets, nat64, config.security_group_id, (vpc,), unique_local)
    group = make_security_group(NETWORK, config, vpc, subnets)
    return Network(vpc, subnets, nat64, group.security_group_id, (vpc, group), unique_local)


def _unique_local_prefix(config: StackConfig) -> pulumi.Input[str] | None:
    """The one given, else one that is drawn with the first host that needs it, and kept with the last."""
    if config.unique_local_prefix or not any(host.addresses == "private" for host in config.hosts):
        return config.unique_local_prefix
    return UniqueLocalPrefix(f"{NETWORK}-unique-local", {"protect": config.protect}).prefix


def refuse_or_warn_without_route(config: StackConfig) -> None:
    """Says in one line that SSH cannot leave this machine: a warning in a preview, an error in an update,
    before anything is created.
    """
    bastion = config.bastion.host if config.bastion else None
    if config.on_aws:
        problem = missing_route("ipv6" if config.bastion_host else config.connect, bastion)
    else:
        addresses = [host.existing.address for host in config.hosts if host.existing]
        problem = missing_route_to(addresses)
    if problem is None or not config.hosts:
        return
    if not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(problem)
    pulumi.log.warn(problem)


def make_hosts(config: StackConfig, network: Network | None) -> dict[str, DockerHost]:
    """The hosts by name, each on a network interface of its own, or there already. No host's inputs depend on
    another host but the bastion, which is there before the others and goes after them.
    """
    made: dict[str, DockerHost] = {}
    key_name = (config.key_name or _key_pair(config)) if network and config.hosts else ""
    for host in sorted(config.hosts, key=lambda each: each.name != config.bastion_host):
        if network is None or host.existing is not None:
            made[host.name] = make_existing_host(config, host)
        else:
            bastion = made.get(config.bastion_host or "")
            made[host.name] = _make_host(config, network, host, key_name, bastion)
    return {host.name: made[host.name] for host in config.hosts}


def _make_host(
    config: StackConfig,
    network: Network,
    host: Host,
    key_name: pulumi.Input[str],
    bastion: DockerHost | None,
) -> DockerHost:
    subnet = network.subnets[host.subnet]
    interface_args: ContainerNetworkInterfaceArgs = {
        "subnet_id": subnet.subnet_id,
        "subnet_ipv6_cidr_block": subnet.ipv6_cidr_block,
        "security_group_ids": [network.security_group_id],
        "slot": host.slot,
        "block_prefix": config.block_prefix,
        "protect": config.protect,
        "tags": {**config.tags},
    }
    if host.addresses != DEFAULT_ADDRESSES:
        interface_args["addresses"] = host.addresses
    if host.addresses == "private" and network.unique_local_prefix is not None:
        interface_args["unique_local_prefix"] = network.unique_local_prefix
    if host.subnet != DEFAULT_SUBNET:
        interface_args["subnet_name"] = host.subnet
    interface = ContainerNetworkInterface(host.name, interface_args)
    args: DockerHostArgs = {
        "network_interface_id": interface.network_interface_id,
        "address": interface.address,
        "prefix": interface.block,
        "addresses": host.addresses,
        "key_name": key_name,
        "host_keys": config.host_keys,
        "containers_reach_metadata": host.containers_reach_metadata,
        "ssh": ssh_to(config, host, bastion),
        "instance_type": host.instance_type,
        "ubuntu_release": config.ubuntu_release,
        "open": host.open,
        "network": host.network,
        "networks": declared_networks(host),
        "containers": declared_containers(host),
        "apps": [declared_app(app) for app in host.apps],
        "reboot_when_needed": config.reboot_when_needed,
        "tags": {**config.tags},
    }
    if config.packages != AS_IT_COMES:
        args["packages"] = declared_packages(config.packages)
    if config.ami:
        args["ami"] = config.ami
    if config.repair:
        args["repair"] = config.repair
    args["revert_after"] = config.revert_after
    if config.host_key_seed:
        args["host_key_seed"] = pulumi.Output.secret(config.host_key_seed)
    if config.gateway:
        args["gateway"] = config.gateway
    if subnet.ipv4_cidr_block is None:
        args["ipv6_only"] = True
    after = [*network.ready, subnet, *([bastion] if bastion else [])]
    return DockerHost(host.name, args, pulumi.ResourceOptions(depends_on=after))


def _key_pair(config: StackConfig) -> pulumi.Output[str]:
    name = f"{NETWORK}-key"
    return KeyPair(
        name, public_key=config.ssh_public_key or "", tags=resource_tags(name, config.tags)
    ).key_name


def make_check(config: StackConfig, hosts: Mapping[str, DockerHost]) -> pulumi.Output[str]:
    """The reachability check over all hosts; its table. There is none without hosts."""
    if not hosts:
        return pulumi.Output.from_input("no hosts")
    hidden = {subnet.name for subnet in config.subnets if subnet.kind == "egress-only"}
    checked = [_checked(config, host, hosts[host.name], hidden) for host in config.hosts]
    args: ReachabilityCheckArgs = {
        "hosts": checked,
        "ssh": ssh_to(config, bastion=hosts.get(config.bastion_host or "")),
        "internet_targets": list(config.internet_targets),
    }
    after = pulumi.ResourceOptions(depends_on=list(hosts.values()))
    return ReachabilityCheck("reachability", args, after).table


def _checked(config: StackConfig, host: Host, made: DockerHost, hidden: set[str]) -> CheckedHost:
    checked: CheckedHost = {
        "name": host.name,
        "instance_id": made.instance_id,
        "address": made.address,
        "prefix": made.prefix,
        "gateway": made.gateway,
        "ssh_address": made.ssh_address,
        "host_key": made.host_key,
        "open": host.open,
        "network": host.network,
        "networks": declared_networks(host),
        "containers": declared_containers(host),
        "egress_only": host.subnet in hidden,
    }
    if host.existing is not None:
        checked["ssh"] = ssh_to(config, host)
        checked["upstream_route"] = made.upstream_route
    return checked


def outputs(
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
