"""How probes are judged, and how a failure is explained by its layer."""

from dataclasses import replace

import pytest

from components.reachability_check.evaluate import evaluate, host_failures
from components.reachability_check.observations import FoundBridge, FoundHost, Observations, Result
from components.reachability_check.parties import parties
from components.reachability_check.probes import Probe
from components.reachability_check.table import table
from tests.unit.reachability import fleet
from tests.unit.reachability.fleet import SUBNET, WEB_1, WEB_2, found, healthy, probes, the_probe, wanted


@pytest.fixture
def all_probes() -> list[Probe]:
    return probes(wanted(), found())


@pytest.fixture
def observations(all_probes: list[Probe]) -> Observations:
    return healthy(all_probes, found())


@pytest.fixture
def ping(all_probes: list[Probe]) -> Probe:
    return the_probe(all_probes, "host-1/web-1", "host-2/web-2", "ping")


@pytest.fixture
def tcp(all_probes: list[Probe]) -> Probe:
    return the_probe(all_probes, "host-1/web-1", "host-2/web-2", "tcp")


def failure(probe: Probe, observations: Observations) -> str | None:
    (verdict,) = evaluate([probe], observations)
    return verdict.failure


def no_answer(probe: Probe) -> Result:
    return Result(probe.key, ok=False, error="no answer", source=WEB_1, port=40000)


def test_the_table_of_a_healthy_fleet() -> None:
    targets = ("2001:db8:ffff::1", "http://[2001:db8:ffff::1]/")
    all_probes = probes(wanted(targets=targets), found())
    verdicts = evaluate(all_probes, healthy(all_probes, found()))
    assert (
        table(parties(wanted(), found()), verdicts, [])
        == """\
who           address
host-1        2001:db8:0:100::1:1
host-1/web-1  2001:db8:0:100::a
host-2        2001:db8:0:100::2:2
host-2/web-2  2001:db8:0:100::e

from          to                          ping  tcp              seen as
host-1        host-1/web-1                ok    -                -
host-1        host-2/web-2                ok    -                own address
host-1/web-1  host-1                      ok    -                -
host-1/web-1  host-2                      ok    -                own address
host-1/web-1  host-2/web-2                ok    80 ok            own address
host-2        host-1/web-1                ok    -                own address
host-2        host-2/web-2                ok    -                -
host-2/web-2  host-1                      ok    -                own address
host-2/web-2  host-1/web-1                ok    80 ok            own address
host-2/web-2  host-2                      ok    -                -
host-1/web-1  2001:db8:ffff::1            ok    -                -
host-1/web-1  http://[2001:db8:ffff::1]/  -     http ok          own address
host-2/web-2  2001:db8:ffff::1            ok    -                -
host-2/web-2  http://[2001:db8:ffff::1]/  -     http ok          own address
outside       host-1/web-1                -     80 ok, 9 closed  -
outside       host-2/web-2                -     80 ok, 9 closed  -

all 20 probes went as they should
"""
    )


def test_a_ping_that_another_than_the_container_answered_does_not_count(
    ping: Probe, observations: Observations
) -> None:
    assert (
        failure(ping, fleet.without_sightings(observations, "host-2", ping.key, ("bridge", "in")))
        == "neighbour: host-2 answers in the place of its container"
    )


def test_a_connection_that_never_arrived_at_the_far_host_does_not_count(
    tcp: Probe, observations: Observations
) -> None:
    key = f"{WEB_1}|40000|{WEB_2}|80"
    assert (
        failure(tcp, fleet.without_sightings(observations, "host-2", key, ("nic", "in")))
        == "ENI: answered, but nothing arrived at host-2: another answers"
    )


def test_a_translated_source_is_named(ping: Probe, observations: Observations) -> None:
    translated = tuple(
        replace(one, source=f"{SUBNET}1:1") if one.what == "request" else one
        for one in observations.sightings["host-2"]
    )
    seen = replace(observations, sightings={**observations.sightings, "host-2": translated})
    assert failure(ping, seen) == "bridge: seen as 2001:db8:0:100::1:1, which is not its own address"


