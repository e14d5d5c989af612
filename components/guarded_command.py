"""A step that changes the network under SSH, as one Pulumi resource."""

from collections.abc import Sequence
from typing import Any, cast

import pulumi
from pulumi_command.local import Command, Logging

from .host.steps import Concern, scripts_bundle
from .ssh_key_variables import PRIVATE_KEY_VARIABLE
from .steps import HostUnderWork

DRIVER = f"{__package__}.guarded_step"
TARGET_VARIABLE = "DUALSTACK_HOST"


def guarded_command(
    host: HostUnderWork, of: str, concern: Concern, stdin: pulumi.Input[str], after: Sequence[pulumi.Resource]
) -> Command:
    """The resource `OF-CONCERN`: applies the concern in one SSH session and confirms it from another.

    It is one resource, so that it is recorded whole or not at all. A new instance runs it anew, as other
    steps: its id stands in the line, as a comment.
    """
    words = f"{concern} {scripts_bundle()[1]}"
    line = pulumi.Output.concat(f"apply {words}", host.reason)
    return Command(
        f"{of}-{concern}",
        # Given as a path relative to the project, two people and a CI see no difference.
        interpreter=[host.python, "-m", DRIVER],
        create=line,
        update=line,
        delete=f"remove {words}",
        stdin=stdin,
        environment={
            PRIVATE_KEY_VARIABLE: pulumi.Output.secret(
                cast("pulumi.Input[str]", host.connection.private_key)
            ),
            TARGET_VARIABLE: _target(host, of),
        },
        add_previous_output_in_env=False,
        logging=Logging.STDERR,
        opts=pulumi.ResourceOptions(
            parent=host.parent,
            depends_on=[*after, *([host.met] if host.met is not None else [])],
            deleted_with=host.instance,
            delete_before_replace=True,
        ),
    )


def _target(host: HostUnderWork, of: str) -> pulumi.Output[str]:
    """What `guarded_step.target.parse_target` reads."""
    proxy = host.connection.proxy
    return pulumi.Output.json_dumps(
        {
            "name": of,
            **_login(host.connection),
            "bastion": _login(proxy) if proxy else None,
            "revertAfter": host.revert_after,
            **({"reaches": list(host.reaches)} if host.reaches else {}),
        }
    )


def _login(connection: Any) -> dict[str, pulumi.Input[Any]]:
    return {
        "host": connection.host,
        "port": connection.port,
        "user": connection.user,
        "hostKey": connection.host_key,
    }
