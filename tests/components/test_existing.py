"""A stack of hosts that were there before: the same steps, but for the network, and nothing of AWS."""

import json
from dataclasses import replace
from typing import Any

from components.config.types import Existing, Host, StackConfig
from components.containers import Container, Port
from components.existing import fingerprint
from components.host.facts import own_address
from tests.components import article
from tests.components.article import ARTICLE, PUBLIC_KEY
from tests.components.recording import Recording, Secret

FACTS = json.dumps(
    {**json.loads(article.FACTS), "addresses": ["2001:db8:a:100::2/64", "2001:db8:a:100::11/64"]}
)


def existing(number: int, **more: Any) -> Host:
    """A host with an address on the link 2001:db8:a:100::/64, and one container."""
    return Host(
        name=f"flat-{number}",
        slot=0,
        instance_type="t3.medium",
        addresses="given",
        containers=(Container(name="web", image="lab/web:1", place=1, ports=(Port(80),)),),
        existing=Existing(address=f"2001:db8:a:100::1{number}", host_key=PUBLIC_KEY, **more),
        prefix=f"2001:db8:a:10{number}::/64",
    )


def run(*hosts: Host, monkeypatch: Any) -> Recording:
    monkeypatch.setattr(article, "FACTS", FACTS)
    return article.run(replace(ARTICLE, hosts=hosts))


def test_nothing_is_of_aws(monkeypatch: Any) -> None:
    assert run(existing(1), monkeypatch=monkeypatch).names() == [
        "command:local:Command flat-1-last-contact",
        "command:local:Command flat-1-ssh",
        "command:local:Command reachability-check",
        "command:remote:Command flat-1-docker",
        "command:remote:Command flat-1-engine",
        "command:remote:Command flat-1-facts",
        "command:remote:Command flat-1-filter",
        "command:remote:Command flat-1-kernel",
        "command:remote:Command flat-1-web-container",
        "dualstack:index:DockerContainer flat-1-web",
        "dualstack:index:DockerHost flat-1",
        "dualstack:index:ReachabilityCheck reachability",
    ]


def test_every_step_is_undone_on_a_host_that_stays(monkeypatch: Any) -> None:
    recording = run(existing(1), monkeypatch=monkeypatch)
    for step in ("facts", "kernel", "engine", "filter", "docker", "web-container"):
        resource = recording.named(f"flat-1-{step}")
        assert resource.deleted_with == ""
        assert " remove " in recording.inputs(f"flat-1-{step}")["delete"]


def test_it_is_met_once_more_before_the_first_step_is_undone(monkeypatch: Any) -> None:
    recording = run(existing(1), monkeypatch=monkeypatch)
    last = recording.named("flat-1-last-contact")
    steps = {"flat-1-facts", "flat-1-kernel", "flat-1-engine", "flat-1-filter", "flat-1-docker"}
    assert {*steps, "flat-1-web-container"} <= depended_on(recording, "flat-1-last-contact")
    met = recording.inputs("flat-1-ssh")
    login = {"DUALSTACK_SSH_PRIVATE_KEY": met["environment"]["DUALSTACK_SSH_PRIVATE_KEY"]}
    assert recording.inputs("flat-1-last-contact") == {
        "interpreter": met["interpreter"],
        "delete": "wait-for-ssh",
        "stdin": met["stdin"],
        "environment": login,
        "addPreviousOutputInEnv": False,
        "logging": "stderr",
    }
    assert isinstance(last.inputs["environment"]["DUALSTACK_SSH_PRIVATE_KEY"], Secret)


def depended_on(recording: Recording, name: str) -> set[str]:
    """The resources that are there as long as this one is."""
    found = set(recording.named(name).depends_on)
    return found.union(*(depended_on(recording, each) for each in found))


def test_the_outputs_name_the_route_that_the_upstream_router_needs(monkeypatch: Any) -> None:
    outputs = run(existing(1), existing(2), monkeypatch=monkeypatch).result
    assert outputs["upstreamRoutes"] == {
        "flat-1": "2001:db8:a:101::/64 via 2001:db8:a:100::11",
        "flat-2": "2001:db8:a:102::/64 via 2001:db8:a:100::2",
    }
    assert "vpcIpv6Cidr" not in outputs


def test_a_host_has_its_own_login_where_it_is_given(monkeypatch: Any) -> None:
    host = existing(1, user="root", port=2222, private_key="its own key")
    recording = run(host, monkeypatch=monkeypatch)
    connection = recording.inputs("flat-1-kernel")["connection"]
    assert (connection["user"], connection["port"], connection["privateKey"]) == ("root", 2222, "its own key")
    check = recording.inputs("reachability-check")
    assert json.loads(check["environment"]["DUALSTACK_SSH_PRIVATE_KEYS"]) == {"flat-1": "its own key"}
    (checked,) = json.loads(check["stdin"])["hosts"]
    assert checked["login"] == {"user": "root", "port": 2222}


def test_hosts_with_static_routes_have_one_to_each_other(monkeypatch: Any) -> None:
    hosts = [replace(existing(number), network="static-routes") for number in (1, 2, 3)]
    recording = run(*hosts, monkeypatch=monkeypatch)
    text = recording.inputs("flat-1-routes")["stdin"]
    assert "2001:db8:a:102::/64" in text
    assert "2001:db8:a:103::/64" in text
    assert recording.named("flat-1-engine").depends_on


def test_a_host_with_static_routes_that_is_on_another_link_gets_none_and_is_named(monkeypatch: Any) -> None:
    far = replace(existing(2), existing=Existing(address="2001:db8:b::12", host_key=PUBLIC_KEY))
    hosts = [replace(host, network="static-routes") for host in (existing(1), far, existing(3))]
    recording = run(*hosts, monkeypatch=monkeypatch)
    text = recording.inputs("flat-1-routes")["stdin"]
    assert ("2001:db8:a:102::/64" in text, "2001:db8:a:103::/64" in text) == (False, True)
    assert set(recording.messages) == {
        (
            "warning",
            "not on the link of ens5 (2001:db8:a:100::/64): flat-2 (2001:db8:b::12); this host gets no route "
            "to their containers and sends what is for them to its router; if they share the link, give each "
            "one's address on it as existing.address",
        )
    }


def test_hosts_of_both_kinds_stand_in_one_stack(monkeypatch: Any) -> None:
    names = run(article.host(1), existing(1), monkeypatch=monkeypatch).names()
    assert "aws:ec2/instance:Instance host-1-instance" in names
    assert "aws:ec2/instance:Instance flat-1-instance" not in names


def test_its_own_address_is_where_ssh_goes_if_it_has_that_and_else_its_first() -> None:
    assert own_address(FACTS, "2001:db8:a:100:0::11") == "2001:db8:a:100::11"
    assert own_address(FACTS, "flat-1.example") == "2001:db8:a:100::2"


def test_a_host_is_known_by_its_keys_fingerprint() -> None:
    """As `ssh-keygen -l` shows it."""
    assert fingerprint(PUBLIC_KEY).startswith("SHA256:")
    assert len(fingerprint(PUBLIC_KEY)) == len("SHA256:") + 43


def test_a_stack_of_existing_hosts_alone_is_not_on_aws() -> None:
    assert StackConfig(ssh_from=(), hosts=(existing(1),), ssh_private_key="").on_aws is False
    assert ARTICLE.on_aws is True
    assert replace(ARTICLE, hosts=()).on_aws is True
