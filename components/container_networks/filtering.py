"""Rules for the host's own nft chain at the hook `forward`, which several ways share."""

from collections.abc import Iterable

from .plan import DEFAULT_BRIDGE, PROJECT_DEVICE_PREFIX, HostPlan, PlannedContainer, PlannedNetwork


def declared_ports_only(plan: HostPlan) -> tuple[str, ...]:
    """ICMPv6, answers and declared ports come in to the plan's containers from elsewhere, nothing else."""
    subnets = [str(network.subnet) for network in plan.networks]
    return (
        *inside_networks(plan),
        *_for_others(plan, subnets[0] if len(subnets) == 1 else f"{{ {', '.join(subnets)} }}"),
        "ct state established,related accept",
        "meta l4proto ipv6-icmp accept",
        *(
            f"ip6 daddr {address} {port.protocol} dport {port.number} accept  # {container.name}"
            for container in plan.containers
            for _, address in container.addresses
            for port in container.ports
        ),
        "counter drop",
    )


def inside_networks(plan: HostPlan) -> tuple[str, ...]:
    """Inside of one network everything passes, as Docker has it. A forward chain sees such packets only where
    the kernel filters bridged ones (module br_netfilter, which some dockerd load): so hosts would differ.
    """
    return tuple(f"iifname {each.device} oifname {each.device} accept" for each in plan.networks)


def declared_ports(containers: Iterable[PlannedContainer]) -> tuple[str, ...]:
    """The declared ports on all addresses of these containers, in ip6tables' language."""
    return tuple(
        f"-d {address} -p {port.protocol} --dport {port.number} -j ACCEPT"
        for container in containers
        for _, address in container.addresses
        for port in container.ports
    )


def translated_only(plan: HostPlan) -> tuple[str, ...]:
    """What comes in to the plan's containers has been translated, or answers something from within."""
    subnets = ", ".join(str(network.subnet) for network in plan.networks)
    devices = ", ".join(network.device for network in plan.networks)
    return (
        *_for_others(plan, f"{{ {subnets} }}"),
        "ct state established,related accept",
        "ct status dnat accept",
        f"iifname {{ {devices} }} accept",
        "counter drop",
    )


def _for_others(plan: HostPlan, subnets: str) -> tuple[str, ...]:
    """What is sent to others than the plan's containers passes. `subnets`: those of its networks.

    On a host all of its prefix counts as theirs: this filter is loaded before a network goes, and the network
    may stay for long where that is refused. Compose projects have their networks there, too, and a filter of
    their own; with docker0 there are none.
    """
    if plan.is_project:
        return (f"ip6 daddr != {subnets} accept",)
    others = (f"ip6 daddr != {plan.prefix} accept",)
    if plan.networks[0].name == DEFAULT_BRIDGE:
        return others
    return (*others, f'oifname "{PROJECT_DEVICE_PREFIX}*" accept')


def isolation(plan: HostPlan) -> tuple[str, ...]:
    """Networks of one host do not reach each other over IPv6, unless one says that it `reaches` the other.

    (Between networks of IPv4 alone Docker sees to it. From Engine 28 on it lets routed networks talk to each
    other: release notes of 28.0.)
    """
    if len(plan.networks) == 1:
        return ()
    return (
        "ct state established,related accept",
        *(
            f"iifname {origin.device} oifname {target.device} drop"
            for origin in plan.networks
            for target in plan.networks
            if not _may_talk(origin, target)
        ),
    )


def _may_talk(origin: PlannedNetwork, target: PlannedNetwork) -> bool:
    return origin == target or target.name in origin.reaches
