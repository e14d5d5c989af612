"""The article's two hosts, resource by resource, up to their instances; and the outputs."""

from typing import Any

import pytest

from components.host.docker import parse_engine
from components.host_keys import derive_host_key
from components.user_data import cloud_config
from tests.components.article import ENGINE, IMAGE, PRIVATE_KEY, PUBLIC_KEY, run
from tests.components.recording import Recording, Secret

SUBNET = "2001:db8:0:100::"
EXPECTED_ADDRESSES = {
    "host-1": ["::1:1", "::8", "::9", "::a", "::b"],
    "host-2": ["::2:2", "::c", "::d", "::e", "::f"],
}


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
