"""`python -m components.doctor --stack NAME HOST`: prints one line for each layer."""

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncssh

from ..contact.attempt import Contact, Setback, attempt
from ..contact.wanted import Wanted as Meeting
from ..pulumi_cli import PulumiFailedError, pulumi_json
from ..reachability_check.check import check
from ..reachability_check.sessions import Keys
from ..reachability_check.wanted import parse
from ..verify.looking import look_at
from ..verify.report import repair_line, report_of
from ..verify.state import HostInState, StateError, chosen, hosts_in, name_of, plain
from .layers import Layer, as_text, failures_with, not_looked_at, on_host, pairs, security_group, way_in

CONNECT_SECONDS = 10
DISCARD_PORT = 9
CHECK = "reachability-check"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
STEPS = ("facts", "kernel", "engine", "filter", "docker")

Resources = Sequence[Mapping[str, Any]]


def main(arguments: Sequence[str]) -> int:
    """Prints the layers of one host; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.doctor",
        description="Say at which layer a host or its containers stop being reached. Exit code 0: at none, "
        "1: the state could not be read, 2: at one.",
    )
    parser.add_argument("--stack", required=True, help="the stack's name, as for pulumi")
    parser.add_argument("--cwd", default=".", help="the project's folder; default: this one")
    parser.add_argument("host", help="the host's name")
    options = parser.parse_args(arguments)
    try:
        export = pulumi_json(["stack", "export", "--show-secrets", "--stack", options.stack], options.cwd)
        (host,) = chosen(hosts_in(export), [options.host], options.stack)
    except (PulumiFailedError, StateError) as error:
        print(f"doctor: {error}", file=sys.stderr)
        return 1
    resources: Resources = export["deployment"]["resources"]
    layers = [_state(host), *_looked(host, resources), _security_group(host, resources)]
    print(as_text(host.name, layers), end="")
    return 2 if any(layer.ok is False for layer in layers) else 0


def _state(host: HostInState) -> Layer:
    missing = [concern for concern in STEPS if host.step(concern) is None]
    if missing:
        return Layer("state", False, f"not done yet: {', '.join(missing)}", "run `pulumi up`")
    return Layer("state", True, f"all {len(host.steps)} steps ended well")


def _looked(host: HostInState, resources: Resources) -> list[Layer]:
    login = host.login
    door = host.bastion or login
    routed = _has_route(door.address, door.port)
    met = asyncio.run(_meet(host)) if routed else None
    where = f"{login.user}@{login.address} port {login.port}"
    layers = way_in(where, routed, met, _instance(host.name, resources))
    if not isinstance(met, Contact):
        return [*layers, *not_looked_at(), Layer("pairs", None, not_looked_at()[0].text)]
    (looked,) = look_at([host])
    if looked.wanted is None or looked.found is None:
        failed = Layer("host", False, looked.problem or "", "log in, and look at its journal")
        return [*layers, failed, *not_looked_at()]
    report = report_of(looked)
    repair = repair_line([report], datetime.now(tz=UTC).date(), host.repair)
    return [*layers, *on_host(report.differences, looked.wanted.nic, repair), _pairs(host.name, resources)]


def _has_route(address: str, port: int) -> bool:
    """Whether the kernel knows a way. Sends nothing: a UDP socket only looks up."""
    try:
        found = socket.getaddrinfo(address, port or DISCARD_PORT, type=socket.SOCK_DGRAM)
    except OSError:
        return False
    for family, kind, protocol, _, where in found:
        with socket.socket(family, kind, protocol) as probe:
            try:
                probe.connect(where)
            except OSError:
                continue
            return True
    return False


async def _meet(host: HostInState) -> Contact | Setback:
    meeting = Meeting(host.name, host.login, host.bastion, "given", CONNECT_SECONDS)
    return await attempt(meeting, asyncssh.import_private_key(host.key), CONNECT_SECONDS)


def _instance(host: str, resources: Resources) -> str:
    return next((str(one["id"]) for one in resources if name_of(one) == f"{host}-instance"), "")


def _check(resources: Resources) -> Mapping[str, Any] | None:
    inputs = (one.get("inputs") for one in resources if name_of(one) == CHECK and one.get("inputs"))
    return next((plain(one) for one in inputs), None)


def _pairs(host: str, resources: Resources) -> Layer:
    """Makes the whole check once more; the lines about this host."""
    inputs = _check(resources)
    if inputs is None:
        return Layer("pairs", None, "the state has no reachability check")
    try:
        table, _ = asyncio.run(check(parse(inputs["stdin"]), Keys.of_environment(inputs["environment"])))
    except (OSError, ValueError, KeyError, asyncssh.Error) as problem:
        return Layer("pairs", False, f"the check could not be made: {problem}", "see the layers before")
    return pairs(failures_with(host, table))


def _security_group(host: HostInState, resources: Resources) -> Layer:
    rules = [
        (str(one["inputs"]["ipProtocol"]), one["inputs"].get("fromPort"), one["inputs"].get("toPort"))
        for one in resources
        if one["type"] == INGRESS_RULE
    ]
    given = json.loads((_check(resources) or {}).get("stdin") or "{}")
    declared = [
        str(port)
        for one in given.get("hosts", ())
        if one["name"] == host.name
        for container in one.get("containers", ())
        for port in container.get("ports", ())
    ]
    words = (port.rpartition("/") for port in declared)
    # Where a port is published on the host's address, that number is the one that is reached.
    ports = [(protocol, int(numbers.partition(":")[0])) for numbers, _, protocol in words]
    return security_group(rules, ports, on_aws=bool(rules) and bool(_instance(host.name, resources)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
