"""The address plan: properties that hold for every plan, and layouts that never move."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.address_guard import fixed_for_life
from components.ipaddress_tools import (
    AddressPlanError,
    addresses_on_interface,
    block_of_slot,
    container_address,
    container_capacity,
    highest_slot,
    host_addresses,
    ipv4_subnet_of_vpc,
    primary_address,
    subnet_of_vpc,
)

FROZEN = Path(__file__).with_name("frozen_layouts.txt")
SUBNET = IPv6Network("2001:db8:0:100::/64")
PREFIXES = st.sampled_from([124, 125, 126])
SUBNETS = st.integers(0, 2**32 - 1).map(lambda number: IPv6Network(((0x20010DB8 << 96) | (number << 64), 64)))


def is_reserved(subnet: IPv6Network, address: IPv6Address) -> bool:
    """Whether AWS keeps this address for itself: a subnet's first four and the last ("Subnet sizing")."""
    return int(address) - int(subnet[0]) < 4 or address == subnet[-1]


@st.composite
def plans(draw: st.DrawFn, count: int) -> tuple[IPv6Network, int, list[int]]:
    prefix = draw(PREFIXES)
    slots = st.integers(1, highest_slot(prefix))
    return draw(SUBNETS), prefix, draw(st.lists(slots, min_size=count, max_size=count, unique=True))


@given(plans(1))
def test_every_address_is_in_the_subnet_and_none_is_reserved(
    plan: tuple[IPv6Network, int, list[int]],
) -> None:
    subnet, prefix, (slot,) = plan
    for address in host_addresses(subnet, slot, prefix).interface_addresses:
        assert address in subnet
        assert not is_reserved(subnet, address)


@given(plans(2))
def test_no_two_hosts_share_an_address(plan: tuple[IPv6Network, int, list[int]]) -> None:
    subnet, prefix, slots = plan
    one, other = (set(host_addresses(subnet, slot, prefix).interface_addresses) for slot in slots)
    assert not one & other


@given(plans(3))
def test_a_host_s_addresses_do_not_depend_on_other_hosts(plan: tuple[IPv6Network, int, list[int]]) -> None:
    subnet, prefix, slots = plan
    before = {slot: host_addresses(subnet, slot, prefix) for slot in slots[:2]}
    after = {slot: host_addresses(subnet, slot, prefix) for slot in reversed(slots)}
    assert all(after[slot] == before[slot] for slot in before)


@given(plans(1))
def test_blocks_are_aligned_and_end_before_the_hosts_own_addresses(
    plan: tuple[IPv6Network, int, list[int]],
) -> None:
    subnet, prefix, (slot,) = plan
    block = block_of_slot(subnet, slot, prefix)
    offset = int(block.network_address) - int(subnet.network_address)
    assert offset % block.num_addresses == 0
    assert offset >= 8
    assert offset + block.num_addresses <= 0x10000


@given(plans(1))
def test_bridge_and_containers_share_the_block_without_overlap(
    plan: tuple[IPv6Network, int, list[int]],
) -> None:
    subnet, prefix, (slot,) = plan
    host = host_addresses(subnet, slot, prefix)
    containers = [host.container(place) for place in range(1, container_capacity(prefix) + 1)]
    assert [host.block.network_address, host.bridge, *containers] == list(host.block)
    assert len(host.interface_addresses) == addresses_on_interface(prefix)


@given(PREFIXES, st.integers())
def test_a_slot_outside_the_subnet_is_refused(prefix: int, slot: int) -> None:
    assume(not 1 <= slot <= highest_slot(prefix))
    with pytest.raises(AddressPlanError, match=r"slot -?\d+ is out of range"):
        host_addresses(SUBNET, slot, prefix)


def frozen_layouts() -> str:
    """The layouts as text; what is in the file must never change."""
    lines = []
    for prefix in (126, 125, 124):
        for slot in (1, 2, 3, 10, 16, 255, 256, highest_slot(prefix)):
            host = host_addresses(SUBNET, slot, prefix)
            addresses = (host.primary, host.block, host.bridge, host.container(1))
            lines.append(f"/{prefix} slot {slot}: {' '.join(map(str, addresses))}")
    return "\n".join(lines) + "\n"


