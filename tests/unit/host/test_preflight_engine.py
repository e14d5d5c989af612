"""What is said about the Docker Engine of a host that was there before: its flags and its daemon.json."""

import pytest

from tests.unit.host.preflight_host import DROP_IN, refused, wishes


def test_what_an_engine_needs_is_asked_of_it_alone() -> None:
    """From 27 on daemon.json gets `ip6tables`, which before is a key that nobody may set."""
    flags = {"ip6tables": "true"}
    (old,) = refused(engine="26.1.5", flags=flags)
    (new,) = refused(engine="28.5.2", flags=flags)
    assert "the containers' networks (containers would be seen with the host's address)" in old
    assert '"ip6tables": false in daemon.json' in new
    assert refused(engine="28.5.2", daemon_json={"ip6tables": False}) == []


NO_ANSWERS = (
    "from docker engine 28.2 on containers on docker0 get no answers then; take it out, and for containers "
    "that are seen with their own addresses use network routed"
)


def test_what_the_engine_cannot_do_of_daemon_json_is_refused_before_anything_is_changed() -> None:
    assert refused(engine="28.5.2", daemon_json={"ip-masq": False}) == [
        f"daemon-json: /etc/docker/daemon.json: ip-masq is false: {NO_ANSWERS}"
    ]
    assert refused(engine="28.1.1", daemon_json={"ip-masq": False}) == []
    assert refused(engine=None, daemon_json={"ip-masq": False}) == []


@pytest.mark.parametrize("value", ["false", "0", "F"])
def test_what_the_engine_cannot_do_of_its_flags_is_refused_too(value: str) -> None:
    found = {"flags": {"ip-masq": value}, "flags_file": DROP_IN}
    assert refused(engine="28.5.2", **found) == [
        f"dockerd-flags: --ip-masq={value} in {DROP_IN}: {NO_ANSWERS}"
    ]
    assert refused(engine="28.1.1", **found) == []


def test_a_flag_that_is_on_is_none_that_the_engine_cannot_do() -> None:
    for value in ("", "true", "1"):
        assert refused(engine="28.5.2", flags={"ip-masq": value}) == []


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        ({"default-address-pool": "base=fd00:1::/64,size=96"}, ["dockerd-flags"]),
        ({"default-address-pool": "base=172.20.0.0/16,size=24"}, []),
        ({"firewall-backend": "nftables"}, ["dockerd-flags"]),
    ],
)
def test_pools_and_the_firewall_s_backend_are_looked_for_among_the_flags(
    flags: dict[str, str], names: list[str]
) -> None:
    assert [one.partition(":")[0] for one in refused(wishes("routed"), flags=flags)] == names


def test_a_key_that_the_way_refuses_is_told_once() -> None:
    assert refused(engine="26.1.5", daemon_json={"ip6tables": True}) == [
        "daemon-json: /etc/docker/daemon.json: ip6tables is true: containers would be seen with the host's "
        "address; take it out"
    ]
    assert len(refused(engine="26.1.5", flags={"ip6tables": ""})) == 1


def test_a_host_without_docker_has_no_engine_to_refuse() -> None:
    assert refused(engine=None, has_docker_unit=False, flags={}) == []
