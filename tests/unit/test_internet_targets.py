"""What of the internet a host pings around a change of its network."""

from components.docker_host_args import DockerHostArgs
from components.internet_targets import pinged

ARGS: DockerHostArgs = {"prefix": "2001:db8::/64", "ssh": {"private_key": "a key"}}
TARGETS = [
    "2001:db8::1",
    "http://[2001:DB8::2]:8080/ip",
    "https://internet.example/",
    "http://[2001:db8::1]/",
]


def test_addresses_and_the_hosts_of_urls_are_pinged_and_names_are_not() -> None:
    assert pinged({**ARGS, "internet_targets": TARGETS}) == ["2001:db8::1", "2001:db8::2"]


def test_a_host_that_was_there_before_pings_those_of_its_preflight() -> None:
    existing = {"address": "2001:db8::5", "internet_targets": TARGETS[:1]}
    assert pinged({**ARGS, "existing": existing}) == ["2001:db8::1"]


def test_without_targets_none_is_pinged() -> None:
    assert pinged(ARGS) == []
    assert pinged({**ARGS, "existing": {"address": "2001:db8::5"}}) == []
