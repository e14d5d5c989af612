"""ComposeApp: a Compose project on a host, with IPv6 addresses from the host's prefix."""

from collections.abc import Mapping
from functools import partial
from ipaddress import IPv6Network
from typing import NotRequired, TypedDict

import pulumi

from .compose.app import App
from .compose.checks import app_errors
from .compose.plan import places_in_order, plan_app
from .compose.project import ComposeFileError, ComposeProject, parse_project
from .connection import Ssh, connection
from .derived import derived
from .host.render import compose_text
from .steps import HostUnderWork

DEFAULT_WAY = "routed"


class DeclaredApp(TypedDict):
    """A Compose project as it is declared."""

    name: str
    """The project's name on the host: lower case letters, digits, `-` and `_`."""
    compose: str
    """The text of its Compose file. It needs no file beside it, and no IPv6 subnets in it."""
    networks: dict[str, int]
    """The number of each of its networks in the host's prefix, by the name it has in the file, for good."""
    places: NotRequired[dict[str, int]]
    """From 1: which address of each of its networks a service has. Default: its number in the file."""
    variables: NotRequired[dict[str, pulumi.Input[str]]]
    """Values for `${...}` in the file; they may be secrets."""


class ComposeAppArgs(TypedDict):
    """What a `ComposeApp` is made from."""

    app: DeclaredApp
    """The project."""
    prefix: pulumi.Input[str]
    """What the host's containers have their IPv6 addresses from, in CIDR form."""
    engine: pulumi.Input[str]
    """The version of Docker on the host, e.g. 28.5.2."""
    network: NotRequired[str]
    """The way of the host's container networks: one that has user networks. Default: routed."""
    open: NotRequired[str]
    """`declared`: only ICMPv6 and published ports reach the services over IPv6; `all`: before Docker Engine
    27 every port does. Default: declared."""
    instance_id: pulumi.Input[str]
    """The id of the host's instance: a new instance gets the project anew."""
    repair: NotRequired[str]
    """Any text: another one runs the step once more. Default: none."""
    ssh: Ssh
    """How to log in on the host."""
    ssh_address: pulumi.Input[str]
    """Where SSH goes: the host's IPv6 address, or its public IPv4 address."""
    host_key: pulumi.Input[str]
    """The host's public SSH key, one line."""


class ComposeApp(pulumi.ComponentResource):
    """A Compose project that runs on a Docker host with Compose v2. Its networks are dual-stack, and each
    service with one container has an IPv6 address that stays.

    An update restarts the services that changed. What ends is taken away, save volumes. Give the instance as
    `deleted_with`: then nothing is undone on a host that goes away as a whole.
    """

    addresses: pulumi.Output[dict[str, str]]
    """The IPv6 address of each service with one container, on its first network, by name."""

    def __init__(self, name: str, args: ComposeAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("dualstack:index:ComposeApp", name, {}, opts)
        app = as_app(args["app"])
        way = args.get("network", DEFAULT_WAY)
        variables = args["app"].get("variables", {})
        host = HostUnderWork(
            parent=self,
            connection=connection(args["ssh"], args["ssh_address"], args["host_key"]),
            instance_id=args["instance_id"],
            instance=opts and opts.deleted_with,
            repair=args.get("repair", ""),
        )
        render = partial(
            compose_text,
            app=app,
            way=way,
            open_="all" if args.get("open") == "all" else "declared",
            variables=tuple(variables),
        )
        host.step(
            f"{name}-compose",
            "compose",
            derived(render, args["engine"], args["prefix"], *variables.values()),
            named=app.name,
        )
        self.addresses = derived(partial(_addresses, app, way), args["prefix"])
        self.register_outputs({"addresses": self.addresses})


def as_app(declared: DeclaredApp) -> App:
    """The project as the planning takes it. Raises ComposeFileError with everything that is wrong."""
    project = parse_project(declared["compose"], tuple(declared.get("variables", {})))
    numbers = _whole(declared["networks"])
    places = _whole(declared.get("places", {}))
    if errors := app_errors(project, numbers, places):
        raise ComposeFileError([f"app {declared['name']}: {error}" for error in errors])
    return make_app(declared["name"], project, numbers, places)


def declared_app(app: App) -> DeclaredApp:
    """The project as a component takes it."""
    declared: DeclaredApp = {
        "name": app.name,
        "compose": app.project.text,
        "networks": dict(app.numbers),
        "places": dict(app.places),
    }
    if app.variables:
        # What a file leaves open is a password as often as not.
        declared["variables"] = {name: pulumi.Output.secret(value) for name, value in app.variables}
    return declared


def make_app(
    name: str, project: ComposeProject, numbers: Mapping[str, int], places: Mapping[str, int]
) -> App:
    """The project with a place for each service that can have one."""
    return App(name, project, tuple(numbers.items()), places_in_order(project, places))


def _whole(numbers: Mapping[str, int]) -> dict[str, int]:
    """Numbers from another language may come as floats."""
    return {name: int(number) for name, number in numbers.items()}


def _addresses(app: App, way: str, prefix: str) -> dict[str, str]:
    plan = plan_app(app, IPv6Network(prefix), way)
    return {container.name: str(container.address) for container in plan.containers}
