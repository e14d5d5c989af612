"""Where a host's addresses come from: block, prefix, private."""

from ipaddress import IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.address_ways.registry import ADDRESS_WAYS
from components.address_ways.way import AddressPlan, AddressWishes
from components.ipaddress_tools import AddressPlanError, network_subnet
from components.unique_local import AMAZONS, checked_prefix, random_prefix, unique_local_subnet
from tests.unit.test_ipaddress_tools import is_reserved

SUBNET = IPv6Network("2001:db8:0:100::/64")
UNIQUE_LOCAL = IPv6Network("fd12:3456:789a::/48")
LOWEST = st.integers(1, 4095)
"""Slots that every way has, whatever the block prefix."""


def planned(way: str, slot: int, block_prefix: int = 126) -> AddressPlan:
    return ADDRESS_WAYS[way].plan(AddressWishes(SUBNET, slot, block_prefix, UNIQUE_LOCAL))


def held(plan: AddressPlan) -> list[IPv6Network]:
    """All that the interface holds, as networks."""
    return [*plan.prefixes, *(IPv6Network(address) for address in plan.addresses)]


@pytest.mark.parametrize(
    ("way", "slot", "address", "containers", "interface"),
    [
        ("block", 10, ":a:a", "2001:db8:0:100::2c/126", [":a:a", ":2c", ":2d", ":2e", ":2f"]),
        ("prefix", 10, "a::1", "2001:db8:0:100:a::/80", ["a::/80"]),
        ("prefix", 65534, "fffe::1", "2001:db8:0:100:fffe::/80", ["fffe::/80"]),
        ("private", 10, ":a:a", "fd12:3456:789a:a::/64", [":a:a"]),
    ],
)
def test_a_host_has_these_addresses_for_good(
    way: str, slot: int, address: str, containers: str, interface: list[str]
) -> None:
    def full(end: str) -> str:
        return str(IPv6Network(f"2001:db8:0:100:{end}")).removesuffix("/128")

    plan = planned(way, slot)
    assert str(plan.address) == full(address)
    assert str(plan.containers) == containers
    assert [str(one).removesuffix("/128") for one in held(plan)] == [full(end) for end in interface]


@given(st.sampled_from(["block", "prefix", "private"]), LOWEST, st.integers(124, 126))
def test_an_interface_holds_the_hosts_address_and_as_much_as_it_is_said_to(
    way: str, slot: int, block_prefix: int
) -> None:
    plan = planned(way, slot, block_prefix)
    assert any(plan.address in network for network in held(plan))
    assert len(held(plan)) == ADDRESS_WAYS[way].interface_slots(block_prefix)[0]
    assert plan.containers.prefixlen == ADDRESS_WAYS[way].containers_prefix_length(block_prefix)
    assert not (plan.addresses and plan.prefixes)
    assert not any(
        is_reserved(SUBNET, network[0]) or is_reserved(SUBNET, network[-1]) for network in held(plan)
    )


@given(
    st.lists(st.tuples(st.sampled_from(["block", "prefix", "private"]), LOWEST), unique_by=lambda one: one[1])
)
def test_hosts_of_all_ways_in_one_subnet_never_share_an_address(hosts: list[tuple[str, int]]) -> None:
    networks = [network for way, slot in hosts for network in held(planned(way, slot))]
    assert not any(one.overlaps(other) for index, one in enumerate(networks) for other in networks[:index])


@given(st.integers(1, 65534), st.integers(1, 65535))
def test_a_host_in_a_prefix_is_on_none_of_its_networks(slot: int, number: int) -> None:
    plan = planned("prefix", slot)
    assert plan.address not in network_subnet(plan.containers, number)


@pytest.mark.parametrize(
    ("way", "slot", "message"),
    [
        ("prefix", 0, "a subnet has prefixes for slots 1 to 65534"),
        ("prefix", 65535, "a subnet has prefixes for slots 1 to 65534"),
        ("private", 0, "slots are 1 to 65535"),
        ("private", 65536, "slots are 1 to 65535"),
    ],
)
def test_other_slots_are_refused(way: str, slot: int, message: str) -> None:
    with pytest.raises(AddressPlanError, match=f"slot {slot} is out of range; {message}"):
        planned(way, slot)


def test_private_addresses_need_a_prefix_to_be_taken_from() -> None:
    with pytest.raises(AddressPlanError, match="addresses private need a unique local prefix"):
        ADDRESS_WAYS["private"].plan(AddressWishes(SUBNET, 1, 126))


def test_a_drawn_prefix_has_the_bits_that_were_drawn() -> None:
    assert str(random_prefix(lambda bits: 0x12_3456_789A if bits == 40 else 0)) == "fd12:3456:789a::/48"


def test_amazons_own_range_is_drawn_again() -> None:
    draws = iter([0x00_0EC2_0000, 0x01_0000_0001])
    assert str(random_prefix(lambda _: next(draws))) == "fd01:0:1::/48"
    assert not random_prefix().overlaps(AMAZONS)


def test_two_drawn_prefixes_differ() -> None:
    assert len({random_prefix() for _ in range(50)}) == 50


@pytest.mark.parametrize("number", [0, 65536])
def test_a_range_has_no_such_subnet(number: int) -> None:
    with pytest.raises(AddressPlanError, match="has /64s for slots 1 to 65535"):
        unique_local_subnet(UNIQUE_LOCAL, number)


def test_a_given_prefix_is_written_in_one_way() -> None:
    assert checked_prefix("FD12:3456:789a:0::/48") == "fd12:3456:789a::/48"
    assert IPv6Address("fd12:3456:789a::1") in IPv6Network(checked_prefix("fd12:3456:789a::/48"))
