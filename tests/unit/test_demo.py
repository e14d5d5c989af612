"""The demonstration of one way of giving containers IPv6."""

import yaml

from lab.demo import AS_USUAL, Way, config_of

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
