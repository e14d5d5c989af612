"""HOST-ssh: waits for a host and sees that it is the right one, before any other step goes there. And
HOST-last-contact: the same, before the steps of a host that stays are undone. And HOST-host-key: learns the
key of a host that was not given one.

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

from .aws_access import aws_environment
from .config.types import DEFAULT_WAIT
from .connection import DEFAULT_PYTHON, Ssh, proxy, ssh_port, ssh_user
from .derived import derived
from .docker_host_args import DockerHostArgs
from .machine import Machine
from .ssh_key_variables import PRIVATE_KEY_VARIABLE

PROGRAM = f"{__package__}.contact"
READERS = {"console": "read-console", "accept-new": "wait-for-ssh"}
"""What the contact program does to learn a host's key, by `host_keys`."""
DECLARED_VARIABLE = "DUALSTACK_DECLARED"
"""A digest of all that is declared for the host, secrets too. Nobody reads it: another one, and so every
change of the host's steps, has the host met again."""
NOT_SOURCES = ("__pycache__", "venv")
NOT_ON_THE_HOST = (
    *("ssh", "tags", "python", "network_interface_id", "key_name", "host_key_seed"),
    *("host_keys", "instance_type", "ami", "ubuntu_release", "reboot_when_needed"),
    "containers_reach_metadata",
)
"""What no step's text follows from."""


def first_contact(name: str, parent: pulumi.Resource, args: DockerHostArgs, machine: Machine) -> Command:
    """The resource `name`-ssh. It has no `delete`: a host that goes with its steps is not met again."""
    declared = {key: value for key, value in args.items() if key not in NOT_ON_THE_HOST}
    digest = derived(_digest, pulumi.Output.json_dumps(declared, sort_keys=True))
    environment = {**login_environment(args), DECLARED_VARIABLE: pulumi.Output.secret(digest)}
    return contact_command(
        f"{name}-ssh", parent, args, "wait-for-ssh", wanted(name, args, machine), environment
    )


def last_contact(
    name: str,
    parent: pulumi.Resource,
    args: DockerHostArgs,
    machine: Machine,
    after: Sequence[pulumi.Resource],
) -> Command:
    """The resource `name`-last-contact, of a host that stays when it leaves the program. It does nothing
    until it is deleted, which is before the steps in `after` are.
    """
    told, login = wanted(name, args, machine), login_environment(args)
    name = f"{name}-last-contact"
    return contact_command(name, parent, args, None, told, login, after, delete="wait-for-ssh")


def learned_host_key(
    name: str,
    parent: pulumi.Resource,
    args: DockerHostArgs,
    address: pulumi.Input[str],
    instance: pulumi.Input[str] = "",
) -> pulumi.Output[str]:
    """The public host key that the resource `name`-host-key learns, once: from the console of `instance`, or
    with the first login at `address`, as `host_keys` says.

    It is learned anew for another instance or place alone. At all other changes, such as of the login, the
    known one stays.
    """
    way = args.get("host_keys", "")
    return contact_command(
        f"{name}-host-key",
        parent,
        args,
        READERS[way],
        _wanted(name, args["ssh"], address, way, instance),
        aws_environment() if way == "console" else login_environment(args),
        update="keep-host-key",
        triggers=[instance, address, ssh_port(args["ssh"])],
    ).stdout


def contact_command(
    name: str,
    parent: pulumi.Resource,
    args: DockerHostArgs,
    verb: pulumi.Input[str] | None,
    stdin: pulumi.Input[str],
    environment: Mapping[str, pulumi.Input[str]],
    after: Sequence[pulumi.Resource] = (),
    *,
    update: str | None = None,
    delete: str | None = None,
    triggers: Sequence[Any] | None = None,
) -> Command:
    """A run of the contact program, on the machine that runs Pulumi, once those in `after` are done.

    `update`: what is done in the place of `verb` when it was done before; it sees what that printed.
    `delete`: what is done when the resource is deleted.
    """
    return Command(
        name,
        # Given as a path relative to the project, two people and a CI see no difference.
        interpreter=[args.get("python", DEFAULT_PYTHON), "-m", PROGRAM],
        create=verb,
        update=update or verb,
        delete=delete,
        stdin=stdin,
        environment=dict(environment),
        add_previous_output_in_env=update is not None,
        triggers=triggers,
        logging=Logging.STDERR,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )


def login_environment(args: DockerHostArgs) -> dict[str, pulumi.Output[str]]:
    """The variable that the contact program has the private key from."""
    return {PRIVATE_KEY_VARIABLE: pulumi.Output.secret(args["ssh"]["private_key"])}


def wanted(name: str, args: DockerHostArgs, machine: Machine) -> pulumi.Output[str]:
    """What the contact program reads about a machine whose host key is known."""
    given = "host_key" in args.get("existing", {})
    known_from = "given" if given else args.get("host_keys", "user-data")
    instance = machine.id if machine.instance is not None else ""
    return _wanted(name, args["ssh"], machine.ssh_address, known_from, instance, machine.host_key)


def _wanted(
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
        if entry.is_dir() and entry.name not in NOT_SOURCES:
            found += _sources(entry, f"{path}{entry.name}/")
        elif entry.is_file():
            found.append((f"{path}{entry.name}", entry.read_bytes()))
    return found
