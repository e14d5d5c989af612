"""The rule set of a VPC's router: source/destination check, security groups, gateways, public IPv4. Pure.

The order is a VPC's: what an interface sends must come from its own addresses and be let out by its groups;
what it receives must be meant for it and be let in by its groups; what leaves the VPC needs a route to a
gateway. Groups are stateful. What passes between a machine and the router itself (neighbour discovery, DHCP,
metadata) is no business of the groups, as on AWS (Amazon VPC user guide, "Security groups").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.fabric.addressing import ipv4_networks, ipv4_of, ipv6_networks, is_ipv6
from lab.fabric.dhcp import RESOLVER_IPV4, RESOLVER_IPV6
from lab.fabric.nat64 import DNS64_PORT, NatGateway, name_server_lines, translation_lines
from lab.fabric.security_groups import group_sets, rule_lines
from lab.region import Interface, SecurityGroup

INTERNET_DEVICE = "internet"
"""The router's device towards the internet."""
METADATA_IPV4 = "169.254.169.254"
METADATA_IPV6 = "fd00:ec2::254"


@dataclass(frozen=True)
class Port:
    """An interface on its cable, with the ways its subnet has out of the VPC."""

    device: str
    interface: Interface
    internet: tuple[str, ...] = ()
    """Networks that the subnet's route table sends to the internet gateway."""
    egress_only: tuple[str, ...] = ()
    """IPv6 networks that it sends to an egress-only gateway."""
    nat64: NatGateway | None = None
    """The NAT gateway that it sends 64:ff9b::/96 to."""
    dns64: bool = False
    """Whether the subnet's name server synthesises addresses."""


def ruleset(
    ports: Sequence[Port],
    groups: Sequence[SecurityGroup],
    members: Sequence[Interface],
    vpc_ipv6: Sequence[str],
    nat_gateways: Sequence[NatGateway] = (),
) -> str:
    """A text for `nft -f` that puts one table, `inet vpc`, in place of the former one in one atomic step.

    `ports` are the interfaces with a cable, `members` all interfaces of the VPC: a rule that names a group
    means the private addresses and prefixes of all of its members.
    """
    by_id = {group.id: group for group in groups}
    blocks = [
        *group_sets(groups, members),
        *(block for port in ports for block in _port_chains(port, by_id)),
        *([_NAT64_OUT, _NAT64_BACK] if nat_gateways else []),
        _internet_out(ports, vpc_ipv6, nat_gateways),
        _internet_in(ports, vpc_ipv6),
        _forward(ports, nat_gateways),
        _input(has_dns64=any(port.dns64 for port in ports)),
        *_translations(ports, nat_gateways),
    ]
    body = "\n\n".join(_indent(block) for block in blocks)
    return f"table inet vpc\ndelete table inet vpc\ntable inet vpc {{\n{body}\n}}\n"


def chain(name: str, lines: Iterable[str]) -> str:
    """A chain's block, its lines indented."""
    return f"chain {name} {{\n" + "".join(f"\t{line}\n" for line in lines) + "}"


def elements(values: Iterable[str]) -> str:
    """An anonymous set or map."""
    return "{ " + ", ".join(values) + " }"


def _port_chains(port: Port, groups: dict[str, SecurityGroup]) -> list[str]:
    own = [groups[group] for group in port.interface.security_group_ids if group in groups]
    rules = [rule for group in own for rule in group.rules]
    egress = [line for rule in rules if rule.direction == "egress" for line in rule_lines(rule, "return")]
    ingress = [line for rule in rules if rule.direction == "ingress" for line in rule_lines(rule, "accept")]
    return [
        chain(f"source-{port.device}", _own_addresses(port.interface, "saddr")),
        chain(f"destination-{port.device}", _own_addresses(port.interface, "daddr")),
        chain(f"egress-{port.device}", [*dict.fromkeys(egress), "counter drop"]),
        chain(f"ingress-{port.device}", [*dict.fromkeys(ingress), "counter drop"]),
    ]


def _own_addresses(interface: Interface, field: str) -> list[str]:
    if not interface.source_destination_check:
        return ["return"]
    lines: list[str] = []
    if ipv4 := ipv4_networks([interface]):
        lines.append(f"ip {field} {elements(ipv4)} return")
    if ipv6 := ipv6_networks([interface]):
        lines.append(f"ip6 {field} {elements(ipv6)} return")
    return [*lines, "counter drop"]


def _forward(ports: Sequence[Port], nat_gateways: Sequence[NatGateway]) -> str:
    inward, outward = (
        [f'"{gateway.device}" : {where}' for gateway in nat_gateways]
        for where in ("jump nat64-back", "goto nat64-out")
    )

    def jumps(key: str, kind: str, verb: str, more: Iterable[str] = ()) -> list[str]:
        entries = [*(f'"{port.device}" : {verb} {kind}-{port.device}' for port in ports), *more]
        return [f"{key} vmap {elements(entries)}"] if entries else []

    return chain(
        "forward",
        [
            "type filter hook forward priority filter; policy drop;",
            *jumps("iifname", "source", "jump"),
            *jumps("oifname", "destination", "jump"),
            "ct state established,related accept",
            # An ICMP error of a flow nobody knows is for the groups to judge.
            "ct state invalid meta l4proto != { icmp, ipv6-icmp } counter drop",
            *jumps("iifname", "egress", "jump", [f'"{INTERNET_DEVICE}" : jump internet-in', *inward]),
            *jumps("oifname", "ingress", "goto", [f'"{INTERNET_DEVICE}" : goto internet-out', *outward]),
        ],
    )


