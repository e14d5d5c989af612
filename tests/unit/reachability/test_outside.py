"""The outside view, also from a machine that has none: with `connect: ipv4` or `bastion` it needs no IPv6."""

from components.reachability_check.outside import possible_from_here
from components.reachability_check.table import table
from tests.unit.reachability.fleet import found, probes, wanted


def test_with_ipv6_everything_is_tried() -> None:
    planned = probes(wanted(), found())
    assert possible_from_here(planned, has_ipv6=True) == (planned, [])


def test_without_ipv6_the_outside_view_is_left_out_and_said() -> None:
    planned = probes(wanted(), found())
    possible, remarks = possible_from_here(planned, has_ipv6=False)
    assert {one.origin.name for one in planned} - {one.origin.name for one in possible} == {"outside"}
    assert [one for one in planned if one.origin.name != "outside"] == possible
    assert table([], [], [], remarks) == (
        "who  address\n\n"
        "warning: this machine has no IPv6 route: what the internet reaches was not tried\n\n"
        "all 0 probes went as they should\n"
    )
