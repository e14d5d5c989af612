"""First contact as a resource: when it runs, what it is told, and what is kept secret."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.compose.app import App
from components.compose.project import parse_project
from components.config.types import Bastion, Existing, HostKeys, StackConfig
from components.containers import Container
from components.host_keys import derive_host_key, fingerprint
from tests.components import article
from tests.components.article import ARTICLE, PRIVATE_KEY, PUBLIC_KEY, host, run, with_hosts
from tests.components.recording import Secret
from tests.components.test_existing import FACTS, existing

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


@pytest.mark.parametrize(("way", "verb"), [("console", "read-console"), ("accept-new", "wait-for-ssh")])
def test_a_key_that_is_not_given_is_learned_once_for_an_instance(way: HostKeys, verb: str) -> None:
    recording = run(replace(with_hosts(host(1)), host_keys=way))
    learned = recording.inputs("host-1-host-key")
    assert (learned["create"], learned["update"]) == (verb, "keep-host-key")
    assert "delete" not in learned
    assert learned["triggers"] == ["host-1-instance-id", "2001:db8:0:100::1:1", 22]
    assert learned["addPreviousOutputInEnv"] is True
    told = json.loads(learned["stdin"])
    assert (told["instance"], told["host_key"], told["known_from"]) == ("host-1-instance-id", None, way)

    known = " ".join(PUBLIC_KEY.split()[:2])
    assert json.loads(recording.inputs("host-1-ssh")["stdin"])["host_key"] == known
    assert recording.inputs("host-1-facts")["connection"]["hostKey"] == known
    assert recording.result["knownHosts"] == f"2001:db8:0:100::1:1 {known}"
    assert "PRIVATE" not in str(recording.named("host-1-instance").inputs["userData"])


def test_a_key_that_is_given_needs_no_learning() -> None:
    assert not any(one.name == "host-1-host-key" for one in run().resources)
    user_data = run().named("host-1-instance").inputs["userData"]
    assert isinstance(user_data, Secret)
    assert "PRIVATE" in user_data.value


def test_the_console_is_read_with_the_stacks_own_access(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "aws:region": "eu-central-1",
        "aws:accessKey": "an id",
        "aws:secretKey": "a secret",
        "aws:endpoints": '[{"ec2": "http://127.0.0.1:4566", "ssm": "http://127.0.0.1:4567"}]',
    }
    for key, value in settings.items():
        monkeypatch.setitem(pulumi.runtime.config.CONFIG.get(), key, value)
    recording = run(replace(with_hosts(host(1)), host_keys="console"))
    environment = recording.named("host-1-host-key").inputs["environment"]
    assert environment == {
        "AWS_DEFAULT_REGION": Secret("eu-central-1"),
        "AWS_ACCESS_KEY_ID": Secret("an id"),
        "AWS_SECRET_ACCESS_KEY": Secret("a secret"),
        "AWS_ENDPOINT_URL_EC2": Secret("http://127.0.0.1:4566"),
    }


def test_a_host_that_exists_may_have_its_key_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article, "FACTS", FACTS)
    flat = replace(existing(1), existing=Existing(address="2001:db8:a:100::11", host_key=None))
    recording = run(replace(with_hosts(flat), host_keys="accept-new"))
    assert recording.inputs("flat-1-host-key")["triggers"] == ["", "2001:db8:a:100::11", 22]
    line = str(recording.inputs("flat-1-kernel")["create"])
    assert line.endswith(f"# on {fingerprint(PUBLIC_KEY)}")
    assert json.loads(recording.inputs("flat-1-ssh")["stdin"])["known_from"] == "accept-new"


def test_a_host_that_exists_and_has_a_key_keeps_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article, "FACTS", FACTS)
    recording = run(replace(with_hosts(existing(1)), host_keys="accept-new"))
    told = json.loads(recording.inputs("flat-1-ssh")["stdin"])
    assert (told["host_key"], told["known_from"], told["instance"]) == (PUBLIC_KEY, "given", "")


@pytest.mark.parametrize(("reach", "hops"), [(False, 1), (True, 2)])
def test_metadata_ends_at_the_host_unless_it_is_asked_for(reach: bool, hops: int) -> None:
    recording = run(with_hosts(replace(host(1), containers_reach_metadata=reach)))
    options = recording.inputs("host-1-instance")["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", hops)
