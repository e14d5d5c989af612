"""HOST-reboot: a host that needs a reboot has it, before its filter and its containers.

On the machine that runs Pulumi, as a session on the host ends with it.
"""

import pulumi
from pulumi_command.local import Command

from .connection import Ssh
from .existing import Machine
from .first_contact import PRIVATE_KEY_VARIABLE, contact_command, wanted
from .host.steps import INSTALL_DIRECTORY, scripts_bundle
from .steps import HostUnderWork

REBOOT_NEEDED_VARIABLE = "DUALSTACK_REBOOT_NEEDED"


def reboot_when_needed(
    name: str, machine: Machine, ssh: Ssh, python: str, host: HostUnderWork, after: pulumi.Resource
) -> Command:
    """The resource `name`-reboot. It looks when it is made, and when the host's steps are run anew.

    It has no `delete`: what was booted stays booted.
    """
    known_from = "given" if machine.instance is None else "user-data"
    return contact_command(
        f"{name}-reboot",
        host.parent,
        pulumi.Output.concat("reboot-when-needed", host.reason),
        wanted(name, ssh, machine.ssh_address, known_from, machine.id, machine.host_key),
        {
            PRIVATE_KEY_VARIABLE: pulumi.Output.secret(ssh["private_key"]),
            REBOOT_NEEDED_VARIABLE: f"sudo {INSTALL_DIRECTORY}/{scripts_bundle()[1]}/reboot-needed",
        },
        python,
        [after],
    )
