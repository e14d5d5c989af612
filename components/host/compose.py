"""The compose steps: a project's files on the host, and what is put beside the user's own.

Compose merges its second file into the first (Compose Specification, "Merge"): the user's file stays as it
is, and addresses, driver options and the project's name come from ours.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from ..compose.app import App
from ..compose.project import ComposeNetwork
from ..container_networks.engines import FIRST_WITH_IP6TABLES
from ..container_networks.filtering import inside_networks
from ..container_networks.plan import HostPlan, PlannedNetwork
from ..container_networks.registry import WAYS
from .docker import major
from .facts import HostError
from .files import HostFile
from .nft_table import table_files

DOCKER0: Final = "docker0"
APPS: Final = "/etc/dualstack/apps"

_HEADER: Final = "# Written by dualstack: the addresses, beside the project's own compose.yaml.\n"


def compose_files(
    app: App, plan: HostPlan, engine: str, variables: Mapping[str, str]
) -> tuple[HostFile, ...]:
    """The project's file, the one beside it, the values of its variables, the plan that the step compares
    with the one before, and the filter where the engine has none.

    Raises HostError for what this engine cannot do, and for a value that cannot be written.
    """
    version, folder = major(engine), f"{APPS}/{app.name}"
    _refuse(app, plan, version)
    return (
        HostFile(f"{folder}/compose.yaml", _ending_with_newline(app.project.text), mode=0o600),
        HostFile(f"{folder}/compose.override.yaml", override_text(app, plan, version), mode=0o600),
        *([HostFile(f"{folder}/.env", environment_text(variables), mode=0o600)] if variables else []),
        HostFile(f"{folder}/plan", _plan_text(app, plan, version)),
        *_filter_files(app.name, _rules(app, plan, version)),
    )


def override_text(app: App, plan: HostPlan, engine: int) -> str:
    """The file that gives the project's networks their IPv6 subnets, and its services their addresses."""
    services = {
        container.name: {
            "networks": {name: {"ipv6_address": str(address)} for name, address in container.addresses}
        }
        for container in plan.containers
    }
    document: dict[str, Any] = {
        "name": app.name,
        **({"services": services} if services else {}),
        "networks": {
            network.name: _network(network, definition, WAYS[plan.way].network_options(network, engine))
            for network, definition in _with_definitions(app, plan)
        },
    }
    return _HEADER + yaml.safe_dump(document, sort_keys=False, default_flow_style=False)


def environment_text(variables: Mapping[str, str]) -> str:
    """The file from which Compose takes the values of `${...}`; between single quotes it takes every
    character as it is (Compose, "Interpolation").
    """
    wrong = [name for name, value in variables.items() if "'" in value or "\n" in value]
    if wrong:
        raise HostError(f"variables {', '.join(wrong)}: a value cannot have a single quote or a line's end")
    return "".join(f"{name}='{value}'\n" for name, value in variables.items())


def _with_definitions(app: App, plan: HostPlan) -> list[tuple[PlannedNetwork, ComposeNetwork]]:
    definitions = {network.name: network for network in app.project.networks}
    return [(network, definitions[network.name]) for network in plan.networks]


def _network(
    network: PlannedNetwork, definition: ComposeNetwork, options: Mapping[str, str]
) -> dict[str, Any]:
    ours = {"subnet": str(network.subnet), "gateway": str(network.gateway)}
    if network.automatic is not None:
        ours["ip_range"] = str(network.automatic)
    return {
        "enable_ipv6": True,
        "driver_opts": dict(options),
        # The file's own IPv4 subnets again: a merge keeps only those of the last file (Compose 2.26, 2.40).
        "ipam": {"config": [*(dict(each) for each in definition.ipam), ours]},
    }


def _plan_text(app: App, plan: HostPlan, engine: int) -> str:
    """One line for each network, with a digest of all that is said about it, and for each address."""
    lines: list[str] = []
    for network, definition in _with_definitions(app, plan):
        options = WAYS[plan.way].network_options(network, engine)
        said = [definition.definition, _network(network, definition, options)]
        lines.append(f"network {network.name} {_digest(said)}")
    lines += [
        f"address {container.name} {name} {address}"
        for container in plan.containers
        for name, address in container.addresses
    ]
    return "".join(f"{line}\n" for line in lines)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _refuse(app: App, plan: HostPlan, engine: int) -> None:
    planned = {container.name for container in plan.containers}
    problems = list(WAYS[plan.way].refusals(plan, engine))
    problems += [
        f"service {service.name}: it publishes ports and has {service.replicas} containers, whose addresses "
        f"docker engine {engine} filters not at all; run one, or install docker engine {FIRST_WITH_IP6TABLES}"
        for service in app.project.services
        if engine < FIRST_WITH_IP6TABLES
        and service.ports
        and service.networks
        and service.name not in planned
    ]
    if problems:
        raise HostError(f"app {app.name}: {'; '.join(problems)}")


def _rules(app: App, plan: HostPlan, engine: int) -> list[str]:
    """The way's rules. Before Engine 27 dockerd does not keep an internal network to itself over IPv6."""
    inside = inside_networks(plan)
    # What is about docker0 is in the host's own table.
    rules = [
        rule
        for rule in WAYS[plan.way].filter_rules(plan, engine)
        if DOCKER0 not in rule and rule not in inside
    ]
    if not rules:
        return []
    internal = [
        network.device for network, definition in _with_definitions(app, plan) if definition.is_internal
    ]
    return [
        *inside,
        *(f"{way} {device} drop" for device in internal for way in ("iifname", "oifname")),
        *rules,
    ]


def _filter_files(name: str, rules: Sequence[str]) -> tuple[HostFile, ...]:
    return table_files(
        f"dualstack_app_{name.replace('-', '_')}",
        f"{APPS}/{name}/filter.nft",
        f"dualstack-app-{name}",
        f"Filter what reaches the containers of {name} over IPv6",
        rules,
    )


def _ending_with_newline(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
