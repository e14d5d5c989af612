"""Neighbour advertisements for delegated prefixes, octet by octet."""

import struct
from ipaddress import IPv6Address

from lab.fabric.addressing import link_local
from lab.fabric.model import NeighbourResponder
from lab.fabric.prefix_neighbours import advertisement

RESPONDER = NeighbourResponder(
    "router", (("2001:db8:0:100:5::/80", "eni-5"),), "12:66:30:b8:c0:08", ("eni-4", "eni-5")
)


def solicitation(target: str, source: str = "2001:db8::1") -> bytes:
    header = struct.pack("!IHBB", 6 << 28, 24, 58, 255)
    return (
        header + IPv6Address(source).packed + IPv6Address("ff02::1:ff00:77").packed
        + struct.pack("!BBHI", 135, 0, 0, 0) + IPv6Address(target).packed
    )  # fmt: skip


def test_an_address_in_anothers_prefix_is_answered_with_the_routers_mac() -> None:
    answer = advertisement(RESPONDER, "eni-4", solicitation("2001:db8:0:100:5::77"))
    assert answer is not None
    assert answer.hex() == (
        "6000000000203aff"
        "fe80000000000000106630fffeb8c008"
        "20010db8000000000000000000000001"
        "8800"
        "56e5"
        "c0000000"
        "20010db8000001000005000000000077"
        "0201126630b8c008"
    )


def test_a_host_is_not_answered_for_its_own_prefix_nor_for_any_other_address() -> None:
    assert advertisement(RESPONDER, "eni-5", solicitation("2001:db8:0:100:5::77")) is None
    assert advertisement(RESPONDER, "eni-4", solicitation("2001:db8:0:100:6::77")) is None
    assert advertisement(RESPONDER, "internet", solicitation("2001:db8:0:100:5::77")) is None
    assert advertisement(RESPONDER, "eni-4", solicitation("2001:db8:0:100:5::77", "::")) is None
    assert advertisement(RESPONDER, "eni-4", b"short") is None


def test_the_link_local_of_the_articles_gateway() -> None:
    assert link_local("12:66:30:b8:c0:08") == "fe80::1066:30ff:feb8:c008"
