"""The way SSH takes to a host, as pulumi-command wants it."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_command.remote import ConnectionArgs, ProxyConnectionArgs

SSH_PORT = 22
DEFAULT_PYTHON = ".venv/bin/python"
"""What runs this package's own programs on the machine that runs Pulumi, relative to the project."""
DIAL_ERROR_LIMIT = 60
"""Failed dials before a step gives up: with pulumi-command's back-off (0.1 s, times 1.5, at most 5 s) some
260 seconds, in which an instance boots."""


class Bastion(TypedDict):
    """A host that SSH goes through, with the same private key as the hosts behind it."""

    host: pulumi.Input[str]
    """Its name or address."""
    user: NotRequired[str]
    """Who logs in there. Default: the user of the hosts."""
    port: NotRequired[int]
    """The TCP port of SSH there. Default: 22."""
    host_key: pulumi.Input[str]
    """Its public host key, one line."""


class Ssh(TypedDict):
    """How to log in on a host."""

    private_key: pulumi.Input[str]
    """The private key, its text. A secret."""
    user: NotRequired[str]
    """Who logs in, and may use sudo without a password. Default: ubuntu."""
    port: NotRequired[int]
    """The TCP port of SSH. Default: 22."""
    connect: NotRequired[str]
    """`ipv6`: straight to the host's IPv6 address; `bastion`: to the same, through the bastion; `ipv4`: to a
    public IPv4 address that is made for the host. Default: ipv6."""
    bastion: NotRequired[Bastion]
    """The host to go through, with `connect: bastion`."""
    wait: NotRequired[int]
    """How long the first step waits for SSH, in seconds. Default: 300."""


def ssh_user(ssh: Ssh) -> str:
    """Who logs in on the host."""
    return ssh.get("user", "ubuntu")


def ssh_port(ssh: Ssh) -> int:
    """The TCP port of SSH on the host."""
    return int(ssh.get("port", SSH_PORT))


def proxy(ssh: Ssh) -> Bastion | None:
    """The host to go through, where there is one."""
    return ssh.get("bastion") if ssh.get("connect") == "bastion" else None


def connection(ssh: Ssh, address: pulumi.Input[str], host_key: pulumi.Input[str]) -> ConnectionArgs:
    """pulumi-command's connection to the host at `address` that shows `host_key` and no other."""
    private_key = pulumi.Output.secret(ssh["private_key"])
    bastion = proxy(ssh)
    return ConnectionArgs(
        host=address,
        port=ssh_port(ssh),
        user=ssh_user(ssh),
        private_key=private_key,
        host_key=host_key,
        dial_error_limit=DIAL_ERROR_LIMIT,
        proxy=bastion and _proxy(bastion, ssh_user(ssh), private_key),
    )


def _proxy(bastion: Bastion, user: str, private_key: pulumi.Output[str]) -> ProxyConnectionArgs:
    return ProxyConnectionArgs(
        host=bastion["host"],
        port=int(bastion.get("port", SSH_PORT)),
        user=bastion.get("user", user),
        private_key=private_key,
        host_key=bastion["host_key"],
        dial_error_limit=DIAL_ERROR_LIMIT,
    )


def ssh_line(ssh: Ssh, address: str, bastion_host: str = "") -> str:
    """The command a person types to log in on the host at `address`, through the bastion if there is one."""
    words = ["ssh"]
    bastion = proxy(ssh)
    if bastion is not None:
        words += ["-J", _jump(bastion, bastion_host, ssh_user(ssh))]
    if ssh_port(ssh) != SSH_PORT:
        words += ["-p", str(ssh_port(ssh))]
    return " ".join([*words, f"{ssh_user(ssh)}@{address}"])


def known_hosts_line(ssh: Ssh, address: str, host_key: str) -> str:
    """The line of a `known_hosts` file for the host at `address` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""
    port = ssh_port(ssh)
    return f"{address if port == SSH_PORT else f'[{address}]:{port}'} {host_key}"


def _jump(bastion: Bastion, host: str, user: str) -> str:
    port = int(bastion.get("port", SSH_PORT))
    where = f"[{host}]" if ":" in host else host
    return f"{bastion.get('user', user)}@{where}:{port}"