def test_a_translated_source_on_the_internet_is_named() -> None:
    all_probes = probes(wanted(targets=("http://[2001:db8:ffff::1]/",)), found())
    probe = the_probe(all_probes, "host-1/web-1", "http://[2001:db8:ffff::1]/", "http")
    observations = fleet.with_result(
        healthy(all_probes, found()), Result(probe.key, ok=True, body=f"{SUBNET}1:1")
    )
    assert failure(probe, observations) == (
        "bridge: seen as 2001:db8:0:100::1:1: its own address was translated on the way (NAT)"
    )


def test_an_internet_target_that_does_not_answer_is_a_warning_only() -> None:
    all_probes = probes(wanted(targets=("2001:db8:ffff::1",)), found())
    probe = the_probe(all_probes, "host-1/web-1", "2001:db8:ffff::1", "ping")
    (verdict,) = evaluate([probe], fleet.with_result(healthy(all_probes, found()), no_answer(probe)))
    assert (verdict.failure, verdict.warning) == (None, "does not answer: no answer")


def test_an_undeclared_port_that_answers_is_a_failure(
    all_probes: list[Probe], observations: Observations
) -> None:
    probe = the_probe(all_probes, "outside", "host-1/web-1", "closed")
    refused = Result(probe.key, ok=False, error="connection refused")
    assert failure(probe, fleet.with_result(observations, refused)) == (
        "filter: port 9, which no container declared, answers: connection refused"
    )


@pytest.mark.parametrize(
    ("points", "explained"),
    [
        (
            {"host-1": [("nic", "out"), ("nic", "in")], "host-2": [("nic", "in"), ("bridge", "out")]},
            "filter: host-1 does not pass it on from docker0: a filter or a route there stops it",
        ),
        (
            {"host-1": [("nic", "in")], "host-2": [("nic", "in"), ("bridge", "out")]},
            "ENI: left host-1 and never arrived at host-2: does the ENI hold 2001:db8:0:100::e, and do the "
            "security groups allow it?",
        ),
        (
            {"host-1": [("nic", "in")], "host-2": [("bridge", "out"), ("bridge", "in"), ("nic", "out")]},
            "filter: arrived at host-2, and a filter there does not pass it to docker0",
        ),
        (
            {"host-1": [("nic", "in")], "host-2": [("bridge", "in"), ("nic", "out")]},
            "listener: host-2/web-2 got it and does not answer",
        ),
        (
            {"host-1": [("nic", "in")], "host-2": [("nic", "out")]},
            "filter: the answer does not leave host-2: a filter or a route there stops it",
        ),
        ({"host-1": [("nic", "in")]}, "ENI: the answer left host-2 and never came back to host-1"),
        ({}, "filter: the answer came back to host-1 and was not passed on"),
    ],
)
def test_a_lost_ping_is_explained_by_the_last_place_where_it_was_seen(
    ping: Probe,
    observations: Observations,
    points: dict[str, list[tuple[str, str]]],
    explained: str,
) -> None:
    lost = fleet.with_result(observations, no_answer(ping))
    for host, unseen in points.items():
        lost = fleet.without_sightings(lost, host, ping.key, *unseen)
    assert failure(ping, lost) == explained


@pytest.mark.parametrize(
    ("host", "changes", "explained"),
    [
        ("host-1", {"problem": "no SSH"}, "host: host-1 no SSH"),
        ("host-2", {"gateway": None}, "gateway: host-2 has no IPv6 default route"),
        (
            "host-1",
            {"gateway_state": "FAILED"},
            "gateway: fe80:ec2::1 does not answer host-1's neighbour solicitation",
        ),
        ("host-2", {"bridges": {"docker0": FoundBridge()}}, "bridge: docker0 on host-2 has no IPv6 address"),
        (
            "host-1",
            {"forwarding": False},
            "bridge: host-1 does not forward IPv6 (net.ipv6.conf.all.forwarding is 0)",
        ),
        (
            "host-2",
            {"nic_addresses": (f"{WEB_2}/128",)},
            "neighbour: host-2 holds its container's address 2001:db8:0:100::e on ens5",
        ),
    ],
)
def test_a_fault_of_a_host_is_named_before_the_packets_are_looked_at(
    ping: Probe, observations: Observations, host: str, changes: dict[str, object], explained: str
) -> None:
    lost = fleet.with_host(fleet.with_result(observations, no_answer(ping)), host, **changes)
    assert failure(ping, lost) == explained


