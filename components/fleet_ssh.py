"""The way SSH takes to each host of the stack, from its config."""

import pulumi

from .config_types import Host, StackConfig
from .connection import Ssh
from .instance import DockerHost


def ssh_to(config: StackConfig, host: Host | None = None, bastion: DockerHost | None = None) -> Ssh:
    """How to log in on `host`; without one, on any. `bastion`: the host of the stack that is gone through,
    where the config names one; it is itself reached straight, over IPv6.
    """
    ssh: Ssh = {
        "private_key": pulumi.Output.secret(config.ssh_private_key),
        "user": config.ssh_user,
        "port": config.ssh_port,
        "connect": config.connect,
    }
    if host is not None and host.name == config.bastion_host:
        ssh["connect"] = "ipv6"
    elif bastion is not None:
        ssh["bastion"] = {
            "host": bastion.address,
            "user": config.ssh_user,
            "port": config.ssh_port,
            "host_key": bastion.host_key,
        }
    elif config.bastion:
        ssh["bastion"] = {
            "host": config.bastion.host,
            "user": config.bastion.user,
            "port": config.bastion.port,
            "host_key": config.bastion.host_key,
        }
    return ssh
