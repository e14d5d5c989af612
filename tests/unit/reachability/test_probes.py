"""What the check tries."""

from dataclasses import replace

from components.reachability_check.observations import FoundContainer
from components.reachability_check.parties import parties
from tests.unit.reachability.fleet import found, probes, wanted


def tries(*, targets: tuple[str, ...] = (), open_: str = "declared") -> list[str]:
    return [
        f"{one.origin.name} {one.kind} {one.target.name}{f' {one.port}' if one.port else ''}"
        for one in probes(wanted(targets=targets, open_=open_), found())
    ]


def test_containers_try_each_other_and_the_hosts_both_ways_and_the_outside_tries_ports() -> None:
    assert tries() == [
        "host-1 ping host-1/web-1",
        "host-1 ping host-2/web-2",
        "host-1/web-1 ping host-1",
        "host-1/web-1 ping host-2",
        "host-1/web-1 ping host-2/web-2",
        "host-1/web-1 tcp host-2/web-2 80",
        "host-2 ping host-1/web-1",
        "host-2 ping host-2/web-2",
        "host-2/web-2 ping host-1",
        "host-2/web-2 ping host-1/web-1",
        "host-2/web-2 tcp host-1/web-1 80",
        "host-2/web-2 ping host-2",
        "outside tcp host-1/web-1 80",
        "outside closed host-1/web-1 9",
        "outside tcp host-2/web-2 80",
        "outside closed host-2/web-2 9",
    ]


def test_internet_targets_are_tried_by_containers_only() -> None:
    asked = [
        line for line in tries(targets=("2001:db8:ffff::1", "http://[2001:db8:ffff::1]/")) if "ffff" in line
    ]
    assert asked == [
        "host-1/web-1 ping 2001:db8:ffff::1",
        "host-1/web-1 http http://[2001:db8:ffff::1]/",
        "host-2/web-2 ping 2001:db8:ffff::1",
        "host-2/web-2 http http://[2001:db8:ffff::1]/",
    ]


def test_nothing_is_tried_for_being_closed_on_a_host_that_is_open_to_all() -> None:
    assert not [line for line in tries(open_="all") if "closed" in line]


def test_a_container_run_by_hand_takes_part() -> None:
    hosts = found()
    by_hand = FoundContainer("by-hand", 101, (("bridge", "2001:db8:0:100::b"),), ("02:42:ac:11:00:09",), ())
    hosts["host-1"] = replace(hosts["host-1"], containers=(*hosts["host-1"].containers, by_hand))
    assert [party.name for party in parties(wanted(), hosts)] == [
        "host-1",
        "host-1/web-1",
        "host-1/by-hand",
        "host-2",
        "host-2/web-2",
    ]


def test_of_an_egress_only_host_the_outside_tries_that_nothing_answers() -> None:
    first, second = wanted().hosts
    fleet = replace(wanted(), hosts=(replace(first, egress_only=True), second))
    assert [
        f"{one.kind} {one.target.name} {one.port}" for one in probes(fleet, found()) if not one.origin.host
    ] == [
        "closed host-1/web-1 80",
        "closed host-1/web-1 9",
        "tcp host-2/web-2 80",
        "closed host-2/web-2 9",
    ]


def test_of_hosts_that_route_to_each_other_alone_the_outside_tries_nothing() -> None:
    first, second = wanted().hosts
    fleet = replace(wanted(), hosts=(replace(first, plan=replace(first.plan, way="static-routes")), second))
    assert [one.target.name for one in probes(fleet, found()) if not one.origin.host] == [
        "host-2/web-2",
        "host-2/web-2",
    ]
