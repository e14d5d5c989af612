"""The responder that answers neighbour solicitation for a prefix, packet by packet."""

import struct
from ipaddress import IPv6Address

import pytest

from tests.unit.host.test_host_files import script

proxy = script("ndp_proxy")
ASKER = IPv6Address("fe80::1")
TARGET = IPv6Address("2001:db8:a:100:8000::2")
MAC = bytes.fromhex("02000a010001")


def packet(
    *, asker: IPv6Address = ASKER, hop_limit: int = 255, kind: int = 135, code: int = 0, next_header: int = 58
) -> bytes:
    """A solicitation for the target, from its IPv6 header on."""
    group = proxy.solicited_node(TARGET)
    message = struct.pack("!BBH4x", kind, code, 0) + TARGET.packed
    header = struct.pack("!IHBB", 6 << 28, len(message), next_header, hop_limit)
    return header + asker.packed + group.packed + message


def test_a_solicitation_says_who_asks_and_for_whom() -> None:
    assert proxy.solicitation(packet()) == (ASKER, TARGET)


@pytest.mark.parametrize(
    "wrong",
    [
        packet(hop_limit=254),
        packet(kind=136),
        packet(code=1),
        packet(next_header=17),
        packet()[:-1],
        b"",
    ],
    ids=["from-behind-a-router", "advertisement", "code", "udp", "short", "empty"],
)
def test_anything_else_is_no_solicitation(wrong: bytes) -> None:
    assert proxy.solicitation(wrong) is None


def test_the_answer_names_the_host_as_a_proxy_that_overrides_nothing() -> None:
    to, answer = proxy.advertisement(proxy.Solicitation(ASKER, TARGET), MAC)
    assert to == ASKER
    assert answer == b"\x88\x00\x00\x00\x40\x00\x00\x00" + TARGET.packed + b"\x02\x01" + MAC


def test_who_makes_sure_of_its_own_address_is_answered_before_all() -> None:
    to, answer = proxy.advertisement(proxy.Solicitation(IPv6Address("::"), TARGET), MAC)
    assert to == IPv6Address("ff02::1")
    assert answer[:8] == b"\x88\x00\x00\x00\x00\x00\x00\x00"


def test_an_address_is_asked_for_on_the_group_of_its_last_24_bits() -> None:
    asked_on = proxy.solicited_node(IPv6Address("2001:db8::1234:5678"))
    assert asked_on == IPv6Address("ff02::1:ff34:5678")