def test_a_container_that_does_not_resolve_is_a_fault_of_the_neighbour(
    ping: Probe, observations: Observations
) -> None:
    lost = fleet.with_result(observations, no_answer(ping))
    lost = fleet.without_sightings(lost, "host-2", ping.key, ("bridge", "out"), ("bridge", "in"))
    lost = fleet.with_host(
        lost, "host-2", bridges={"docker0": FoundBridge((f"{SUBNET}d/126",), {WEB_2: "FAILED"})}
    )
    assert failure(ping, lost) == f"neighbour: {WEB_2} answers no neighbour solicitation on docker0"


@pytest.mark.parametrize(
    ("listeners", "explained"),
    [
        (((4, 80, True),), "listener: port 80 listens on IPv4 only; bind `::`"),
        (((6, 80, False),), "listener: port 80 listens on one address only; bind `::`"),
        (((6, 8080, True),), "listener: nothing listens on port 80"),
    ],
)
def test_a_refused_connection_is_a_fault_of_the_listener(
    tcp: Probe,
    observations: Observations,
    listeners: tuple[tuple[int, int, bool], ...],
    explained: str,
) -> None:
    container = replace(observations.hosts["host-2"].containers[0], listeners=listeners)
    refused = fleet.with_result(
        observations, Result(tcp.key, ok=False, error="connection refused", source=WEB_1, port=40000)
    )
    assert failure(tcp, fleet.with_host(refused, "host-2", containers=(container,))) == explained


def test_what_does_not_run_or_has_another_address_is_said_once() -> None:
    hosts = found()
    hosts["host-1"] = replace(
        hosts["host-1"],
        containers=(replace(hosts["host-1"].containers[0], addresses=(("bridge", f"{SUBNET}b"),)),),
    )
    hosts["host-2"] = replace(hosts["host-2"], containers=())
    assert list(host_failures(wanted(), parties(wanted(), hosts), hosts)) == [
        "host-1/web-1: has the address 2001:db8:0:100::b, planned was 2001:db8:0:100::a",
        "host-2/web-2: does not run; on host-2: docker logs web-2",
    ]


def test_a_host_out_of_reach_is_said_once() -> None:
    hosts = {
        **found(),
        "host-2": FoundHost(problem="no SSH to debian@2001:db8:0:100::2:2 port 22: no answer"),
    }
    assert list(host_failures(wanted(), parties(wanted(), hosts), hosts)) == [
        "host-2: no SSH to debian@2001:db8:0:100::2:2 port 22: no answer"
    ]


def test_failures_stand_below_the_table(ping: Probe, observations: Observations) -> None:
    lost = fleet.with_result(observations, no_answer(ping))
    text = table([], evaluate([ping], fleet.without_sightings(lost, "host-1", ping.key, ("nic", "in"))), [])
    assert text.splitlines()[-4:] == [
        "",
        "failed: host-1/web-1 -> host-2/web-2, ping: "
        "ENI: the answer left host-2 and never came back to host-1",
        "",
        "1 failed of 1 probes",
    ]


def test_an_ipv4_address_that_a_target_saw_is_that_of_the_nat_gateway() -> None:
    all_probes = probes(wanted(targets=("http://internet-ipv4.example/",)), found())
    probe = the_probe(all_probes, "host-1/web-1", "http://internet-ipv4.example/", "http")
    answer = Result(probe.key, ok=True, body="203.0.113.129")
    (verdict,) = evaluate([probe], fleet.with_result(healthy(all_probes, found()), answer))
    assert (verdict.text, verdict.seen, verdict.failure, verdict.warning) == (
        "ok",
        "203.0.113.129",
        None,
        None,
    )


def test_an_egress_only_host_that_answers_from_outside_is_a_failure() -> None:
    hidden = replace(wanted().hosts[0], egress_only=True)
    all_probes = probes(replace(wanted(), hosts=(hidden, *wanted().hosts[1:])), found())
    probe = next(one for one in all_probes if (one.origin.name, one.port) == ("outside", 80))
    observations = healthy(all_probes, found())
    (verdict,) = evaluate([probe], observations)
    assert (verdict.text, verdict.failure) == ("closed", None)
    assert failure(probe, fleet.with_result(observations, Result(probe.key, ok=True))) == (
        "gateway: port 80 answers, and the subnet is to be egress-only: it accepts connections"
    )
