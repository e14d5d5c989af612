"""Facts about one interface's addresses, as text in canonical form, and the link-local of a MAC. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_network

from lab.region import Interface


def ipv4_of(interface: Interface) -> tuple[str, ...]:
    """The private IPv4 addresses, the primary first."""
    return tuple(str(ip_address(address)) for address in interface.ipv4_addresses)


def ipv6_of(interface: Interface) -> tuple[str, ...]:
    """The single IPv6 addresses in the order they were assigned."""
    return tuple(str(ip_address(address)) for address in interface.ipv6_addresses)


def prefixes_of(interface: Interface) -> tuple[str, ...]:
    """The delegated IPv6 prefixes."""
    return tuple(str(ip_network(prefix)) for prefix in interface.ipv6_prefixes)


def ipv4_networks(interfaces: Iterable[Interface]) -> tuple[str, ...]:
    """What these interfaces hold of IPv4, as the fewest networks, in ascending order."""
    networks = (IPv4Network(address) for interface in interfaces for address in ipv4_of(interface))
    return tuple(_short(network) for network in collapse_addresses(networks))


def ipv6_networks(interfaces: Iterable[Interface]) -> tuple[str, ...]:
    """What these interfaces hold of IPv6, addresses and prefixes, as the fewest networks, ascending.

    nft refuses a set whose elements overlap, hence the collapsing.
    """
    networks = (
        IPv6Network(text)
        for interface in interfaces
        for text in (*ipv6_of(interface), *prefixes_of(interface))
    )
    return tuple(_short(network) for network in collapse_addresses(networks))


def link_local(mac: str) -> str:
    """The link-local address with the modified EUI-64 of a MAC (RFC 4291, appendix A)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes([octets[0] ^ 0x02]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + identifier))


def is_ipv6(text: str) -> bool:
    """Whether an address or network is one of IPv6."""
    return ":" in text


def _short(network: IPv4Network | IPv6Network) -> str:
    """A network of one address as that address."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
