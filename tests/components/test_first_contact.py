"""First contact as a resource: when it runs, what it is told, and what is kept secret."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.compose.plan import App
from components.compose.project import parse_project
from components.config import Bastion, Container, StackConfig
from components.host_keys import derive_host_key
from tests.components.article import ARTICLE, PRIVATE_KEY, host, run, with_hosts
from tests.components.recording import Secret

THROUGH = Bastion(host="bastion.example.org", host_key="ssh-ed25519 AAAA", user="jump", port=2222)
STEPS = ("facts", "kernel", "network", "engine", "filter", "docker")


def test_the_host_is_met_before_each_of_its_steps() -> None:
    recording = run()
    for number in (1, 2):
        for step in STEPS:
            assert f"host-{number}-ssh" in recording.named(f"host-{number}-{step}").depends_on
    assert recording.named("host-1-ssh").parent == "host-1"


def test_what_it_is_told_holds_no_secret() -> None:
    recording = run()
    contact = recording.inputs("host-1-ssh")
    assert contact["interpreter"] == [".venv/bin/python", "-m", "components.contact"]
    assert (contact["create"], contact["update"]) == ("wait-for-ssh", "wait-for-ssh")
    assert "delete" not in contact
    assert json.loads(contact["stdin"]) == {
        "host": "host-1",
        "address": "2001:db8:0:100::1:1",
        "port": 22,
        "user": "ubuntu",
        "host_key": derive_host_key(PRIVATE_KEY, "test", "host-1").public,
        "bastion": None,
        "known_from": "user-data",
        "seconds": 300,
        "instance": "host-1-instance-id",
    }
    environment = recording.named("host-1-ssh").inputs["environment"]
    assert environment["DUALSTACK_SSH_PRIVATE_KEY"] == Secret(PRIVATE_KEY)
    assert isinstance(environment["DUALSTACK_DECLARED"], Secret)


def test_a_bastion_is_met_by_its_own_key() -> None:
    recording = run(replace(ARTICLE, connect="bastion", bastion=THROUGH))
    assert json.loads(recording.inputs("host-1-ssh")["stdin"])["bastion"] == {
        "address": "bastion.example.org",
        "port": 2222,
        "user": "jump",
        "host_key": "ssh-ed25519 AAAA",
    }


def test_the_wait_is_the_stacks() -> None:
    recording = run(replace(ARTICLE, ssh_wait=60))
    assert json.loads(recording.inputs("host-1-ssh")["stdin"])["seconds"] == 60


def declared(config: StackConfig) -> Any:
    return run(config).inputs("host-1-ssh")["environment"]["DUALSTACK_DECLARED"]


def test_nothing_new_declared_is_nothing_to_meet_the_host_for() -> None:
    assert declared(ARTICLE) == declared(replace(ARTICLE, tags={"team": "network"}))
    assert declared(ARTICLE) == declared(with_hosts(host(1)))


@pytest.mark.parametrize(
    "changed",
    [
        replace(host(1), open="all"),
        replace(host(1), containers=()),
        replace(host(1), containers=(Container(name="web", image="lab/web:2", place=1),)),
    ],
)
def test_whatever_is_declared_anew_has_the_host_met_again(changed: Any) -> None:
    assert declared(ARTICLE) != declared(with_hosts(changed))


def test_a_new_value_of_an_apps_variable_has_the_host_met_again() -> None:
    project = parse_project("services: {db: {image: x, environment: {PASSWORD: '${WORD}'}}}", ("WORD",))
    values = [
        declared(
            with_hosts(
                replace(
                    host(1),
                    network="routed",
                    addresses="prefix",
                    containers=(),
                    apps=(App("app", project, (("default", 2),), (), variables=(("WORD", word),)),),
                )
            )
        )
        for word in ("one", "two")
    ]
    assert values[0] != values[1]
