"""HOST-reboot: a host that needs a reboot has it, before its filter and its containers.

On the machine that runs Pulumi, as a session on the host ends with it.
"""

import pulumi
from pulumi_command.local import Command

from .docker_host_args import DockerHostArgs
from .first_contact import contact_command, login_environment, wanted
from .host.steps import INSTALL_DIRECTORY, scripts_bundle
from .machine import Machine
from .steps import HostUnderWork

REBOOT_NEEDED_VARIABLE = "DUALSTACK_REBOOT_NEEDED"


def reboot_when_needed(
    name: str, args: DockerHostArgs, machine: Machine, host: HostUnderWork, after: pulumi.Resource
) -> Command:
    """The resource `name`-reboot. It looks when it is made, and when the host's steps are run anew.

    It has no `delete`: what was booted stays booted.
    """
    reboot_needed = f"sudo {INSTALL_DIRECTORY}/{scripts_bundle()[1]}/reboot-needed"
    return contact_command(
        f"{name}-reboot",
        host.parent,
        args,
        pulumi.Output.concat("reboot-when-needed", host.reason),
        wanted(name, args, machine),
        {**login_environment(args), REBOOT_NEEDED_VARIABLE: pulumi.Output.from_input(reboot_needed)},
        [after],
    )
