"""A host that was there before and is well, and what the preflight says where it is otherwise."""

import json
from dataclasses import replace
from typing import Any

from components.container_networks.plan import NetworkWishes
from components.containers import Container
from components.host.preflight import preflight_text
from tests.unit.host.test_host_files import script

rules = script("preflight_rules")

PREFIX = "2001:db8:a:101::/64"
WEB = Container("web", "lab/web:1", place=1)


def wishes(way: str = "default-bridge", prefix: str = PREFIX, **more: Any) -> dict[str, Any]:
    text = preflight_text(
        prefix,
        wishes=NetworkWishes(way, containers=(WEB,)),
        interface=None,
        internet_targets=("http://internet.example/", "2001:db8:ffff::1"),
        accept=more.pop("accept", ()),
    )
    return {**json.loads(text), **more}


WELL = rules.Found(
    interface="eth0",
    addresses=("2001:db8:a:100::11/64",),
    gateway="2001:db8:a:100::1",
    gateway_answers=True,
    route_protocol="static",
    accept_ra="0",
    target="2001:db8:ffff::1",
    ping=True,
    pings_back=True,
    engine="26.1.5",
    has_docker_unit=True,
    flags={"H": "fd://"},
    flags_file="/usr/lib/systemd/system/docker.service",
    daemon_json={},
    containers=(),
    networks=(),
    ufw_forwards=None,
    firewalld=False,
    netplan="1.1.2",
    forwards_ipv4=True,
    ipv4_policy="DROP",
)
DROP_IN = "/etc/systemd/system/docker.service.d/flags.conf"
NO_PING = (
    "ping: no answer from 2001:db8:ffff::1: IPv6 does not lead out of this host; mend that first, or set "
    "internetTargets to an address that answers pings"
)


def refused(wished: dict[str, Any] | None = None, **found: Any) -> list[str]:
    refusals, _ = rules.judge(replace(WELL, **found), wished or wishes())
    return [f"{one.name}: {one.text}" for one in refusals]


def warned(wished: dict[str, Any] | None = None, **found: Any) -> list[str]:
    _, warnings = rules.judge(replace(WELL, **found), wished or wishes())
    return [f"{one.name}: {one.text}" for one in warnings]
