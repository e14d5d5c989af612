"""The stack's hosts, from its config."""

import pulumi
from pulumi_aws.ec2.key_pair import KeyPair

from ..address_ways.registry import DEFAULT_ADDRESSES
from ..compose_app import declared_app
from ..config.types import DEFAULT_SUBNET, Host, StackConfig
from ..declared import declared_containers, declared_networks
from ..declared_packages import declared_packages
from ..docker_host_args import DockerHostArgs
from ..host.engine import AS_IT_COMES
from ..instance import DockerHost
from ..network_interface import ContainerNetworkInterface, ContainerNetworkInterfaceArgs
from ..tags import resource_tags
from .existing import make_existing_host
from .network import NETWORK, Network
from .ssh import ssh_to


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
        "internet_targets": list(config.internet_targets),
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
