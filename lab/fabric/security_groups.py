"""Security groups as nft sets and rules. Pure.

Protocols and ports are EC2's (API reference, SecurityGroupRule): for ICMP the ports mean type and code, -1
means all. `icmp` is ICMPv4 and `icmpv6` ICMPv6 whatever the peer is, so a rule with `icmp` and an IPv6
network matches nothing, which is what AWS does with it.
"""

from collections.abc import Iterable, Sequence

from lab.fabric.addressing import ipv4_networks, ipv6_networks, is_ipv6
from lab.region import Interface, SecurityGroup, SecurityGroupRule

_NAMED = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}


def set_name(group_id: str, family: str) -> str:
    """The name of the set of a group's members; the family is `ipv4` or `ipv6`."""
    return f"{group_id}-{family}"


def group_sets(groups: Sequence[SecurityGroup], members: Sequence[Interface]) -> list[str]:
    """Two sets for each group a rule refers to: the members' private IPv4, and their IPv6 with prefixes."""
    rules = [rule for group in groups for rule in group.rules]
    referenced = sorted({rule.source_group_id for rule in rules if rule.source_group_id})
    blocks: list[str] = []
    for group in referenced:
        of_group = [interface for interface in members if group in interface.security_group_ids]
        blocks.append(_set(set_name(group, "ipv4"), "ipv4_addr", ipv4_networks(of_group)))
        blocks.append(_set(set_name(group, "ipv6"), "ipv6_addr", ipv6_networks(of_group)))
    return blocks


def rule_lines(rule: SecurityGroupRule, verdict: str) -> list[str]:
    """The nft rules that one rule comes to: one per family it can mean, none when it can match nothing."""
    field = "saddr" if rule.direction == "ingress" else "daddr"
    families = _families(rule)
    return [_join(_peer(rule, family, field), _traffic(rule), verdict) for family in families]


def _families(rule: SecurityGroupRule) -> list[str]:
    protocol = _protocol(rule)
    by_protocol = {"icmp": {"ipv4"}, "icmpv6": {"ipv6"}}.get(protocol, {"ipv4", "ipv6"})
    by_peer = {"ipv4", "ipv6"} if rule.cidr is None else {"ipv6" if is_ipv6(rule.cidr) else "ipv4"}
    return sorted(by_protocol & by_peer)


def _peer(rule: SecurityGroupRule, family: str, field: str) -> str:
    keyword = "ip6" if family == "ipv6" else "ip"
    if rule.source_group_id is not None:
        return f"{keyword} {field} @{set_name(rule.source_group_id, family)}"
    if rule.cidr is None or rule.cidr.endswith("/0"):
        return f"meta nfproto {family}"
    return f"{keyword} {field} {rule.cidr}"


def _traffic(rule: SecurityGroupRule) -> str:
    protocol = _protocol(rule)
    if protocol == "-1":
        return ""
    if protocol in ("icmp", "icmpv6"):
        return _icmp(protocol, rule.from_port, rule.to_port)
    if protocol in ("tcp", "udp"):
        return f"{protocol} dport {_ports(rule)}" if _has_ports(rule) else f"meta l4proto {protocol}"
    return f"meta l4proto {protocol}"


def _icmp(protocol: str, type: int | None, code: int | None) -> str:
    if type is None or type < 0:
        return "meta l4proto icmp" if protocol == "icmp" else "meta l4proto ipv6-icmp"
    has_code = code is not None and code >= 0
    return _join(f"{protocol} type {type}", f"{protocol} code {code}" if has_code else "")


def _has_ports(rule: SecurityGroupRule) -> bool:
    return rule.from_port is not None and rule.from_port >= 0


def _ports(rule: SecurityGroupRule) -> str:
    last = rule.from_port if rule.to_port is None else rule.to_port
    return f"{rule.from_port}" if rule.from_port == last else f"{rule.from_port}-{last}"


def _protocol(rule: SecurityGroupRule) -> str:
    return _NAMED.get(rule.protocol, rule.protocol)


def _set(name: str, type: str, values: Iterable[str]) -> str:
    listed = ", ".join(values)
    body = f"\ttype {type}; flags interval;\n" + (f"\telements = {{ {listed} }}\n" if listed else "")
    return f"set {name} {{\n{body}}}"


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
