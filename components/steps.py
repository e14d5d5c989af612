"""The steps on a host as Pulumi resources: one pulumi-command `Command` for each concern."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_command.remote import Command, ConnectionArgs, Logging

from .connection import DEFAULT_PYTHON
from .host.steps import Concern, command_line, remove_line, scripts_bundle

REVERT_AFTER = 120
"""Seconds; that of `netplan try`."""


@dataclass(frozen=True)
class HostUnderWork:
    """Where steps are run. Each belongs to `parent`, and lives and dies with the instance `instance_id`.

    `instance` is the resource itself, where the caller has it: then its end takes the steps with it, and no
    `delete` dials a host that is gone. `repair`: any text; another one runs every step once more.
    `met`: the first contact with the host, before every step.
    `revert_after`: seconds after which the host reverts a change of its network that nobody confirmed.
    `reaches`: IPv6 addresses beyond the host that must answer it after such a change, if they do before.
    `python`: runs such a step on the machine that runs Pulumi, absolute or relative to the project.
    """

    parent: pulumi.Resource
    connection: ConnectionArgs
    instance_id: pulumi.Input[str]
    instance: pulumi.Resource | None = None
    repair: str = ""
    met: pulumi.Resource | None = None
    revert_after: int = REVERT_AFTER
    reaches: Sequence[str] = ()
    python: str = DEFAULT_PYTHON

    @property
    def reason(self) -> pulumi.Output[str]:
        """A comment for the line of a step: another one runs it anew. The instance's id, and what repairs."""
        again = f", repair {self.repair}" if self.repair else ""
        return pulumi.Output.concat(" # on ", self.instance_id, again)

    def step(
        self,
        name: str,
        concern: Concern,
        stdin: pulumi.Input[str],
        after: Sequence[pulumi.Resource] = (),
        *,
        named: str | None = None,
        hooks: pulumi.ResourceHookBinding | None = None,
    ) -> Command:
        """The resource `name` that applies one concern, once those in `after` are done.

        `named`: the container or project that it is about. `hooks`: run at changes of the resource.

        A new instance runs it anew: its id stands in the line, as a comment. (`triggers` would replace the
        resource, and run the `delete` meant for the old instance on the new one, which has the same address.)
        """
        hash12 = scripts_bundle()[1]
        line = pulumi.Output.concat(command_line(concern, hash12, named), self.reason)
        reads_facts = concern == "facts"
        # An instance goes as a whole; a host that was there before is given back as it was.
        stays = reads_facts and self.instance is not None
        return Command(
            name,
            connection=self.connection,
            create=line,
            update=line,
            delete=None if stays else remove_line(concern, hash12, named),
            stdin=stdin,
            logging=Logging.STDERR if reads_facts else Logging.STDOUT_AND_STDERR,
            # Stock sshd refuses these variables, with a warning for each.
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(
                parent=self.parent,
                depends_on=[*after, *([self.met] if self.met is not None else [])],
                deleted_with=self.instance,
                delete_before_replace=True,
                hooks=hooks,
            ),
        )
