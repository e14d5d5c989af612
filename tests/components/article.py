"""The article's layout as a config, and what a region would answer to the program."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.config.types import Host, StackConfig
from components.containers import Container, Port
from components.fleet.check import make_check
from components.fleet.hosts import make_hosts
from components.fleet.network import make_network
from components.fleet.outputs import stack_outputs
from tests.components.recording import Answers, Recording, record

PRIVATE_KEY = "a private key"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJegSBq/15mnbuMjJuRWdSA7gwAnJp19KTJAxX4MJudX lab"
HOST_KEY = " ".join(PUBLIC_KEY.split()[:2])
"""What a host shows that was not given a key."""
IMAGE = "ami-0123456789abcdef0"
MAC = "02:00:00:00:00:01"
FACTS = json.dumps(
    {
        "nic": {
            "name": "ens5",
            "mac": MAC,
            "mtu": 9001,
            "netplan_id": "ens5",
            "ipv4_settings": {"dhcp4": True},
        },
        "gateway": "fe80::1066:30ff:feb8:c008",
        "engine": None,
        "netplan": "1.1.2",
        "cloud_init": {"status": "done", "version": "25.1", "files": ["/etc/netplan/50-cloud-init.yaml"]},
        "daemon_json": None,
        "architecture": "x86_64",
        "os": {"id": "ubuntu", "version": "24.04"},
        "python": "3.12",
    }
)
ENGINE = json.dumps({"engine": "28.5.2"})


def host(number: int) -> Host:
    """The article's host `number`: its slot, and one container with an open port."""
    web = Container(name="web", image="lab/web:1", place=1, ports=(Port(80),))
    return Host(name=f"host-{number}", slot=number, instance_type="t3.medium", containers=(web,))


ARTICLE = StackConfig(
    ssh_from=("2001:db8:fffe::/64",),
    hosts=(host(1), host(2)),
    ssh_private_key=PRIVATE_KEY,
    ssh_public_key=PUBLIC_KEY,
    internet_targets=("2001:db8:ffff::1",),
)


def program(config: StackConfig) -> Any:
    """What `__main__.py` does after it has read the config; returns the outputs it exports."""
    network = make_network(config)
    hosts = make_hosts(config, network)
    return stack_outputs(config, network, hosts, make_check(config, hosts))


def run(config: StackConfig = ARTICLE, *, preview: bool = False) -> Recording:
    """The program's run on a recording engine."""
    return record(lambda: program(config), Answers(outputs, functions), preview=preview)


def with_hosts(*hosts: Host) -> StackConfig:
    """The article's config with other hosts."""
    return replace(ARTICLE, hosts=hosts)


def outputs(type: str, name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """What AWS and the hosts add to a resource's inputs."""
    match type:
        case "aws:ec2/vpc:Vpc":
            return {"ipv6CidrBlock": "2001:db8:0:100::/56"}
        case "aws:ec2/subnet:Subnet":
            return {"availabilityZone": "eu-central-1a"}
        case "aws:ec2/keyPair:KeyPair":
            return {"keyName": f"{name}-0123456"}
        case "aws:ec2/eip:Eip":
            return {"publicIp": "203.0.113.130"}
        case "command:remote:Command":
            said = {"facts": FACTS, "engine": ENGINE}.get(name.rpartition("-")[2], "")
            return {"stdout": said, "stderr": ""}
        case "command:local:Command":
            return {"stdout": "the table" if name == "reachability-check" else HOST_KEY, "stderr": ""}
        case _:
            return {}


def functions(token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """What AWS answers to a question."""
    if token == "aws:ssm/getParameter:getParameter":
        return {"insecureValue": IMAGE, "value": IMAGE, "name": arguments["name"]}
    raise AssertionError(f"nobody answers {token}")
