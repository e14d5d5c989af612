"""ReachabilityCheck: proves, from the hosts and from outside, that every container can be reached."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_command.local import Command, Logging

from .compose.outline import outline
from .compose_app import DeclaredApp, as_app
from .connection import DEFAULT_PYTHON, Ssh, proxy, ssh_port, ssh_user
from .declared import DeclaredContainer, DeclaredNetwork, in_order
from .derived import derived
from .docker_container import DEFAULT_WAY
from .ssh_key_variables import OWN_PRIVATE_KEYS_VARIABLE, PRIVATE_KEY_VARIABLE

PROVER = f"{__package__}.reachability_check"
APPS_VARIABLE = "DUALSTACK_APPS"
"""A digest of all Compose projects, secrets too. Nobody reads it: another one has the check run again."""


class CheckedHost(TypedDict):
    """A host whose containers are checked."""

    name: str
    """Its name in the table."""
    instance_id: pulumi.Input[str]
    """The id of its instance: a new instance is checked anew."""
    address: pulumi.Input[str]
    """Its own IPv6 address."""
    prefix: pulumi.Input[str]
    """What its containers have their IPv6 addresses from, in CIDR form."""
    gateway: pulumi.Input[str]
    """The IPv6 gateway its default route shall have."""
    ssh_address: pulumi.Input[str]
    """Where SSH goes."""
    host_key: pulumi.Input[str]
    """Its public SSH key, one line."""
    ssh: NotRequired[Ssh]
    """How to log in on this host, if not like on the others."""
    upstream_route: NotRequired[pulumi.Input[str]]
    """The route that the router before it needs for its containers, as `PREFIX via ADDRESS`, if any."""
    open: NotRequired[str]
    """`declared` or `all`: what its filter lets in. Default: declared."""
    network: NotRequired[str]
    """The way of its container networks. Default: default-bridge."""
    networks: NotRequired[list[DeclaredNetwork]]
    """Its networks, where it declares any."""
    containers: NotRequired[list[DeclaredContainer]]
    """The containers that were declared on it."""
    apps: NotRequired[list[DeclaredApp]]
    """The Compose projects that were declared on it."""
    egress_only: NotRequired[bool]
    """Its subnet leads out and not in: nobody may reach its containers from the internet. Default: false."""


class ReachabilityCheckArgs(TypedDict):
    """What a `ReachabilityCheck` is made from."""

    hosts: list[CheckedHost]
    """The hosts."""
    ssh: Ssh
    """How to log in on all of them."""
    internet_targets: NotRequired[list[str]]
    """IPv6 addresses and http URLs on the internet that containers shall reach; only warned about."""
    python: NotRequired[str]
    """The Python that runs the check on the machine that runs Pulumi, absolute or relative to the project;
    it needs this package. Default: .venv/bin/python."""


class ReachabilityCheck(pulumi.ComponentResource):
    """A check that runs again whenever a host or a container changes, and takes no container address.

    A pair that does not reach each other fails the update; the error holds the table. Raises ComposeFileError
    for a project that cannot run on a host.
    """

    table: pulumi.Output[str]
    """Who reaches whom, as plain text."""

    def __init__(
        self, name: str, args: ReachabilityCheckArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("dualstack:index:ReachabilityCheck", name, {}, opts)
        # Given as a path relative to the project, two people and a CI see no difference.
        interpreter = [args.get("python", DEFAULT_PYTHON), "-m"]
        wanted = pulumi.Output.json_dumps(_wanted(args), indent=2)
        check = Command(
            f"{name}-check",
            interpreter=interpreter,
            create=PROVER,
            update=PROVER,
            stdin=wanted,
            environment=_environment(args),
            add_previous_output_in_env=False,
            # Progress while it runs; the table comes whole, as an output or in the error.
            logging=Logging.STDERR,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.table = check.stdout
        self.register_outputs({"table": self.table})


def _environment(args: ReachabilityCheckArgs) -> dict[str, pulumi.Output[str]]:
    """The private keys: of all hosts, and, as JSON by their names, of those that have one of their own."""
    keys = {PRIVATE_KEY_VARIABLE: pulumi.Output.secret(args["ssh"]["private_key"])}
    own = {host["name"]: host["ssh"]["private_key"] for host in args["hosts"] if "ssh" in host}
    if own:
        keys[OWN_PRIVATE_KEYS_VARIABLE] = pulumi.Output.secret(pulumi.Output.json_dumps(own))
    if apps := [host.get("apps", []) for host in args["hosts"] if host.get("apps")]:
        digest = derived(_digest, pulumi.Output.json_dumps(apps, sort_keys=True))
        keys[APPS_VARIABLE] = pulumi.Output.secret(digest)
    return keys


def _digest(apps: str) -> str:
    return sha256(apps.encode()).hexdigest()


def _wanted(args: ReachabilityCheckArgs) -> Mapping[str, Any]:
    ssh = args["ssh"]
    return {
        "hosts": [_host(host) for host in args["hosts"]],
        "ssh": {"user": ssh_user(ssh), "port": ssh_port(ssh), "proxy": proxy(ssh)},
        "internet_targets": args.get("internet_targets", []),
    }


def _host(host: CheckedHost) -> Mapping[str, Any]:
    own: dict[str, Any] = {}
    if "ssh" in host:
        own["login"] = {"user": ssh_user(host["ssh"]), "port": ssh_port(host["ssh"])}
    if "upstream_route" in host:
        own["upstream_route"] = host["upstream_route"]
    if host.get("apps"):
        own["apps"] = [outline(as_app(app)) for app in host.get("apps", [])]
    return {
        # Only where it is so: a check that knew nothing of it stays the same.
        **({"egress_only": True} if host.get("egress_only") else {}),
        **own,
        "name": host["name"],
        "instance": host["instance_id"],
        "address": host["address"],
        "prefix": host["prefix"],
        "gateway": host["gateway"],
        "ssh_address": host["ssh_address"],
        "host_key": host["host_key"],
        "open": host.get("open", "declared"),
        "network": host.get("network", DEFAULT_WAY),
        "networks": host.get("networks", []),
        "containers": in_order(host.get("containers", [])),
    }
