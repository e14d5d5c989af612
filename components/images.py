"""The machine image of a host: the one given, or the Ubuntu LTS that Canonical publishes."""

from collections.abc import Sequence
from typing import Literal

import pulumi
from pulumi_aws.ec2.get_instance_type import get_instance_type
from pulumi_aws.ssm.get_parameter import get_parameter_output

from .instance_types import known_architectures

Architecture = Literal["arm64", "x86_64"]


def architecture_of(instance_type: str, opts: pulumi.InvokeOptions) -> Architecture:
    """The architecture of an instance type, from this package's table; AWS is asked about a newer type."""
    architectures = known_architectures(instance_type) or _ask_aws(instance_type, opts)
    return "arm64" if "arm64" in architectures else "x86_64"


def _ask_aws(instance_type: str, opts: pulumi.InvokeOptions) -> Sequence[str]:
    return get_instance_type(instance_type=instance_type, opts=opts).supported_architectures


def ubuntu_parameter(release: str, architecture: Architecture) -> str:
    """The SSM parameter that holds the newest image of an Ubuntu release, as published by Canonical
    (documentation.ubuntu.com/aws, "Find Ubuntu images on AWS").

    `release` is a number such as `24.04`.
    """
    debian_name = "arm64" if architecture == "arm64" else "amd64"
    return f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{debian_name}/hvm/ebs-gp3/ami-id"


def ubuntu_image(release: str, architecture: Architecture, opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """The id of the newest image of an Ubuntu release. An image id is no secret, whatever SSM calls it."""
    return get_parameter_output(name=ubuntu_parameter(release, architecture), opts=opts).insecure_value
