"""The article's two hosts, resource by resource."""

import json
from itertools import pairwise
from typing import Any

import pytest

from components.config import Container, Port
from components.container_networks.plan import NetworkWishes
from components.host.docker import parse_engine
from components.host.render import (
    container_text,
    docker_text,
    filter_text,
    kernel_text,
    network_text,
)
from components.host.steps import command_line, remove_line, scripts_bundle
from components.host_keys import derive_host_key
from components.user_data import cloud_config
from tests.components.article import ENGINE, FACTS, IMAGE, PRIVATE_KEY, PUBLIC_KEY, run
from tests.components.recording import Recording, Secret

SUBNET = "2001:db8:0:100::"
CONTAINER = Container(name="web", image="lab/web:1", place=1, ports=(Port(80),))
WISHES = NetworkWishes("default-bridge", containers=(CONTAINER,))


@pytest.fixture(scope="module")
def recording() -> Recording:
    return run()


def tags(name: str, **more: str) -> dict[str, str]:
    own = {f"dualstack:{key}": value for key, value in more.items()}
    return {"Name": name, "dualstack:stack": "dualstack/test", "dualstack:resource": name, **own}


def rule(name: str, description: str, **rest: Any) -> dict[str, Any]:
    return {
        "securityGroupId": "dualstack-security-group-id",
        "description": description,
        "tags": tags(f"dualstack-{name}"),
        **rest,
    }


EXPECTED_NETWORK = {
    "dualstack-vpc": {
        "cidrBlock": "10.0.0.0/16",
        "assignGeneratedIpv6CidrBlock": True,
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": tags("dualstack-vpc"),
    },
    "dualstack-internet-gateway": {
        "vpcId": "dualstack-vpc-id",
        "tags": tags("dualstack-internet-gateway"),
    },
    "dualstack-public-routes": {"vpcId": "dualstack-vpc-id", "tags": tags("dualstack-public-routes")},
    "dualstack-public-ipv4-default": {
        "routeTableId": "dualstack-public-routes-id",
        "gatewayId": "dualstack-internet-gateway-id",
        "destinationCidrBlock": "0.0.0.0/0",
    },
    "dualstack-public-ipv6-default": {
        "routeTableId": "dualstack-public-routes-id",
        "gatewayId": "dualstack-internet-gateway-id",
        "destinationIpv6CidrBlock": "::/0",
    },
    "dualstack-subnet": {
        "vpcId": "dualstack-vpc-id",
        "cidrBlock": "10.0.0.0/24",
        "ipv6CidrBlock": f"{SUBNET}/64",
        "tags": tags("dualstack-subnet"),
    },
    "dualstack-routes": {
        "subnetId": "dualstack-subnet-id",
        "routeTableId": "dualstack-public-routes-id",
    },
    "dualstack-security-group": {
        "vpcId": "dualstack-vpc-id",
        "description": "Docker hosts and containers with IPv6 addresses",
        "tags": tags("dualstack-security-group"),
    },
    "dualstack-icmpv6-self": rule(
        "icmpv6-self",
        "ICMPv6 among the members",
        ipProtocol="icmpv6",
        fromPort=-1,
        toPort=-1,
        referencedSecurityGroupId="dualstack-security-group-id",
    ),
    "dualstack-packet-too-big": rule(
        "packet-too-big",
        "ICMPv6 packet too big from anywhere",
        ipProtocol="icmpv6",
        fromPort=2,
        toPort=-1,
        cidrIpv6="::/0",
    ),
    "dualstack-ssh-from-2001-db8-fffe--_64": rule(
        "ssh-from-2001-db8-fffe--_64",
        "SSH from a named network",
        ipProtocol="tcp",
        fromPort=22,
        toPort=22,
        cidrIpv6="2001:db8:fffe::/64",
    ),
    "dualstack-tcp-80": rule(
        "tcp-80",
        "A declared port of a container",
        ipProtocol="tcp",
        fromPort=80,
        toPort=80,
        cidrIpv6="::/0",
    ),
    "dualstack-egress-ipv4": rule("egress-ipv4", "Anything over ipv4", ipProtocol="-1", cidrIpv4="0.0.0.0/0"),
    "dualstack-egress-ipv6": rule("egress-ipv6", "Anything over ipv6", ipProtocol="-1", cidrIpv6="::/0"),
    "dualstack-key": {"publicKey": PUBLIC_KEY, "tags": tags("dualstack-key")},
}

EXPECTED_ADDRESSES = {
    "host-1": ["::1:1", "::8", "::9", "::a", "::b"],
    "host-2": ["::2:2", "::c", "::d", "::e", "::f"],
}
EXPECTED_BLOCKS = {"host-1": "2001:db8:0:100::8/126", "host-2": "2001:db8:0:100::c/126"}


