"""The demonstration of one way of giving containers IPv6."""

import pytest
import yaml

from lab import demo_link
from lab.demo import AS_USUAL, Way, config_of

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
