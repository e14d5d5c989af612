"""The way SSH takes to each host of the stack, from its config."""

import pulumi

from ..config.types import Bastion as ConfiguredBastion
from ..config.types import Existing, Host, StackConfig
from ..connection import Bastion, Ssh
from ..instance import DockerHost


def ssh_to(config: StackConfig, host: Host | None = None, bastion: DockerHost | None = None) -> Ssh:
    """How to log in on `host`; without one, on any. `bastion`: the host of the stack that is gone through,
    where the config names one; it is itself reached straight, over IPv6.
    """
    ssh: Ssh = {
        "private_key": pulumi.Output.secret(config.ssh_private_key),
        "user": config.ssh_user,
        "port": config.ssh_port,
        "connect": config.connect,
        "wait": config.ssh_wait,
    }
    if host is not None and host.existing is not None:
        _to_existing(ssh, config, host.existing)
    elif host is not None and host.name == config.bastion_host:
        ssh["connect"] = "ipv6"
    elif bastion is not None:
        ssh["bastion"] = {
            "host": bastion.address,
            "user": config.ssh_user,
            "port": config.ssh_port,
            "host_key": bastion.host_key,
        }
    elif config.bastion:
        ssh["bastion"] = _machine(config.bastion)
    return ssh


def _to_existing(ssh: Ssh, config: StackConfig, existing: Existing) -> None:
    """Straight, or through the machine that the config names as the bastion."""
    ssh["private_key"] = pulumi.Output.secret(existing.private_key or config.ssh_private_key)
    ssh["user"] = existing.user or config.ssh_user
    ssh["port"] = existing.port or config.ssh_port
    if config.connect == "bastion" and config.bastion:
        ssh["bastion"] = _machine(config.bastion)
    else:
        ssh["connect"] = "ipv6"


def _machine(bastion: ConfiguredBastion) -> Bastion:
    return {
        "host": bastion.host,
        "user": bastion.user,
        "port": bastion.port,
        "host_key": bastion.host_key,
    }
