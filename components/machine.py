"""What a `DockerHost` works on, whether it was made for it or was there before."""

from dataclasses import dataclass

import pulumi
from pulumi_aws.ec2.instance import Instance


@dataclass(frozen=True)
class Machine:
    """What a `DockerHost` works on. `id`: another one is another machine. `instance`: None for a host that
    was there before; `address`: its own IPv6 address, None where only the host itself can tell.
    """

    id: pulumi.Output[str]
    ssh_address: pulumi.Output[str]
    host_key: pulumi.Output[str]
    address: pulumi.Output[str] | None
    instance: Instance | None = None
