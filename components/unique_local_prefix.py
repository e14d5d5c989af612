"""UniqueLocalPrefix: a private IPv6 /48 of a stack, drawn once and kept."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_command.local import Command

GENERATOR = f"{__package__}.unique_local"
DEFAULT_PYTHON = ".venv/bin/python"


class UniqueLocalPrefixArgs(TypedDict):
    """What a `UniqueLocalPrefix` is made from."""

    protect: NotRequired[bool]
    """Refuse to delete it, as the hosts' private addresses follow from it. Default: false."""
    python: NotRequired[str]
    """The Python that draws it on the machine that runs Pulumi, absolute or relative to the project; it needs
    this package. Default: .venv/bin/python."""


class UniqueLocalPrefix(pulumi.ComponentResource):
    """A /48 whose 40 bits are random (RFC 4193, 3.2): private networks with such prefixes can be joined one
    day. It is drawn when the resource is created, and then stays in the stack's state, whatever changes here.
    """

    prefix: pulumi.Output[str]
    """The /48, in CIDR form."""

    def __init__(
        self, name: str, args: UniqueLocalPrefixArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("dualstack:index:UniqueLocalPrefix", name, {}, opts)
        drawn = Command(
            f"{name}-drawn",
            interpreter=[args.get("python", DEFAULT_PYTHON), "-m"],
            create=GENERATOR,
            # Without it a changed line would draw another one.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.get("protect"),
                ignore_changes=["create", "interpreter", "environment", "dir", "logging"],
            ),
        )
        self.prefix = drawn.stdout
        self.register_outputs({"prefix": self.prefix})
