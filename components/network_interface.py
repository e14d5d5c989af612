"""ContainerNetworkInterface: the addresses of a host and of its containers, held by one ENI."""

from collections.abc import Callable
from ipaddress import IPv6Network
from typing import Final, NotRequired, Protocol, TypedDict, TypeVar

import pulumi
from pulumi_aws.ec2.network_interface import NetworkInterface

from .address_guard import addresses_stay, subnet_stays
from .address_ways.registry import ADDRESS_WAYS, DEFAULT_ADDRESSES
from .address_ways.way import AddressPlan, AddressWishes
from .derived import derived
from .ipaddress_tools import DEFAULT_BLOCK_PREFIX, parse_subnet
from .tags import ADDRESSES_TAG, BLOCK_TAG, SLOT_TAG, SUBNET_TAG, UNIQUE_LOCAL_TAG, resource_tags

T = TypeVar("T")
DESCRIPTIONS: Final = {
    "block": "host address and container block",
    "prefix": "a prefix for the host and its containers",
    "private": "host address",
}


class ContainerNetworkInterfaceArgs(TypedDict):
    """What a `ContainerNetworkInterface` is made from."""

    subnet_id: pulumi.Input[str]
    """The id of the subnet."""
    subnet_ipv6_cidr_block: pulumi.Input[str]
    """The IPv6 range of the subnet, a /64."""
    security_group_ids: list[pulumi.Input[str]]
    """The security groups that hold for every address of the interface."""
    slot: int
    """Which host of the subnet this is, from 1; decides its addresses, for good."""
    addresses: NotRequired[str]
    """Where the addresses come from, for good. `block`: the host's own and a small block; `prefix`: a /80
    that holds the host's own; `private`: the host's own alone. Default: block."""
    block_prefix: NotRequired[int]
    """With `block`: the length of the block, the same for all hosts of a subnet. Default: 126."""
    unique_local_prefix: NotRequired[pulumi.Input[str]]
    """With `private`: the /48 that the containers' addresses are taken from, e.g. a `UniqueLocalPrefix`'s."""
    subnet_name: NotRequired[str]
    """What the subnet is called, where a stack has several: a host's is its own for good. Default: none."""
    protect: NotRequired[bool]
    """Refuse to delete the interface, so that the addresses outlive the instance. Default: false."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every resource, beside the package's own."""


class ContainerNetworkInterface(pulumi.ComponentResource):
    """A network interface with what a host and its containers need of IPv6. With the addresses `block` the
    host in slot 1 has `::1:1` and the block `::8/126`, in slot 2 `::2:2` and `::c/126`; with `prefix` the
    first and second /80 after the subnet's own, and is its `::1`; with `private` `::1:1`, `::2:2`.
    """

    network_interface_id: pulumi.Output[str]
    """The id of the network interface."""
    address: pulumi.Output[str]
    """The host's own IPv6 address."""
    block: pulumi.Output[str]
    """What the containers' addresses are taken from, in CIDR form: the block, the prefix, or the host's /64
    of the unique local prefix."""
    subnet_ipv6_cidr_block: pulumi.Output[str]
    """The IPv6 range of the subnet, a /64."""

    def __init__(
        self, name: str, args: ContainerNetworkInterfaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        # The component's own property: an interface in another subnet is another one, a component is changed.
        props = {"subnetName": args["subnet_name"]} if "subnet_name" in args else {}
        stays = pulumi.ResourceOptions(hooks=subnet_stays(name))
        super().__init__(
            "dualstack:index:ContainerNetworkInterface",
            name,
            props,
            pulumi.ResourceOptions.merge(opts, stays),
        )
        self.subnet_ipv6_cidr_block = pulumi.Output.from_input(args["subnet_ipv6_cidr_block"])
        way, slot = args.get("addresses", DEFAULT_ADDRESSES), int(args["slot"])
        planned = _planned(args)
        self.address = planned(lambda host: str(host.address))
        self.block = planned(lambda host: str(host.containers))
        interface_name = f"{name}-interface"
        # Two interfaces cannot hold the same addresses, not even for a moment.
        interface = NetworkInterface(
            interface_name,
            subnet_id=args["subnet_id"],
            description=f"{name}: {DESCRIPTIONS[way]}, slot {slot}",
            security_groups=args["security_group_ids"],
            ipv6_addresses=None
            if way == "prefix"
            else planned(lambda host: [str(address) for address in host.addresses]),
            ipv6_prefixes=planned(lambda host: [str(prefix) for prefix in host.prefixes])
            if way == "prefix"
            else None,
            tags=resource_tags(interface_name, args.get("tags"), _own_tags(args)),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.get("protect"),
                delete_before_replace=True,
                hooks=addresses_stay(name, interface_name),
            ),
        )
        self.network_interface_id = interface.id
        self.register_outputs(
            {
                "networkInterfaceId": self.network_interface_id,
                "address": self.address,
                "block": self.block,
                "subnetIpv6CidrBlock": self.subnet_ipv6_cidr_block,
            }
        )


class _Planned(Protocol):
    def __call__(self, choose: Callable[[AddressPlan], T], /) -> pulumi.Output[T]: ...


def _planned(args: ContainerNetworkInterfaceArgs) -> _Planned:
    """Gives what a function chooses of the plan, once the ranges are known."""
    way = ADDRESS_WAYS[args.get("addresses", DEFAULT_ADDRESSES)]
    slot, block_prefix = int(args["slot"]), int(args.get("block_prefix", DEFAULT_BLOCK_PREFIX))

    def planned(choose: Callable[[AddressPlan], T], /) -> pulumi.Output[T]:
        def plan(subnet: str, unique_local: str) -> T:
            private = IPv6Network(unique_local) if unique_local else None
            return choose(way.plan(AddressWishes(parse_subnet(subnet), slot, block_prefix, private)))

        return derived(plan, args["subnet_ipv6_cidr_block"], args.get("unique_local_prefix", ""))

    return planned


def _own_tags(args: ContainerNetworkInterfaceArgs) -> dict[str, pulumi.Input[str]]:
    way = args.get("addresses", DEFAULT_ADDRESSES)
    tags: dict[str, pulumi.Input[str]] = {SLOT_TAG: str(int(args["slot"]))}
    if way == DEFAULT_ADDRESSES:
        tags[BLOCK_TAG] = str(int(args.get("block_prefix", DEFAULT_BLOCK_PREFIX)))
    else:
        tags[ADDRESSES_TAG] = way
    if way == "private" and "unique_local_prefix" in args:
        tags[UNIQUE_LOCAL_TAG] = args["unique_local_prefix"]
    if "subnet_name" in args:
        tags[SUBNET_TAG] = args["subnet_name"]
    return tags
