"""The configuration of the dnsmasq that serves one cable: DHCPv4, DHCPv6 and router advertisements. Pure.

As a VPC does it: IPv4 lease of one hour with MTU 9001, router and resolver; IPv6 by DHCPv6 only
(advertisements say managed, and the prefix is on-link but not for autonomous addresses); leases of 450
seconds.
"""

from ipaddress import IPv4Network, IPv6Network

from lab.fabric.addressing import ipv4_of, ipv6_of
from lab.region import Interface, Subnet

MTU = 9001
"""Bytes, within a VPC (Amazon EC2 user guide, "Network MTU")."""
RESOLVER_IPV4 = "169.254.169.253"
RESOLVER_IPV6 = "fd00:ec2::253"


def dnsmasq_config(device: str, interface: Interface, subnet: Subnet) -> str:
    """The configuration file's text. The primary IPv6 address is the one that was assigned first.

    To lease all addresses is not dnsmasq's work, see `lab.fabric.all_leases`: it then serves IPv4 and router
    advertisements only.
    """
    ipv4, ipv6 = ipv4_of(interface), ipv6_of(interface)
    host = [interface.mac]
    lines = [
        "port=0",
        f"interface={device}",
        "bind-interfaces",
        "user=root",
        "no-ping",
        "log-dhcp",
        "dhcp-authoritative",
    ]
    if subnet.ipv4_cidr and ipv4:
        lines += _ipv4_lines(IPv4Network(subnet.ipv4_cidr))
        host.append(ipv4[0])
    if subnet.ipv6_cidr:
        network = IPv6Network(subnet.ipv6_cidr)
        lines += _ipv6_lines(device, network)
        if interface.dhcpv6_leases == "all":
            lines.append("dhcp-ignore=tag:dhcpv6")
        elif ipv6:
            host.append(f"[{ipv6[0]}]")
    lines.append(f"dhcp-host={','.join([*host, host_name(interface)])}")
    return "".join(f"{line}\n" for line in lines)


def host_name(interface: Interface) -> str:
    """EC2's IP based host name, e.g. `ip-10-0-0-5`; for an interface without IPv4 one made of its id."""
    ipv4 = ipv4_of(interface)
    return "ip-" + ipv4[0].replace(".", "-") if ipv4 else interface.id.replace("eni-", "i-")


def _ipv4_lines(network: IPv4Network) -> list[str]:
    return [
        f"dhcp-range={network.network_address},static,{network.netmask},1h",
        f"dhcp-option=option:router,{network.network_address + 1}",
        f"dhcp-option=option:mtu,{MTU}",
        f"dhcp-option=option:dns-server,{RESOLVER_IPV4}",
    ]


def _ipv6_lines(device: str, network: IPv6Network) -> list[str]:
    return [
        f"dhcp-range={network.network_address},static,{max(network.prefixlen, 64)},450s",
        f"dhcp-option=option6:dns-server,[{RESOLVER_IPV6}]",
        "enable-ra",
        f"ra-param={device},high,10,1800",
    ]