@pytest.mark.parametrize("name", sorted(EXPECTED_NETWORK))
def test_what_the_hosts_share_is_asked_for_exactly_so(recording: Recording, name: str) -> None:
    matching = [one for one in recording.resources if one.name == name and ":index:" not in one.type]
    assert len(matching) == 1
    assert dict(matching[0].inputs) == EXPECTED_NETWORK[name]


def test_nothing_else_is_shared(recording: Recording) -> None:
    shared = {one.name for one in recording.resources if one.name.startswith("dualstack-")}
    assert shared == set(EXPECTED_NETWORK)


@pytest.mark.parametrize(("host", "slot"), [("host-1", "1"), ("host-2", "2")])
def test_each_interface_holds_the_host_and_its_whole_block(
    recording: Recording, host: str, slot: str
) -> None:
    interface = recording.named(f"{host}-interface")
    assert dict(interface.inputs) == {
        "subnetId": "dualstack-subnet-id",
        "description": f"{host}: host address and container block, slot {slot}",
        "securityGroups": ["dualstack-security-group-id"],
        "ipv6Addresses": [SUBNET.removesuffix("::") + address for address in EXPECTED_ADDRESSES[host]],
        "tags": tags(f"{host}-interface", slot=slot, block="126"),
    }
    assert interface.delete_before_replace
    assert interface.before_update == (f"{host}-interface-addresses-stay",)


@pytest.mark.parametrize("host", ["host-1", "host-2"])
def test_each_instance_stands_on_its_interface_and_knows_its_host_key(
    recording: Recording, host: str
) -> None:
    instance = recording.named(f"{host}-instance")
    assert isinstance(instance.inputs["userData"], Secret)
    assert recording.inputs(f"{host}-instance") == {
        "ami": IMAGE,
        "instanceType": "t3.medium",
        "keyName": "dualstack-key-0123456",
        "primaryNetworkInterface": {"networkInterfaceId": f"{host}-interface-id"},
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "userData": cloud_config(derive_host_key(PRIVATE_KEY, "test", host)),
        "userDataReplaceOnChange": True,
        "tags": {**tags(f"{host}-instance"), "Name": host},
    }
    assert instance.delete_before_replace
    assert instance.ignore_changes == ("ami",)


def test_the_newest_ubuntu_is_asked_of_canonicals_parameter(recording: Recording) -> None:
    name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
    assert recording.functions == [("aws:ssm/getParameter:getParameter", {"name": name})] * 2


def steps_of(host: str) -> list[tuple[str, str, str]]:
    """Name, concern and wanted text of each step, in order."""
    block = EXPECTED_BLOCKS[host]
    address = SUBNET.removesuffix("::") + EXPECTED_ADDRESSES[host][0]
    return [
        (f"{host}-facts", "facts", scripts_bundle()[0]),
        (f"{host}-kernel", "kernel", kernel_text()),
        (f"{host}-network", "network", network_text(FACTS, address, None)),
        (f"{host}-engine", "engine", "=== end\n"),
        (f"{host}-filter", "filter", filter_text(ENGINE, block, WISHES)),
        (f"{host}-docker", "docker", docker_text(FACTS, ENGINE, block, WISHES)),
        (f"{host}-web-container", "container", container_text(parse_engine(ENGINE), block, WISHES, "web")),
    ]


def remote_steps_of(host: str) -> list[tuple[str, str, str]]:
    """Those that pulumi-command runs on the host itself: all but the guarded one."""
    return [step for step in steps_of(host) if step[1] != "network"]


@pytest.mark.parametrize("host", ["host-1", "host-2"])
def test_the_network_step_is_run_from_here_with_the_key_in_its_environment(
    recording: Recording, host: str
) -> None:
    step = recording.named(f"{host}-network")
    assert isinstance(step.inputs["environment"]["DUALSTACK_SSH_PRIVATE_KEY"], Secret)
    inputs = recording.inputs(f"{host}-network")
    environment = inputs.pop("environment")
    assert json.loads(environment.pop("DUALSTACK_HOST")) == {
        "name": host,
        "host": SUBNET.removesuffix("::") + EXPECTED_ADDRESSES[host][0],
        "port": 22,
        "user": "ubuntu",
        "hostKey": derive_host_key(PRIVATE_KEY, "test", host).public,
        "bastion": None,
        "revertAfter": 120,
    }
    assert environment == {"DUALSTACK_SSH_PRIVATE_KEY": PRIVATE_KEY}
    hash12 = scripts_bundle()[1]
    assert inputs == {
        "interpreter": [".venv/bin/python", "-m", "components.guarded_step"],
        "create": f"apply network {hash12} # on {host}-instance-id",
        "update": f"apply network {hash12} # on {host}-instance-id",
        "delete": f"remove network {hash12}",
        "stdin": {name: text for name, _, text in steps_of(host)}[f"{host}-network"],
        "logging": "stderr",
        "addPreviousOutputInEnv": False,
    }


