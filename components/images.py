"""The machine image of a host: the one given, or the Ubuntu LTS that Canonical publishes."""

import pulumi
from pulumi_aws.ssm.get_parameter import get_parameter_output


def ubuntu_parameter(release: str, architecture: str) -> str:
    """The SSM parameter that holds the newest image of an Ubuntu release, as published by Canonical
    (documentation.ubuntu.com/aws, "Find Ubuntu images on AWS").

    `release` is a number such as `24.04`, `architecture` is `x86_64` or `arm64`, EC2's names.
    """
    debian_name = {"x86_64": "amd64", "arm64": "arm64"}[architecture]
    return f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{debian_name}/hvm/ebs-gp3/ami-id"


def ubuntu_image(release: str, architecture: str, opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """The id of the newest image of an Ubuntu release. An image id is no secret, whatever SSM calls it."""
    return get_parameter_output(name=ubuntu_parameter(release, architecture), opts=opts).insecure_value
