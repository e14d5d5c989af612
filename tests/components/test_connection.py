"""The way SSH takes, for pulumi-command and for a person."""

from dataclasses import replace

import pytest

from components.config.types import Bastion
from components.connection import Ssh, known_hosts_line, ssh_line
from tests.components.article import ARTICLE, PRIVATE_KEY, run

ADDRESS = "2001:db8:0:100::1:1"
THROUGH = Bastion(host="bastion.example.org", host_key="ssh-ed25519 AAAA", user="jump", port=2222)


@pytest.mark.parametrize(
    ("ssh", "line"),
    [
        ({}, f"ssh ubuntu@{ADDRESS}"),
        ({"user": "debian", "port": 2022}, f"ssh -p 2022 debian@{ADDRESS}"),
        (
            {"connect": "bastion", "bastion": {"host": "192.0.2.1", "host_key": "ssh-ed25519 AAAA"}},
            f"ssh -J ubuntu@192.0.2.1:22 ubuntu@{ADDRESS}",
        ),
        (
            {
                "connect": "bastion",
                "bastion": {"host": "2001:db8::1", "user": "me", "host_key": "x", "port": 23},
            },
            f"ssh -J me@[2001:db8::1]:23 ubuntu@{ADDRESS}",
        ),
    ],
)
def test_what_a_person_types(ssh: Ssh, line: str) -> None:
    bastion = ssh.get("bastion")
    assert ssh_line(ssh, ADDRESS, str(bastion["host"]) if bastion else "") == line


def test_a_known_hosts_line_names_an_unusual_port() -> None:
    assert known_hosts_line({"private_key": ""}, ADDRESS, "ssh-ed25519 AAAA") == f"{ADDRESS} ssh-ed25519 AAAA"
    line = known_hosts_line({"private_key": "", "port": 2022}, ADDRESS, "ssh-ed25519 AAAA")
    assert line == f"[{ADDRESS}]:2022 ssh-ed25519 AAAA"


def test_through_a_bastion_every_step_has_a_proxy_with_its_own_host_key() -> None:
    recording = run(replace(ARTICLE, connect="bastion", bastion=THROUGH))
    connection = recording.inputs("host-1-docker")["connection"]
    assert connection["host"] == ADDRESS
    assert connection["proxy"] == {
        "host": "bastion.example.org",
        "port": 2222,
        "user": "jump",
        "privateKey": PRIVATE_KEY,
        "hostKey": "ssh-ed25519 AAAA",
        "dialErrorLimit": 60,
        "perDialTimeout": 15,
    }
    assert (
        recording.result["hosts"]["host-1"]["ssh"] == f"ssh -J jump@bastion.example.org:2222 ubuntu@{ADDRESS}"
    )


def test_over_ipv4_ssh_goes_to_the_public_address_of_the_interface() -> None:
    recording = run(replace(ARTICLE, connect="ipv4"))
    assert recording.inputs("host-1-ipv4") == {
        "domain": "vpc",
        "networkInterface": "host-1-interface-id",
        "tags": {
            "Name": "host-1-ipv4",
            "dualstack:stack": "dualstack/test",
            "dualstack:resource": "host-1-ipv4",
        },
    }
    assert recording.inputs("host-1-facts")["connection"]["host"] == "203.0.113.130"
    assert recording.result["hosts"]["host-1"]["address"] == ADDRESS
    assert recording.result["hosts"]["host-1"]["ssh"] == "ssh ubuntu@203.0.113.130"
