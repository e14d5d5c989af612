"""HOST-ssh: waits for a host and sees that it is the right one, before any other step goes there.

pulumi-command would wait for ever for a host that takes connections and says nothing, and tries a wrong host
key again and again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from typing import Any

import pulumi
from pulumi_command.local import Command, Logging

from .config_types import DEFAULT_WAIT
from .connection import Ssh, proxy, ssh_port, ssh_user
from .derived import derived
from .existing import Machine

PROGRAM = f"{__package__}.contact"
PRIVATE_KEY_VARIABLE = "DUALSTACK_SSH_PRIVATE_KEY"
DECLARED_VARIABLE = "DUALSTACK_DECLARED"
"""A digest of all that is declared for the host, secrets too. Nobody reads it: another one, and so every
change of the host's steps, has the host met again."""


def first_contact(
    name: str,
    parent: pulumi.Resource,
    machine: Machine,
    ssh: Ssh,
    known_from: str,
    declared: Mapping[str, Any],
    python: str,
) -> Command:
    """The resource `name`-ssh. `declared`: what the host's steps follow from, in any form that is JSON.
    `known_from`: where the host key is known from, for the advice when it is another.

    It has no `delete`: on a host that is taken away, nothing is met.
    """
    return contact_command(
        f"{name}-ssh",
        parent,
        "wait-for-ssh",
        wanted(name, ssh, machine.ssh_address, known_from, machine.id, machine.host_key),
        {
            PRIVATE_KEY_VARIABLE: pulumi.Output.secret(ssh["private_key"]),
            DECLARED_VARIABLE: pulumi.Output.secret(
                derived(_digest, pulumi.Output.json_dumps(declared, sort_keys=True))
            ),
        },
        python,
    )


def contact_command(
    name: str,
    parent: pulumi.Resource,
    verb: pulumi.Input[str],
    stdin: pulumi.Input[str],
    environment: Mapping[str, pulumi.Input[str]],
    python: str,
    after: Sequence[pulumi.Resource] = (),
) -> Command:
    """A run of the contact program, on the machine that runs Pulumi, once those in `after` are done."""
    return Command(
        name,
        # Given as a path relative to the project, two people and a CI see no difference.
        interpreter=[python, "-m", PROGRAM],
        create=verb,
        update=verb,
        stdin=stdin,
        environment=dict(environment),
        add_previous_output_in_env=False,
        logging=Logging.STDERR,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )


def wanted(
    name: str,
    ssh: Ssh,
    address: pulumi.Input[str],
    known_from: str,
    instance: pulumi.Input[str],
    host_key: pulumi.Input[str] | None = None,
) -> pulumi.Output[str]:
    """What the contact program reads; `contact/wanted.py` takes it apart."""
    login = {"address": address, "port": ssh_port(ssh), "user": ssh_user(ssh), "host_key": host_key}
    bastion = proxy(ssh)
    return pulumi.Output.json_dumps(
        {
            "host": name,
            **login,
            "bastion": bastion
            and {
                "address": bastion["host"],
                "port": int(bastion.get("port", 22)),
                "user": bastion.get("user", ssh_user(ssh)),
                "host_key": bastion["host_key"],
            },
            "known_from": known_from,
            "seconds": int(ssh.get("wait", DEFAULT_WAIT)),
            "instance": instance,
        },
        indent=2,
    )


def _digest(declared: str) -> str:
    return hashlib.sha256(f"{_package_digest()} {declared}".encode()).hexdigest()


@cache
def _package_digest() -> str:
    """Of this package's files: another version may run other steps from the same config."""
    digest = hashlib.sha256()
    for path, content in sorted(_sources(package_files(__package__ or ""), "")):
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            found += _sources(entry, f"{path}{entry.name}/")
        elif entry.is_file():
            found.append((f"{path}{entry.name}", entry.read_bytes()))
    return found
