"""What an engine cannot do of daemon.json is refused with the reason and the version that can."""

import json
from typing import Any

import pytest

from components.host.facts import HostError
from components.host.render import docker_text
from components.host.scripts.engine_limits import engine_refusals
from tests.unit.host.test_render import BLOCK, facts_text, on_docker0

IPV6_POOL = [{"base": "172.20.0.0/16", "size": 24}, {"base": "2001:db8:0:100:1::/80", "size": 96}]
NEEDS_EXPERIMENTAL = {
    "ip6tables": "before docker engine 27 that needs experimental, and dockerd does not start without; take "
    "ip6tables out, or install engine 27 or newer"
}
NO_ANSWERS = {
    "ip-masq": "from docker engine 28.2 on containers on docker0 get no answers then; take it out, and for "
    "containers that are seen with their own addresses use network routed"
}
NO_POOLS = {
    "default-address-pools": "before docker engine 27 a network that does not ask for IPv6, as those of "
    "Compose, gets none from a pool; take those of IPv6 out, or install engine 27 or newer"
}
NO_NFTABLES = {"firewall-backend": "that needs docker engine 29; take it out, or install engine 29 or newer"}


@pytest.mark.parametrize(
    ("settings", "engine", "refused"),
    [
        ({"ip6tables": True}, "20.10.24", NEEDS_EXPERIMENTAL),
        ({"ip6tables": True, "experimental": False}, "26.1.5", NEEDS_EXPERIMENTAL),
        ({"ip6tables": True, "experimental": True}, "26.1.5", {}),
        ({"ip6tables": False}, "20.10.24", {}),
        ({"ip6tables": True}, "27.0.1", {}),
        ({"ip-masq": False}, "28.1.1", {}),
        ({"ip-masq": False}, "28.2.0", NO_ANSWERS),
        ({"ip-masq": False}, "29", NO_ANSWERS),
        ({"ip-masq": True}, "28.5.2", {}),
        ({"default-address-pools": IPV6_POOL}, "26.1.5", NO_POOLS),
        ({"default-address-pools": IPV6_POOL[:1]}, "26.1.5", {}),
        ({"default-address-pools": IPV6_POOL}, "27.5.1", {}),
        ({"firewall-backend": "nftables"}, "28.5.2", NO_NFTABLES),
        ({"firewall-backend": "iptables"}, "28.5.2", {}),
        ({"firewall-backend": "nftables"}, "29.1.3", {}),
        ({"ip6tables": True, "default-address-pools": IPV6_POOL}, "20.10.24", NEEDS_EXPERIMENTAL | NO_POOLS),
    ],
)
def test_what_an_engine_cannot_do_is_said_with_the_version_that_can(
    settings: dict[str, Any], engine: str, refused: dict[str, str]
) -> None:
    assert engine_refusals(settings, engine) == refused


def test_the_docker_step_refuses_it_before_anything_is_written() -> None:
    facts = facts_text(daemon_json={"ip-masq": False, "default-address-pools": IPV6_POOL})
    with pytest.raises(HostError) as refused:
        docker_text(facts, json.dumps({"engine": "28.5.2"}), BLOCK, on_docker0())
    assert str(refused.value) == (
        "the host's own /etc/docker/daemon.json asks for what its docker engine 28.5.2 cannot do: "
        "ip-masq is false: " + NO_ANSWERS["ip-masq"]
    )
