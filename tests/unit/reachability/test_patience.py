"""What is not there yet is waited for, within bounds, and what must not be there is not."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from components.reachability_check.observations import FoundHost, Result
from components.reachability_check.patience import Patience, answered, settled
from components.reachability_check.probes import Probe
from tests.unit.reachability.fleet import found, probes, the_probe, wanted

QUICK = Patience(containers=0.2, listener=0.2, answer=0.1, pause=0.01)
"""For what does not come."""
ENOUGH = Patience(containers=60, listener=60, answer=60, pause=0.01)
"""For what comes."""


def without_containers() -> dict[str, FoundHost]:
    hosts = found()
    return {**hosts, "host-2": replace(hosts["host-2"], containers=())}


def looked(*seen: dict[str, FoundHost]) -> tuple[dict[str, FoundHost], int]:
    """What is made of these looks, of which the last lasts, and how many there were."""
    looks = 0

    async def look() -> dict[str, FoundHost]:
        nonlocal looks
        looks += 1
        return seen[min(looks, len(seen)) - 1]

    patience = QUICK if len(seen) == 1 else ENOUGH
    return asyncio.run(settled(look, wanted(), patience)), looks


def test_containers_that_just_restart_are_waited_for() -> None:
    assert looked(without_containers(), without_containers(), found()) == (found(), 3)


def test_hosts_on_which_all_run_are_looked_at_once() -> None:
    assert looked(found()) == (found(), 1)


def test_a_container_that_stays_away_is_not_waited_for_for_ever() -> None:
    hosts, looks = looked(without_containers())
    assert hosts == without_containers()
    assert looks > 2


def test_a_host_that_is_out_of_reach_is_not_looked_at_again() -> None:
    hosts = {**found(), "host-2": FoundHost(problem="no SSH")}
    assert looked(hosts) == (hosts, 1)


def tried(probe: Probe, *errors: str | None) -> tuple[str | None, int]:
    """The last error of a probe whose tries end so, of which the last lasts, and how many there were."""
    ends: Iterator[str | None] = iter(errors)
    tries, error = 0, errors[0]

    async def attempt(given: list[Probe]) -> list[Result]:
        nonlocal tries, error
        tries += 1
        error = next(ends, error)
        return [Result(one.key, ok=error is None, error=error) for one in given]

    patience = QUICK if errors[-1] else ENOUGH
    results = asyncio.run(answered(attempt, [probe], patience))
    return results[probe.key].error, tries


def of_kind(kind: str, origin: str = "host-1/web-1", target: str = "host-2/web-2") -> Probe:
    return the_probe(probes(wanted(), found()), origin, target, kind)


def test_a_server_that_listens_later_than_its_container_runs_is_waited_for() -> None:
    assert tried(of_kind("tcp"), "connection refused", "connection refused", None) == (None, 3)


def test_a_lost_packet_is_no_failure() -> None:
    assert tried(of_kind("ping"), "no answer", None) == (None, 2)
    assert tried(of_kind("tcp", "outside"), "no answer", None) == (None, 2)


def test_what_goes_well_is_tried_once() -> None:
    assert tried(of_kind("tcp"), None) == (None, 1)


def test_what_stays_silent_or_refuses_fails_in_its_time() -> None:
    for error in ("no answer", "connection refused"):
        last, tries = tried(of_kind("tcp"), error)
        assert last == error
        assert tries > 2


def test_what_must_not_answer_is_tried_once() -> None:
    assert tried(of_kind("closed", "outside"), "no answer") == ("no answer", 1)
    assert tried(of_kind("closed", "outside"), "connection refused") == ("connection refused", 1)


def test_the_internet_and_the_pages_that_tell_the_source_are_asked_again_too() -> None:
    page, address = "http://[2001:db8:ffff::1]/", "2001:db8:ffff::1"
    all_probes = probes(wanted(targets=(address, page)), found())
    assert tried(the_probe(all_probes, "host-1/web-1", page, "http"), "timed out", None) == (None, 2)
    assert tried(the_probe(all_probes, "host-1/web-1", address, "ping"), "no answer", None) == (None, 2)
