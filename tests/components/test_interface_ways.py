"""What a host's way of addresses makes of its interface, its user data and its steps."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pytest
import yaml

from components.address_guard import AddressesFixedError
from components.config.types import Host, StackConfig
from components.containers import Port
from tests.components.article import ARTICLE, host, run, with_hosts
from tests.components.recording import UNKNOWN, Secret

WEB = host(1).containers[0]
PREFIX = replace(host(1), addresses="prefix", instance_type="t3.micro")
PUBLISHED = replace(WEB, ports=(Port(80, published=8080), Port(53, "udp", published=5353)))
PRIVATE = replace(host(1), addresses="private", network="nat66", containers=(PUBLISHED,))
UNIQUE_LOCAL = "fd12:3456:789a::/48"
OTHER = "fdff:0:1::/48"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def private_stack(*hosts: Host, prefix: str | None = UNIQUE_LOCAL) -> StackConfig:
    return replace(with_hosts(*hosts), unique_local_prefix=prefix)


def test_an_interface_with_a_prefix_holds_no_address() -> None:
    interface = run(with_hosts(PREFIX)).inputs("host-1-interface")
    assert interface["ipv6Prefixes"] == ["2001:db8:0:100:1::/80"]
    assert "ipv6Addresses" not in interface
    assert interface["description"] == "host-1: a prefix for the host and its containers, slot 1"
    assert interface["tags"]["dualstack:addresses"] == "prefix"
    assert "dualstack:block" not in interface["tags"]


def test_a_host_with_a_prefix_is_told_its_address_for_every_boot() -> None:
    recording = run(with_hosts(PREFIX))
    assert isinstance(recording.named("host-1-instance").inputs["userData"], Secret)
    told = yaml.safe_load(recording.inputs("host-1-instance")["userData"])
    (command,) = told["bootcmd"]
    assert command[:2] == ["bash", "-c"]
    assert command[2].startswith("#!/bin/bash\n# own-address.sh ADDRESS: ")
    assert command[3:] == ["own-address.sh", "2001:db8:0:100:1::1"]
    assert set(told) == {"ssh_deletekeys", "ssh_keys", "bootcmd"}
    assert recording.result["hosts"]["host-1"]["address"] == "2001:db8:0:100:1::1"


def test_a_host_with_a_prefix_has_nothing_else_on_its_link() -> None:
    recording = run(with_hosts(PREFIX))
    network = recording.inputs("host-1-network")["stdin"]
    assert "interface=ens5\naddress=2001:db8:0:100:1::1/128\n" in network
    assert "bridge=2001:db8:0:100:1:1:0:1/96\n" in recording.inputs("host-1-docker")["stdin"]
    assert recording.result["hosts"]["host-1"]["containers"] == {"web": "2001:db8:0:100:1:1:0:2"}


def test_hosts_of_the_article_are_told_nothing_new() -> None:
    assert "bootcmd" not in run().inputs("host-1-instance")["userData"]


def test_a_private_host_s_interface_holds_its_own_address() -> None:
    recording = run(private_stack(PRIVATE))
    interface = recording.inputs("host-1-interface")
    assert interface["ipv6Addresses"] == ["2001:db8:0:100::1:1"]
    assert interface["tags"]["dualstack:addresses"] == "private"
    assert interface["tags"]["dualstack:unique-local-prefix"] == UNIQUE_LOCAL
    assert recording.result["hosts"]["host-1"]["prefix"] == "fd12:3456:789a:1::/64"


def test_ports_of_the_host_are_open_over_both_families_and_no_others() -> None:
    recording = run(private_stack(PRIVATE))
    rules = {one.name: one.inputs for one in recording.resources if one.type == RULE}
    opened = {
        name: (one["ipProtocol"], one["fromPort"], one["toPort"], one.get("cidrIpv4"), one.get("cidrIpv6"))
        for name, one in rules.items()
        if name.startswith(("dualstack-tcp", "dualstack-udp", "dualstack-ipv4"))
    }
    assert opened == {
        "dualstack-tcp-8080": ("tcp", 8080, 8080, None, "::/0"),
        "dualstack-udp-5353": ("udp", 5353, 5353, None, "::/0"),
        "dualstack-ipv4-tcp-8080": ("tcp", 8080, 8080, "0.0.0.0/0", None),
        "dualstack-ipv4-udp-5353": ("udp", 5353, 5353, "0.0.0.0/0", None),
    }


def test_a_prefix_is_drawn_where_none_is_given_and_only_then() -> None:
    drawn = run(private_stack(PRIVATE, prefix=None), preview=True)
    command = drawn.named("dualstack-unique-local-drawn")
    assert command.inputs["create"] == "components.unique_local"
    assert set(command.ignore_changes) >= {"create", "interpreter"}
    assert drawn.inputs("host-1-interface")["tags"]["dualstack:unique-local-prefix"] is UNKNOWN
    for config in (private_stack(PRIVATE), ARTICLE):
        assert "dualstack-unique-local-drawn" not in {one.name for one in run(config).resources}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            ARTICLE,
            with_hosts(PREFIX, host(2)),
            "host host-1 has addresses block and cannot get addresses prefix: all of its addresses would "
            "change; keep addresses block, or add a new host with addresses prefix in another slot and then "
            "remove host-1",
        ),
        (
            with_hosts(PREFIX),
            with_hosts(replace(PREFIX, slot=2)),
            "host host-1 lives in slot 1 and cannot move to slot 2",
        ),
        (
            private_stack(PRIVATE),
            private_stack(PRIVATE, prefix=OTHER),
            f"host host-1 has its private addresses from {UNIQUE_LOCAL} and cannot get them from {OTHER}: "
            f"its containers would all get other addresses; set ulaPrefix to {UNIQUE_LOCAL}, or bring",
        ),
    ],
)
def test_a_living_hosts_way_cannot_change(before: StackConfig, after: StackConfig, message: str) -> None:
    old, new = run(before), run(after, preview=True)
    arguments = hook_arguments(old.inputs("host-1-interface"), new.inputs("host-1-interface"))
    with pytest.raises(AddressesFixedError) as refused:
        new.hooks["host-1-interface-addresses-stay"](arguments)
    assert str(refused.value).startswith(message)


def test_the_stacks_block_prefix_is_no_business_of_a_host_with_a_prefix() -> None:
    old, new = run(with_hosts(PREFIX)), run(replace(with_hosts(PREFIX), block_prefix=124), preview=True)
    arguments = hook_arguments(old.inputs("host-1-interface"), new.inputs("host-1-interface"))
    new.hooks["host-1-interface-addresses-stay"](arguments)


def hook_arguments(old: Mapping[str, Any], new: Mapping[str, Any]) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs("urn", "eni-1", "name", "type", new_inputs=new, old_inputs=old)
