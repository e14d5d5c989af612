"""The instance of a Docker host, on its network interface."""

import pulumi
from pulumi_aws.ec2 import (
    InstanceMetadataOptionsArgs,
    InstancePrimaryNetworkInterfaceArgs,
)
from pulumi_aws.ec2.eip import Eip
from pulumi_aws.ec2.instance import Instance

from .docker_host_args import DockerHostArgs
from .first_contact import learned_host_key
from .host_keys import HostKey, derive_host_key
from .images import architecture_of, ubuntu_image
from .machine import Machine
from .tags import resource_tags
from .user_data import cloud_config

DEFAULT_INSTANCE_TYPE = "t3.medium"
CONTAINER_HOPS = 2
"""To a container behind a bridge of the host (EC2 user guide, "Instance metadata options")."""
DEFAULT_UBUNTU_RELEASE = "24.04"


def launch(parent: pulumi.Resource, name: str, args: DockerHostArgs) -> Machine:
    """An instance on the interface. Raises ValueError without one."""
    missing = [
        needed for needed in ("network_interface_id", "address", "key_name") if args.get(needed) is None
    ]
    if missing:
        raise ValueError(f"DockerHost {name}: give {', '.join(missing)}, or existing")
    address = pulumi.Output.from_input(args.get("address", ""))
    ssh_address = _public_ipv4(parent, name, args) if args["ssh"].get("connect") == "ipv4" else address
    if args.get("host_keys", "user-data") == "user-data":
        key = _derived_key(name, args)
        instance = _make_instance(parent, name, args, key)
        public = pulumi.Output.unsecret(key.apply(lambda pair: pair.public))
        return Machine(instance.id, ssh_address, public, address, instance)
    instance = _make_instance(parent, name, args, None)
    shown = learned_host_key(name, parent, args, ssh_address, instance.id)
    return Machine(instance.id, ssh_address, shown, address, instance)


def _public_ipv4(parent: pulumi.Resource, host: str, args: DockerHostArgs) -> pulumi.Output[str]:
    name = f"{host}-ipv4"
    return Eip(
        name,
        domain="vpc",
        network_interface=args.get("network_interface_id"),
        tags=resource_tags(name, args.get("tags")),
        opts=pulumi.ResourceOptions(parent=parent),
    ).public_ip


def _derived_key(host: str, args: DockerHostArgs) -> pulumi.Output[HostKey]:
    seed = args.get("host_key_seed", args["ssh"]["private_key"])
    stack = pulumi.get_stack()
    return pulumi.Output.secret(seed).apply(lambda text: derive_host_key(text, stack, host))


def _make_instance(
    parent: pulumi.Resource, host: str, args: DockerHostArgs, key: pulumi.Output[HostKey] | None
) -> Instance:
    name = f"{host}-instance"
    instance_type = args.get("instance_type", DEFAULT_INSTANCE_TYPE)
    return Instance(
        name,
        ami=args.get("ami") or _newest_ubuntu(parent, args, instance_type),
        instance_type=instance_type,
        key_name=args.get("key_name"),
        primary_network_interface=InstancePrimaryNetworkInterfaceArgs(
            network_interface_id=args.get("network_interface_id", "")
        ),
        metadata_options=InstanceMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=CONTAINER_HOPS if args.get("containers_reach_metadata") else 1,
            http_protocol_ipv6="enabled" if args.get("ipv6_only") else None,
        ),
        user_data=_user_data(args, key),
        user_data_replace_on_change=True,
        # The host's own name is what people look for in the console.
        tags=resource_tags(name, {"Name": host, **args.get("tags", {})}),
        opts=pulumi.ResourceOptions(
            parent=parent,
            # The interface is kept, and can be on one instance only.
            delete_before_replace=True,
            ignore_changes=None if args.get("ami") else ["ami"],
        ),
    )


def _user_data(args: DockerHostArgs, key: pulumi.Output[HostKey] | None) -> pulumi.Output[str]:
    """A secret where it holds a key."""
    address = args.get("address", "") if args.get("addresses") == "prefix" else ""
    if key is None:
        return pulumi.Output.from_input(address).apply(lambda own: cloud_config(None, own))
    return pulumi.Output.all(key, address).apply(lambda known: cloud_config(known[0], known[1]))


def _newest_ubuntu(parent: pulumi.Resource, args: DockerHostArgs, instance_type: str) -> pulumi.Output[str]:
    release = args.get("ubuntu_release", DEFAULT_UBUNTU_RELEASE)
    opts = pulumi.InvokeOptions(parent=parent)
    return ubuntu_image(release, architecture_of(instance_type, opts), opts)