@pytest.mark.parametrize("host", ["host-1", "host-2"])
def test_each_step_is_one_short_line_with_the_wanted_files_on_its_input(
    recording: Recording, host: str
) -> None:
    hash12 = scripts_bundle()[1]
    for name, concern, text in remote_steps_of(host):
        container = "web" if concern == "container" else None
        line = f"{command_line(concern, hash12, container)} # on {host}-instance-id"
        undone = {} if concern == "facts" else {"delete": remove_line(concern, hash12, container)}
        inputs = recording.inputs(name)
        assert inputs.pop("connection") == {
            "host": SUBNET.removesuffix("::") + EXPECTED_ADDRESSES[host][0],
            "port": 22,
            "user": "ubuntu",
            "privateKey": PRIVATE_KEY,
            "hostKey": derive_host_key(PRIVATE_KEY, "test", host).public,
            "dialErrorLimit": 60,
            "perDialTimeout": 15,
        }
        assert inputs == {
            "create": line,
            "update": line,
            **undone,
            "stdin": text,
            "logging": "stderr" if concern == "facts" else "stdoutAndStderr",
            "addPreviousOutputInEnv": False,
        }


@pytest.mark.parametrize("host", ["host-1", "host-2"])
def test_a_step_follows_the_one_before_and_goes_with_the_instance(recording: Recording, host: str) -> None:
    names = [name for name, _, _ in steps_of(host)]
    for name in names:
        step = recording.named(name)
        assert step.deleted_with == f"{host}-instance"
        assert step.delete_before_replace
        assert name.endswith("-network") or isinstance(step.inputs["connection"], Secret)
    for earlier, later in pairwise(names[:-1]):
        assert earlier in recording.named(later).depends_on
    # A container is a component of its own: the component waits for docker, and its child for the component.
    assert f"{host}-docker" in recording.named(f"{host}-web", "DockerContainer").depends_on


def test_the_check_wants_what_was_planned(recording: Recording) -> None:
    check = recording.named("reachability-check")
    inputs = recording.inputs("reachability-check")
    wanted = json.loads(inputs.pop("stdin"))
    assert inputs == {
        "interpreter": [".venv/bin/python", "-m"],
        "create": "components.reachability_check",
        "update": "components.reachability_check",
        "environment": {"DUALSTACK_SSH_PRIVATE_KEY": PRIVATE_KEY},
        "addPreviousOutputInEnv": False,
        "logging": "stderr",
    }
    assert isinstance(check.inputs["environment"]["DUALSTACK_SSH_PRIVATE_KEY"], Secret)
    assert wanted["ssh"] == {"user": "ubuntu", "port": 22, "proxy": None}
    assert wanted["internet_targets"] == ["2001:db8:ffff::1"]
    assert [host["name"] for host in wanted["hosts"]] == ["host-1", "host-2"]
    assert wanted["hosts"][1] == {
        "name": "host-2",
        "instance": "host-2-instance-id",
        "address": "2001:db8:0:100::2:2",
        "prefix": "2001:db8:0:100::c/126",
        "gateway": "fe80::1066:30ff:feb8:c008",
        "ssh_address": "2001:db8:0:100::2:2",
        "host_key": derive_host_key(PRIVATE_KEY, "test", "host-2").public,
        "open": "declared",
        "network": "default-bridge",
        "networks": [],
        "containers": [{"name": "web", "image": "lab/web:1", "place": 1, "ports": ["80/tcp"]}],
    }


def test_the_outputs_say_where_everything_is(recording: Recording) -> None:
    keys = [derive_host_key(PRIVATE_KEY, "test", host).public for host in ("host-1", "host-2")]
    assert recording.result == {
        "vpcIpv4Cidr": "10.0.0.0/16",
        "vpcIpv6Cidr": "2001:db8:0:100::/56",
        "subnetIpv4Cidr": "10.0.0.0/24",
        "subnetIpv6Cidr": "2001:db8:0:100::/64",
        "hosts": {
            "host-1": {
                "address": "2001:db8:0:100::1:1",
                "ssh": "ssh ubuntu@2001:db8:0:100::1:1",
                "gateway": "fe80::1066:30ff:feb8:c008",
                "prefix": "2001:db8:0:100::8/126",
                "engine": parse_engine(ENGINE),
                "containers": {"web": "2001:db8:0:100::a"},
            },
            "host-2": {
                "address": "2001:db8:0:100::2:2",
                "ssh": "ssh ubuntu@2001:db8:0:100::2:2",
                "gateway": "fe80::1066:30ff:feb8:c008",
                "prefix": "2001:db8:0:100::c/126",
                "engine": parse_engine(ENGINE),
                "containers": {"web": "2001:db8:0:100::e"},
            },
        },
        "knownHosts": f"2001:db8:0:100::1:1 {keys[0]}\n2001:db8:0:100::2:2 {keys[1]}",
        "reachability": "the table",
    }
