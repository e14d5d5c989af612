"""The demonstration of one way of giving containers IPv6."""

import re

import pytest
import yaml

from components.config.parse import parse
from lab import demo_link
from lab.demo import AS_USUAL, Way, config_of, stack_config
from lab.paths import PROJECT_DIR
from tests.unit.config.cases import KEY

LINK = demo_link.EXAMPLE
STACK = """\
encryptionsalt: salt
config:
  dualstack:sshUser: debian
  dualstack:hosts:
    - {name: host-1, slot: 1}
    - {name: host-2, slot: 2, network: nat66}
"""


def test_every_host_has_the_way_that_is_shown() -> None:
    assert yaml.safe_load(config_of(STACK, Way("routed", "prefix"))) == {
        "encryptionsalt": "salt",
        "config": {
            "dualstack:sshUser": "debian",
            "dualstack:hosts": [
                {"name": "host-1", "slot": 1, "network": "routed", "addresses": "prefix"},
                {"name": "host-2", "slot": 2, "network": "routed", "addresses": "prefix"},
            ],
        },
    }


def test_what_is_not_given_stays_the_program_s_choice() -> None:
    assert config_of(STACK, AS_USUAL) == config_of(STACK, Way())
    hosts = yaml.safe_load(config_of(STACK, Way(network="routed")))["config"]["dualstack:hosts"]
    assert hosts == [
        {"name": "host-1", "slot": 1, "network": "routed"},
        {"name": "host-2", "slot": 2, "network": "routed"},
    ]


def test_behind_translation_a_port_is_published_on_the_same_one_of_the_host() -> None:
    text = """\
config:
  dualstack:hosts:
    - {name: host-1, slot: 1, containers: [{name: web-1, image: "lab/web:1", ports: [80/tcp], place: 1}]}
    - {name: host-2, slot: 2}
"""
    way = {"network": "nat66", "addresses": "private"}
    web = {"name": "web-1", "image": "lab/web:1", "ports": ["80:80/tcp"], "place": 1}
    assert yaml.safe_load(config_of(text, Way(**way)))["config"]["dualstack:hosts"] == [
        {"name": "host-1", "slot": 1, "containers": [web], **way},
        {"name": "host-2", "slot": 2, **way},
    ]


def ways_of_the_readme() -> list[Way]:
    """Those of the commands in the table of ways."""
    text = (PROJECT_DIR / "README.md").read_text()
    commands = re.findall(r"^\| `.*\| `make demo(.*?)` \|", text, re.MULTILINE)
    given = [dict(word.split("=") for word in command.split()) for command in commands]
    return [Way(each.get("NETWORK"), each.get("ADDRESSES")) for each in given]


def test_the_table_of_ways_is_read_whole() -> None:
    assert len(ways_of_the_readme()) == 8


@pytest.mark.parametrize("way", ways_of_the_readme(), ids=str)
def test_the_program_takes_every_way_of_the_readme(way: Way) -> None:
    config = yaml.safe_load(stack_config(way, LINK))["config"]
    values = {key.removeprefix("dualstack:"): value for key, value in config.items() if "aws:" not in key}
    values["sshPrivateKey"] = KEY.private  # the lab's is locked with the stack's passphrase
    if not way.is_of_hosts_elsewhere:
        values["sshPublicKey"] = KEY.public
    hosts = parse(values).hosts
    assert len(hosts) == 2
    assert {(host.network, host.addresses) for host in hosts} == {
        (way.network or "default-bridge", way.addresses or "block")
    }


def test_hosts_elsewhere_take_the_place_of_those_on_aws() -> None:
    text = """\
config:
  aws:region: eu-central-1
  dualstack:sshFrom: ["2001:db8:fffe::/64"]
  dualstack:sshPublicKey: public
  dualstack:sshUser: debian
  dualstack:hosts: [{name: host-1, slot: 1}]
"""
    assert yaml.safe_load(demo_link.config_of(text, LINK, "routed")) == {
        "config": {
            "dualstack:sshUser": "debian",
            "dualstack:hosts": [
                {
                    "name": f"demo-{n}",
                    "existing": {"address": f"2001:db8:a:100::1{n}", "hostKey": LINK.hosts[n - 1].host_key},
                    "addresses": "given",
                    "prefix": f"2001:db8:a:10{n}::/64",
                    "network": "routed",
                    "containers": [{"name": f"web-{n}", "image": "lab/web:1", "ports": ["80/tcp"]}],
                }
                for n in (1, 2)
            ],
        }
    }


@pytest.mark.parametrize(
    ("network", "prefixes", "routes"),
    [
        (
            None,
            ["2001:db8:a:101::/64", "2001:db8:a:102::/64"],
            {"2001:db8:a:101::/64": "2001:db8:a:100::11", "2001:db8:a:102::/64": "2001:db8:a:100::12"},
        ),
        ("static-routes", ["2001:db8:a:101::/64", "2001:db8:a:102::/64"], {}),
        ("ndp-proxy", ["2001:db8:a:100:4000::/66", "2001:db8:a:100:8000::/66"], {}),
    ],
)
def test_each_way_has_prefixes_and_upstream_routes_of_its_kind(
    network: str | None, prefixes: list[str], routes: dict[str, str]
) -> None:
    hosts = yaml.safe_load(demo_link.config_of("config: {}", LINK, network))["config"]["dualstack:hosts"]
    assert [host["prefix"] for host in hosts] == prefixes
    assert demo_link.upstream_routes(LINK, network) == routes


def test_where_the_internet_has_no_route_it_is_not_tried() -> None:
    config = yaml.safe_load(demo_link.config_of("config: {}", LINK, "static-routes"))["config"]
    assert config["dualstack:internetTargets"] == []