def _internet_out(ports: Sequence[Port], vpc_ipv6: Sequence[str], nat_gateways: Sequence[NatGateway]) -> str:
    """A gateway passes IPv6 of the VPC as it is, and IPv4 only of an address that has a public one."""
    lines = [f"ip6 saddr != {elements(vpc_ipv6)} counter drop"] if vpc_ipv6 else []
    for port in ports:
        ipv4, ipv6 = _by_family(port.internet)
        if (public := _public_pair(port)) and ipv4:
            lines.append(f'iifname "{port.device}" ip saddr {public[1]}{_match("ip daddr", ipv4)} accept')
        if ipv6 := _ordered([*ipv6, *port.egress_only]):
            lines.append(f'iifname "{port.device}"{_match("ip6 daddr", ipv6)} accept')
    lines += [
        f'iifname "{gateway.device}" meta nfproto ipv4{_match("ip daddr", gateway.internet)} accept'
        for gateway in nat_gateways
        if gateway.internet
    ]
    return chain("internet-out", [*lines, "counter drop"])


def _internet_in(ports: Sequence[Port], vpc_ipv6: Sequence[str]) -> str:
    """What comes of itself needs the internet gateway; the egress-only one lets in answers."""
    lines = [f"ip6 saddr {elements(vpc_ipv6)} counter drop"] if vpc_ipv6 else []
    for port in ports:
        ipv4, ipv6 = _by_family(port.internet)
        if (public := _public_pair(port)) and ipv4:
            lines.append(f'oifname "{port.device}" ip daddr {public[1]}{_match("ip saddr", ipv4)} return')
        if ipv6:
            lines.append(f'oifname "{port.device}"{_match("ip6 saddr", ipv6)} return')
    return chain("internet-in", [*lines, "counter drop"])


def _translations(ports: Sequence[Port], nat_gateways: Sequence[NatGateway]) -> list[str]:
    """One to one between public and primary private IPv4 addresses, at the internet gateway; and what leads
    to a NAT gateway and out of it.
    """
    pairs = [pair for port in ports if (pair := _public_pair(port))]
    inward = elements(f"{public} : {private}" for public, private in pairs)
    outward = elements(f"{private} : {public}" for public, private in pairs)
    before = [
        *([f'iifname "{INTERNET_DEVICE}" dnat ip to ip daddr map {inward}'] if pairs else []),
        *translation_lines([(port.device, port.nat64) for port in ports if port.nat64]),
        *name_server_lines([port.device for port in ports if port.dns64]),
    ]
    after = [
        *([f'oifname "{INTERNET_DEVICE}" snat ip to ip saddr map {outward}'] if pairs else []),
        *(
            f'iifname "{gateway.device}" oifname "{INTERNET_DEVICE}" snat ip to {gateway.public_ipv4}'
            for gateway in nat_gateways
        ),
    ]
    hooks = (("public-to-private", "prerouting priority dstnat", before),
             ("private-to-public", "postrouting priority srcnat", after))  # fmt: skip
    return [
        chain(name, [f"type nat hook {hook}; policy accept;", *lines]) for name, hook, lines in hooks if lines
    ]


def _public_pair(port: Port) -> tuple[str, str] | None:
    private = ipv4_of(port.interface)
    public = port.interface.public_ipv4
    return (public, private[0]) if public and private else None


def _by_family(networks: Sequence[str]) -> tuple[list[str], list[str]]:
    ipv4 = [network for network in networks if not is_ipv6(network)]
    return ipv4, [network for network in networks if is_ipv6(network)]


def _ordered(networks: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(networks))


def _match(key: str, networks: Sequence[str]) -> str:
    """A match of networks of one family; the family alone when one of them is the whole of it."""
    if any(network.endswith("/0") for network in networks):
        return " meta nfproto ipv6" if key.startswith("ip6") else ""
    return f" {key} {elements(networks)}"


def _indent(block: str) -> str:
    return "\n".join(f"\t{line}" if line else line for line in block.splitlines())


def _input(*, has_dns64: bool) -> str:
    ports = f"{{ 53, {DNS64_PORT} }}" if has_dns64 else "53"
    return chain(
        "input",
        [
            "type filter hook input priority filter; policy drop;",
            'iifname "lo" accept',
            "ct state established,related accept",
            "meta l4proto { icmp, ipv6-icmp } accept",
            f'iifname "{INTERNET_DEVICE}" counter drop',
            "udp dport { 67, 547 } accept",
            f"ip daddr {METADATA_IPV4} tcp dport 80 accept",
            f"ip6 daddr {METADATA_IPV6} tcp dport 80 accept",
            f"ip daddr {RESOLVER_IPV4} meta l4proto {{ tcp, udp }} th dport {ports} accept",
            f"ip6 daddr {RESOLVER_IPV6} meta l4proto {{ tcp, udp }} th dport {ports} accept",
            "counter drop",
        ],
    )


_NAT64_OUT = chain("nat64-out", ["meta nfproto ipv6 ct status dnat accept", "counter drop"])
"""Into a translator goes what was meant for the well-known prefix; its own prefix is nobody's to use."""
_NAT64_BACK = chain("nat64-back", ["meta nfproto ipv4 return", "counter drop"])
"""Out of a translator towards a host come answers alone, and those have passed already."""
