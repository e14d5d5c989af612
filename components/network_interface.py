"""ContainerNetworkInterface: the addresses of a host and of its containers, held by one ENI."""

from collections.abc import Callable
from typing import NotRequired, TypedDict, TypeVar

import pulumi
from pulumi_aws.ec2.network_interface import NetworkInterface

from .address_guard import addresses_stay, subnet_stays
from .derived import derived
from .ipaddress_tools import DEFAULT_BLOCK_PREFIX, HostAddresses, host_addresses
from .tags import BLOCK_TAG, SLOT_TAG, SUBNET_TAG, resource_tags

T = TypeVar("T")


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
    block_prefix: NotRequired[int]
    """The length of the container block, the same for all hosts of a subnet. Default: 126."""
    subnet_name: NotRequired[str]
    """What the subnet is called, where a stack has several: a host's is its own for good. Default: none."""
    protect: NotRequired[bool]
    """Refuse to delete the interface, so that the addresses outlive the instance. Default: false."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for every resource, beside the package's own."""


class ContainerNetworkInterface(pulumi.ComponentResource):
    """A network interface that holds a host's own IPv6 address and every address of its container block:
    slot 1 is `::1:1` with `::8/126`, slot 2 is `::2:2` with `::c/126`, and so on.
    """

    network_interface_id: pulumi.Output[str]
    """The id of the network interface."""
    address: pulumi.Output[str]
    """The host's own IPv6 address."""
    block: pulumi.Output[str]
    """The container block, in CIDR form."""
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
        slot, prefix = int(args["slot"]), int(args.get("block_prefix", DEFAULT_BLOCK_PREFIX))
        self.subnet_ipv6_cidr_block = pulumi.Output.from_input(args["subnet_ipv6_cidr_block"])

        def planned(choose: Callable[[HostAddresses], T]) -> pulumi.Output[T]:
            def plan(subnet: str) -> T:
                return choose(host_addresses(subnet, slot, prefix))

            return derived(plan, self.subnet_ipv6_cidr_block)

        self.address = planned(lambda host: str(host.primary))
        self.block = planned(lambda host: str(host.block))
        interface_name = f"{name}-interface"
        own_tags = {SLOT_TAG: str(slot), BLOCK_TAG: str(prefix)}
        if "subnet_name" in args:
            own_tags[SUBNET_TAG] = args["subnet_name"]
        # Two interfaces cannot hold the same addresses, not even for a moment.
        interface = NetworkInterface(
            interface_name,
            subnet_id=args["subnet_id"],
            description=f"{name}: host address and container block, slot {slot}",
            security_groups=args["security_group_ids"],
            ipv6_addresses=planned(lambda host: [str(address) for address in host.interface_addresses]),
            tags=resource_tags(interface_name, args.get("tags"), own_tags),
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