def test_the_frozen_layouts_never_move() -> None:
    assert frozen_layouts() == FROZEN.read_text()


def test_the_article_s_two_hosts() -> None:
    one, two = (host_addresses(SUBNET, slot) for slot in (1, 2))
    assert [str(each).removeprefix("2001:db8:0:100") for each in one.interface_addresses] == [
        *("::1:1", "::8", "::9", "::a", "::b")
    ]
    assert [str(each).removeprefix("2001:db8:0:100") for each in two.interface_addresses] == [
        *("::2:2", "::c", "::d", "::e", "::f")
    ]
    assert (str(one.bridge), str(two.container(1))) == ("2001:db8:0:100::9", "2001:db8:0:100::e")


def test_slot_ten_is_written_in_hex() -> None:
    assert str(primary_address(SUBNET, 10)) == "2001:db8:0:100::a:a"


@pytest.mark.parametrize(
    ("prefix", "slots", "containers"), [(126, 16382, 2), (125, 8191, 6), (124, 4095, 14)]
)
def test_how_much_a_subnet_and_a_block_hold(prefix: int, slots: int, containers: int) -> None:
    assert (highest_slot(prefix), container_capacity(prefix)) == (slots, containers)


@pytest.mark.parametrize("prefix", [64, 123, 127, 128])
def test_a_block_that_is_too_large_or_too_small_is_refused(prefix: int) -> None:
    with pytest.raises(AddressPlanError, match=rf"block prefix /{prefix} is out of range; use /124 to /126"):
        block_of_slot(SUBNET, 1, prefix)


def test_a_third_place_in_a_126_is_refused() -> None:
    with pytest.raises(AddressPlanError, match=r"place 3 is out of range; .*/126 has places 1 to 2"):
        container_address(block_of_slot(SUBNET, 1), 3)


def test_subnets_of_a_vpc_by_index() -> None:
    assert subnet_of_vpc("2001:db8:0:100::/56", 0) == IPv6Network("2001:db8:0:100::/64")
    assert subnet_of_vpc("2001:db8:0:100::/56", 255) == IPv6Network("2001:db8:0:1ff::/64")
    assert ipv4_subnet_of_vpc("10.0.0.0/16", 3) == IPv4Network("10.0.3.0/24")


@pytest.mark.parametrize("index", [-1, 256])
def test_a_subnet_that_the_vpc_has_not_is_refused(index: int) -> None:
    with pytest.raises(AddressPlanError, match=f"subnet index {index} is out of range; .* has 0 to 255"):
        subnet_of_vpc("2001:db8:0:100::/56", index)
    with pytest.raises(AddressPlanError, match=f"subnet index {index} is out of range; .* has /24s 0 to 255"):
        ipv4_subnet_of_vpc("10.0.0.0/16", index)


@pytest.mark.parametrize("subnet", ["2001:db8::1/64", "2001:db8::/48", "10.0.0.0/24", "nonsense"])
def test_what_is_no_64_is_refused(subnet: str) -> None:
    with pytest.raises(AddressPlanError, match=r"subnet .* is not"):
        block_of_slot(subnet, 1)


def test_a_slot_and_a_block_prefix_are_fixed_for_life() -> None:
    assert fixed_for_life("host-1", 1, 1, 126, 126) is None
    assert fixed_for_life("host-1", 1, 3, 126, 126) == (
        "host host-1 lives in slot 1 and cannot move to slot 3: its addresses would change; keep slot 1, "
        "or add a new host with slot 3 and then remove host-1"
    )
    assert fixed_for_life("host-1", 1, 1, 126, 124) == (
        "host host-1 has a /126 block and cannot get a /124: every block of its subnet would move; keep "
        "blockPrefix 126, or make a new subnet (another subnetIndex) for hosts with the new one"
    )
