"""What stands against changing a host that was there before: a judgement on what was found. Pure.

Each finding has a name. A refusal ends the step before anything is changed; one whose name the user accepts
is a warning.
"""

from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from typing import Any

from preflight_docker import docker_refusals, leaves_ports_open
from preflight_found import Finding, Found

OLDEST_NETPLAN = (0, 104)
ANSWERED_FOR = "ndp-proxy"
"""The way whose prefix is a part of the link's own."""


def judge(found: Found, wishes: dict[str, Any]) -> tuple[list[Finding], list[Finding]]:
    """The refusals and the warnings. `wishes`: what `components/host/preflight.py` writes."""
    refusals = [
        *_address(found, wishes),
        *_default_route(found),
        *_ping(found),
        *_route_back(found, wishes),
        *docker_refusals(found, wishes),
        *_firewall(found),
        *_netplan(found, wishes),
    ]
    accepted = wishes["accept"]
    warnings = [Finding(one.name, f"{one.text} (accepted)") for one in refusals if one.name in accepted]
    return [one for one in refusals if one.name not in accepted], [*warnings, *_warnings(found, wishes)]


def _address(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if found.interface is None:
        return []  # then there is no default route of either family, and that is said
    if not found.addresses:
        text = f"{found.interface} has no global IPv6 address; give it a static one first"
        return [Finding("address", text)]
    prefix = IPv6Network(wishes["prefix"])
    own = [IPv6Interface(text) for text in found.addresses]
    said = [
        f"{each.ip}, the host's own address, lies in {prefix}, which is for containers; take another prefix"
        for each in own
        if each.ip in prefix
    ]
    if found.gateway and IPv6Address(found.gateway) in prefix:
        text = f"the gateway {found.gateway} lies in {prefix}, which is for containers; take another prefix"
        said.append(text)
    if not said and wishes["way"] != ANSWERED_FOR:
        said += [
            f"{prefix} lies in {link}, which is on the link of {found.interface}: the router asks the link "
            "for each address, and nobody answers for a container; take network ndp-proxy, or a prefix "
            "routed to the host"
            for link in dict.fromkeys(each.network for each in own)
            if prefix.subnet_of(link)
        ]
    return [Finding("address", text) for text in said]


def _default_route(found: Found) -> list[Finding]:
    if found.interface is None or found.gateway is None:
        text = "there is no IPv6 default route; the host must reach the internet over IPv6 first"
        return [Finding("default-route", text)]
    if found.route_protocol == "ra" and found.accept_ra == "1":
        text = (
            f"the kernel learns the default route of {found.interface} from router advertisements, and drops "
            f"it when forwarding is turned on: set net.ipv6.conf.{found.interface}.accept_ra = 2 in "
            "/etc/sysctl.d, or make the route static"
        )
        return [Finding("default-route", text)]
    return []


def _ping(found: Found) -> list[Finding]:
    if found.gateway is None:
        return []
    if not found.gateway_answers:
        text = (
            f"the gateway {found.gateway} does not answer neighbour solicitation on {found.interface}; see "
            "that the link is up, and that `ip -6 route` names the right gateway"
        )
        return [Finding("ping", text)]
    if found.ping is False:
        text = (
            f"no answer from {found.target}: IPv6 does not lead out of this host; mend that first, or set "
            "internetTargets to an address that answers pings"
        )
        return [Finding("ping", text)]
    return []


def _route_back(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if found.pings_back is not False:
        return []
    own = IPv6Interface(found.addresses[0]).ip if found.addresses else "this host"
    text = (
        f"no answer comes back to {wishes['source']}: nobody routes {wishes['prefix']} to this host; add the "
        f"route on the upstream router: {wishes['prefix']} via {own}"
    )
    return [Finding("route-back", text)]


def _firewall(found: Found) -> list[Finding]:
    findings: list[Finding] = []
    if found.ufw_forwards is not None and found.ufw_forwards.upper() != "ACCEPT":
        text = (
            f"ufw is active, and its forward policy is {found.ufw_forwards}: nothing reaches a container; "
            "`ufw default allow routed` leaves that to this program's own filter"
        )
        findings.append(Finding("firewall", text))
    if found.firewalld:
        text = (
            "firewalld is active, and rejects what no zone forwards: nothing reaches a container; disable "
            "it, or let your zones forward to the containers, and accept this"
        )
        findings.append(Finding("firewall", text))
    return findings


def _netplan(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    if not wishes["netplan"]:
        return []
    if found.netplan is None:
        text = (
            f"netplan is not installed, and network {wishes['way']} writes routes by it; have netplan.io "
            "configure the host's network, or take network routed with a route upstream"
        )
        return [Finding("netplan", text)]
    if _numbers(found.netplan) < OLDEST_NETPLAN:
        text = (
            f"netplan {found.netplan} is too old for network {wishes['way']}, which needs 0.104; upgrade "
            "netplan.io"
        )
        return [Finding("netplan", text)]
    return []


def _warnings(found: Found, wishes: dict[str, Any]) -> list[Finding]:
    warnings: list[Finding] = []
    if any(text.endswith("/128") for text in found.addresses):
        text = f"{found.addresses[0]} is alone on its link: every packet takes the way over {found.gateway}"
        warnings.append(Finding("address", text))
    if wishes["target"] is None:
        back = f", nor whether {wishes['prefix']} is routed to this host" if wishes["source"] else ""
        text = (
            f"internetTargets has no address, so it was not tried whether IPv6 leads out of this host{back}; "
            "give it one that answers pings: `pulumi config set --path 'internetTargets[0]' ADDRESS`"
        )
        warnings.append(Finding("ping", text))
    if found.containers:
        text = f"{', '.join(found.containers)} run already, and stop and start again when docker is restarted"
        warnings.append(Finding("containers", text))
    if found.ufw_forwards is not None and found.ufw_forwards.upper() == "ACCEPT":
        warnings.append(Finding("firewall", "ufw is active: its own rules may close what is declared open"))
    if found.forwards_ipv4 and found.ipv4_policy != "DROP" and leaves_ports_open(found):
        text = (
            "IPv4 forwarding was not turned on by docker, so over IPv4 every port of every container is open "
            "to whoever sends to its private address by this host: take net.ipv4.ip_forward out of "
            "/etc/sysctl.d and reboot, or have a firewall of yours drop it"
        )
        warnings.append(Finding("ipv4-forwarding", text))
    if not wishes["netplan"] and found.netplan is None:
        text = "netplan is not installed; nothing is needed from it, and the host's network is left alone"
        warnings.append(Finding("netplan", text))
    return warnings


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
