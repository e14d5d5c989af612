"""Tags: what every AWS resource of this package carries, so that it is found again."""

from collections.abc import Mapping

import pulumi

STACK_TAG = "dualstack:stack"
"""The Pulumi stack that made the resource, as `project/stack`: `components.orphans` looks for it."""
RESOURCE_TAG = "dualstack:resource"
"""The name the resource has in that stack: with it a lost resource is imported or deleted."""
SLOT_TAG = "dualstack:slot"
"""The slot of a host's network interface, decimal."""
BLOCK_TAG = "dualstack:block"
"""The prefix length of the container block on a host's network interface, decimal."""
ADDRESSES_TAG = "dualstack:addresses"
"""The way a host's network interface gets its addresses; without it `block`."""
UNIQUE_LOCAL_TAG = "dualstack:unique-local-prefix"
"""The /48 that the private addresses of a host's containers are taken from."""
SUBNET_TAG = "dualstack:subnet"
"""The name of the subnet of a host's network interface; without it the stack's default one."""


def resource_tags(
    name: str,
    tags: Mapping[str, pulumi.Input[str]] | None = None,
    own: Mapping[str, pulumi.Input[str]] | None = None,
) -> dict[str, pulumi.Input[str]]:
    """The tags of the resource that is called `name` in the Pulumi program.

    `tags` are the user's and may replace `Name`; `own` are the component's and, like the `dualstack:` ones,
    stand whatever the user gave.
    """
    return {
        "Name": name,
        **(tags or {}),
        STACK_TAG: f"{pulumi.get_project()}/{pulumi.get_stack()}",
        RESOURCE_TAG: name,
        **(own or {}),
    }
