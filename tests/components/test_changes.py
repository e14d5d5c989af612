"""What a change of the config changes, and what it leaves alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.address_guard import AddressesFixedError
from components.config.types import StackConfig
from components.containers import Container, Port
from tests.components.article import ARTICLE, host, run, with_hosts
from tests.components.recording import UNKNOWN, Recording


def all_inputs(recording: Recording) -> dict[str, Mapping[str, Any]]:
    return {f"{one.type} {one.name}": recording.inputs(one.name, one.type) for one in recording.resources}


def difference(before: StackConfig, after: StackConfig) -> tuple[set[str], set[str], set[str]]:
    """Resources that are added, removed, and kept with other inputs."""
    old, new = all_inputs(run(before)), all_inputs(run(after))
    changed = {name for name in old.keys() & new.keys() if old[name] != new[name]}
    return new.keys() - old.keys(), old.keys() - new.keys(), changed


CHECK = "command:local:Command reachability-check"
CONTACT = "command:local:Command host-1-ssh"
"""The host is met again before any of its steps changes."""


def test_adding_a_host_adds_its_own_resources_and_only_the_check_sees_it() -> None:
    added, removed, changed = difference(ARTICLE, with_hosts(host(1), host(2), host(3)))
    assert all(" host-3" in name for name in added)
    assert len(added) == 13
    assert removed == set()
    assert changed == {CHECK}


def test_removing_the_first_host_leaves_the_second_as_it_is() -> None:
    added, removed, changed = difference(ARTICLE, with_hosts(host(2)))
    assert added == set()
    assert all(" host-1" in name for name in removed)
    assert len(removed) == 13
    assert changed == {CHECK}


def test_the_order_of_hosts_in_the_config_changes_no_host() -> None:
    assert difference(ARTICLE, with_hosts(host(2), host(1))) == (set(), set(), {CHECK})


def test_a_new_port_changes_the_hosts_filter_and_container_and_opens_the_security_group() -> None:
    web = Container(name="web", image="lab/web:1", place=1, ports=(Port(80), Port(443)))
    added, removed, changed = difference(ARTICLE, with_hosts(replace(host(1), containers=(web,)), host(2)))
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule dualstack-tcp-443"
    assert (added, removed) == ({rule}, set())
    assert changed - {"command:remote:Command host-1-web-container"} == {
        "command:remote:Command host-1-filter",
        CONTACT,
        CHECK,
    }


def test_a_second_container_comes_after_the_first_and_changes_nothing_of_it() -> None:
    more = Container(name="db", image="lab/web:1", place=2)
    one = replace(host(1), containers=(more, *host(1).containers))
    added, removed, changed = difference(with_hosts(host(1)), with_hosts(one))
    assert added == {
        "command:remote:Command host-1-db-container",
        "dualstack:index:DockerContainer host-1-db",
    }
    assert removed == set()
    assert changed <= {CONTACT, CHECK, "command:remote:Command host-1-filter"}
    assert CONTACT in changed
    recording = run(with_hosts(one))
    assert "host-1-web-container" in recording.named("host-1-db", "DockerContainer").depends_on
    assert recording.result["hosts"]["host-1"]["containers"] == {
        "web": "2001:db8:0:100::a",
        "db": "2001:db8:0:100::b",
    }


def test_a_given_gateway_changes_the_network_step_alone() -> None:
    _, _, changed = difference(ARTICLE, replace(ARTICLE, gateway="fe80:ec2::1"))
    steps = {f"command:local:Command host-{number}-network" for number in (1, 2)}
    assert changed == {*steps, CONTACT, CONTACT.replace("host-1", "host-2"), CHECK}
    hosts = run(replace(ARTICLE, gateway="fe80:ec2::1")).result["hosts"]
    assert [host["gateway"] for host in hosts.values()] == ["fe80:ec2::1"] * 2


def test_a_longer_time_to_confirm_changes_no_file() -> None:
    _, _, changed = difference(ARTICLE, replace(ARTICLE, revert_after=60))
    steps = {
        f"command:local:Command host-{number}-{step}" for number in (1, 2) for step in ("ssh", "network")
    }
    assert changed == steps
    before, after = (
        run(one).inputs("host-1-network") for one in (ARTICLE, replace(ARTICLE, revert_after=60))
    )
    assert (before["stdin"], before["update"]) == (after["stdin"], after["update"])


def test_another_repair_runs_every_step_of_every_host_and_nothing_else() -> None:
    once, again = replace(ARTICLE, repair="2026-11-21"), replace(ARTICLE, repair="2026-11-22")
    steps = {
        f"command:{'local' if step == 'network' else 'remote'}:Command host-{number}-{step}"
        for number in (1, 2)
        for step in ("facts", "kernel", "network", "engine", "filter", "docker", "web-container")
    }
    steps |= {CONTACT, CONTACT.replace("host-1", "host-2")}
    assert difference(ARTICLE, once) == (set(), set(), steps)
    assert difference(once, again) == (set(), set(), steps)
    inputs = run(once).inputs("host-1-docker", "command:remote:Command")
    assert str(inputs["update"]).endswith(" apply docker # on host-1-instance-id, repair 2026-11-21")


def test_a_pinned_image_is_not_ignored_and_ubuntu_is_not_asked_for() -> None:
    recording = run(replace(ARTICLE, ami="ami-0fedcba9876543210"))
    assert recording.functions == []
    instance = recording.named("host-1-instance")
    assert instance.inputs["ami"] == "ami-0fedcba9876543210"
    assert instance.ignore_changes == ()


def test_an_arm_host_gets_an_arm_image() -> None:
    recording = run(with_hosts(replace(host(1), instance_type="t4g.medium")))
    assert "/current/arm64/hvm/" in recording.functions[0][1]["name"]


def test_protection_covers_what_holds_the_addresses() -> None:
    recording = run(replace(ARTICLE, protect=True))
    protected = {one.name for one in recording.resources if one.protect}
    assert protected == {"dualstack-vpc", "host-1-interface", "host-2-interface"}


def test_own_tags_are_on_every_resource_that_has_tags() -> None:
    recording = run(replace(ARTICLE, tags={"team": "network", "Name": "ours", "dualstack:slot": "9"}))
    tagged = {one.name: one.inputs["tags"] for one in recording.resources if "tags" in one.inputs}
    assert len(tagged) == 16
    for name, tags in tagged.items():
        assert tags["team"] == "network"
        assert tags["Name"] == "ours"
        assert tags["dualstack:resource"] == name
    assert tagged["host-2-interface"]["dualstack:slot"] == "2"


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (
            with_hosts(replace(host(1), slot=7), host(2)),
            "host host-1 lives in slot 1 and cannot move to slot 7",
        ),
        (replace(ARTICLE, block_prefix=125), "host host-1 has a /126 block and cannot get a /125"),
    ],
)
def test_a_living_hosts_addresses_cannot_change(after: StackConfig, message: str) -> None:
    old, new = run(), run(after, preview=True)
    hook = new.hooks["host-1-interface-addresses-stay"]
    assert hook.opts is not None
    assert hook.opts.on_dry_run
    with pytest.raises(AddressesFixedError, match=message):
        hook(_hook_arguments(old.inputs("host-1-interface"), new.inputs("host-1-interface")))


def test_a_living_hosts_other_inputs_may_change() -> None:
    old, new = run(), run(replace(ARTICLE, tags={"team": "network"}), preview=True)
    arguments = _hook_arguments(old.inputs("host-1-interface"), new.inputs("host-1-interface"))
    new.hooks["host-1-interface-addresses-stay"](arguments)


def test_a_first_preview_knows_all_but_what_aws_decides() -> None:
    recording = run(preview=True)
    assert recording.named("dualstack-subnet").inputs["ipv6CidrBlock"] is UNKNOWN
    assert recording.named("host-1-interface").inputs["ipv6Addresses"] is UNKNOWN
    assert recording.inputs("host-1-interface")["tags"]["dualstack:slot"] == "1"
    assert recording.inputs("host-1-network")["stdin"] is UNKNOWN
    assert recording.inputs("host-1-kernel")["stdin"] is not UNKNOWN
    assert recording.inputs("host-1-instance")["userData"].startswith("#cloud-config\n")


def _hook_arguments(old: Mapping[str, Any], new: Mapping[str, Any]) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs("urn", "eni-1", "name", "type", new_inputs=new, old_inputs=old)
