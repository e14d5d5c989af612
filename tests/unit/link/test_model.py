"""A plain shared link: its addresses, what is refused, and the file that its hosts come with."""

import re
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

import pytest

from lab.fabric.model import Route
from lab.link import model
from lab.link.client import ListedHost, ListedLink
from lab.link.commands import table

FLAT = model.new_link("flat", 2, "debian-13-docker", taken=())


def test_the_first_link_has_the_first_addresses() -> None:
    assert (str(FLAT.allocation), str(FLAT.prefix), str(FLAT.router), str(FLAT.ipv4_network)) == (
        "2001:db8:a:100::/56",
        "2001:db8:a:100::/64",
        "2001:db8:a:100::1",
        "203.0.113.64/28",
    )
    assert [(host.name, host.id, str(host.address), str(host.ipv4), host.mac) for host in FLAT.hosts] == [
        ("flat-1", "host-flat-1", "2001:db8:a:100::11", "203.0.113.66", "02:00:0a:01:00:01"),
        ("flat-2", "host-flat-2", "2001:db8:a:100::12", "203.0.113.67", "02:00:0a:01:00:02"),
    ]


def test_a_link_gets_the_first_number_that_is_free() -> None:
    other = model.new_link("b", 13, "debian-13", taken=(1, 3))
    assert (other.number, str(other.prefix), str(other.hosts[-1].ipv4)) == (
        2,
        "2001:db8:a:200::/64",
        "203.0.113.94",
    )


@pytest.mark.parametrize(
    ("name", "hosts", "taken", "message"),
    [
        ("Flat", 2, (), "link name 'Flat' is not 1 to 8 of a-z and 0-9, a letter first"),
        ("flat", 0, (), "0 hosts are not 1 to 13"),
        ("flat", 14, (), "14 hosts are not 1 to 13"),
        ("flat", 2, (1, 2, 3, 4), "there are 4 links already, which is all: take one down"),
    ],
)
def test_a_link_that_cannot_be_is_refused(
    name: str, hosts: int, taken: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        model.new_link(name, hosts, "debian-13", taken)


def test_a_route_must_lie_in_the_allocation_and_go_to_the_link() -> None:
    inside, host = IPv6Network("2001:db8:a:101::/64"), IPv6Address("2001:db8:a:100::11")
    model.check_route(FLAT, inside, host)
    with pytest.raises(ValueError, match=r"^prefix 2001:db8:b::/64 is not in 2001:db8:a:100::/56, which "):
        model.check_route(FLAT, IPv6Network("2001:db8:b::/64"), host)
    with pytest.raises(ValueError, match=r"^next hop 2001:db8:a:101::1 is not on the link, whose prefix is "):
        model.check_route(FLAT, inside, IPv6Address("2001:db8:a:101::1"))


def test_the_router_answers_for_nobody_and_refuses_what_it_was_told_no_route_to() -> None:
    end = model.bridge_end(FLAT)
    assert (end.proxies, end.neighbours) == ((), ())
    assert end.routes == (Route("2001:db8:a:100::/64"), Route("203.0.113.64/28"))
    assert model.router_namespace(FLAT).routes == (
        Route("2001:db8:a:100::/56", "unreachable"),
        Route("203.0.113.64/28", "unreachable"),
    )


def test_a_route_the_router_is_told_goes_to_its_next_hop() -> None:
    prefix, via = IPv6Network("2001:db8:a:101::/64"), IPv6Address("2001:db8:a:100::11")
    told = replace(FLAT, routes={prefix: via})
    assert model.bridge_end(told).routes[-1] == Route("2001:db8:a:101::/64", gateway="2001:db8:a:100::11")


def test_a_host_comes_with_static_addresses_of_both_families() -> None:
    assert model.netplan(FLAT, FLAT.hosts[0]) == (
        "network:\n"
        "  version: 2\n"
        "  ethernets:\n"
        "    eth0:\n"
        "      addresses:\n"
        "        - 2001:db8:a:100::11/64\n"
        "        - 203.0.113.66/28\n"
        "      routes:\n"
        '        - {to: default, via: "2001:db8:a:100::1"}\n'
        '        - {to: default, via: "203.0.113.65"}\n'
        "      nameservers:\n"
        '        addresses: ["2001:db8:a:100::1", "203.0.113.65"]\n'
    )


def test_the_table_shows_routes_and_hosts() -> None:
    hosts = (
        ListedHost("flat-1", "host-flat-1", "2001:db8:a:100::11", "203.0.113.66", "ssh-ed25519 AAAA"),
        ListedHost("flat-2", "host-flat-2", "2001:db8:a:100::12", "203.0.113.67", "ssh-ed25519 BBBB"),
    )
    link = ListedLink(
        "flat", "2001:db8:a:100::/64", "2001:db8:a:100::/56", "2001:db8:a:100::1", "debian-13",
        {"2001:db8:a:101::/64": "2001:db8:a:100::11"}, hosts,
    )  # fmt: skip
    assert table([link], lambda host_id: host_id == "host-flat-1") == [
        "link flat: 2001:db8:a:100::/64, router 2001:db8:a:100::1, image debian-13",
        "  route 2001:db8:a:101::/64 via 2001:db8:a:100::11",
        "  NAME    MACHINE  ADDRESS             IPV4          HOST KEY",
        "  flat-1  on       2001:db8:a:100::11  203.0.113.66  ssh-ed25519 AAAA",
        "  flat-2  off      2001:db8:a:100::12  203.0.113.67  ssh-ed25519 BBBB",
    ]
