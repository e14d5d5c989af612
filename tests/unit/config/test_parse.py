"""What the config may say, and the exact message for what it may not."""

import pytest

from components.config.parse import parse
from components.config.types import Host, StackSubnet
from components.containers import Container, Port
from tests.unit.config.cases import FOLDER, KEY, RIGHT, cases, message_of


@pytest.mark.parametrize("case", cases())
def test_a_wrong_config_is_refused_with_all_its_errors(case: str) -> None:
    assert message_of(case) == (FOLDER / f"{case}.txt").read_text()


@pytest.mark.parametrize("case", cases())
def test_no_message_is_empty_or_holds_a_secret(case: str) -> None:
    message = message_of(case)
    assert message != "no error\n"
    assert "PRIVATE" not in message


def test_a_right_config_is_read_with_its_defaults() -> None:
    config = parse(RIGHT)
    assert config.hosts == (
        Host(
            name="host-1",
            slot=1,
            instance_type="t3.medium",
            containers=(Container("web", "lab/web:1", place=1, ports=(Port(80),)),),
        ),
        Host(name="host-2", slot=2, instance_type="t3.medium"),
    )
    assert (config.connect, config.ssh_user, config.ssh_port) == ("ipv6", "ubuntu", 22)
    assert (config.vpc_cidr, config.block_prefix) == ("10.0.0.0/16", 126)
    assert config.subnets == (StackSubnet("default", 0),)
    assert config.warnings == ()


def test_the_empty_defaults_of_the_schema_are_the_same_as_nothing() -> None:
    empty = {"keyName": "", "hostKeySeed": "", "ami": "", "gateway": "", "bastion": {}, "tags": {}}
    assert parse({**RIGHT, **empty, "internetTargets": []}) == parse(RIGHT)


def test_numbers_and_booleans_may_come_as_text() -> None:
    config = parse({**RIGHT, "sshPort": "2222", "protect": "true", "subnetIndex": "3"})
    assert (config.ssh_port, config.protect, config.subnets[0].index) == (2222, True, 3)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [("2001:DB8:0:0::/64", "2001:db8::/64"), ("203.0.113.0/255.255.255.0", "203.0.113.0/24")],
)
def test_another_spelling_is_the_same_network(given: str, canonical: str) -> None:
    assert canonical in parse({**RIGHT, "sshFrom": ["2001:db8:1::/64", given]}).ssh_from


def test_a_network_that_is_given_twice_is_one_network() -> None:
    config = parse({**RIGHT, "sshFrom": ["2001:db8:1::/64", "2001:DB8:1:0::/64"]})
    assert config.ssh_from == ("2001:db8:1::/64",)


def test_a_tag_s_key_may_be_a_number() -> None:
    assert parse({**RIGHT, "tags": {2026: "year"}}).tags == {"2026": "year"}


def test_a_whole_internet_is_taken_when_it_is_said_to_be_meant() -> None:
    config = parse({**RIGHT, "sshFrom": ["::/0"], "sshFromAnywhere": True})
    assert config.ssh_from == ("::/0",)


def test_an_existing_security_group_needs_no_networks_for_ssh() -> None:
    given = {**RIGHT, "sshFrom": [], "securityGroupId": "sg-0123456789abcdef0"}
    assert parse(given).ssh_from == ()


def test_an_existing_key_pair_takes_the_place_of_a_public_key() -> None:
    config = parse({**RIGHT, "sshPublicKey": "", "keyName": "mine"})
    assert (config.ssh_public_key, config.key_name) == (None, "mine")


def test_the_comment_of_a_public_key_does_not_matter() -> None:
    assert parse({**RIGHT, "sshPublicKey": f"{KEY.public} me@here\n"}) == parse(RIGHT)


def test_a_bastion_is_read() -> None:
    bastion = {"host": "bastion.example.org", "hostKey": f"{KEY.public} bastion"}
    config = parse({**RIGHT, "connect": "bastion", "bastion": bastion})
    assert config.bastion is not None
    assert (config.bastion.user, config.bastion.port, config.bastion.host_key) == ("ubuntu", 22, KEY.public)


def test_an_unknown_instance_type_is_only_warned_about() -> None:
    (warning,) = parse({**RIGHT, "instanceType": "t9.medium"}).warnings
    assert warning.startswith("instance type t9.medium (host-1, host-2) is not in this program's table of ")


def test_a_host_may_have_an_instance_type_of_its_own() -> None:
    hosts = [{"name": "host-1", "slot": 1, "instanceType": "t4g.medium"}]
    assert parse({**RIGHT, "hosts": hosts}).hosts[0].instance_type == "t4g.medium"


def test_no_secret_is_shown_with_the_config() -> None:
    config = parse({**RIGHT, "hostKeySeed": "a secret of some length"})
    assert "PRIVATE" not in repr(config)
    assert "a secret" not in repr(config)


def test_a_short_time_to_confirm_is_warned_about() -> None:
    assert (parse(RIGHT).revert_after, parse({**RIGHT, "revertAfter": 30}).warnings) == (120, ())
    (warning,) = parse({**RIGHT, "revertAfter": "8"}).warnings
    assert warning == (
        "revertAfter: 8 s is short: a slow host, or a slow way to it, reverts a good change; take 30 or more "
        "outside of a lab"
    )
