"""What a program of ours needs to speak with AWS as the stack's provider does."""

from typing import cast

import pulumi

SETTINGS = {
    "region": "AWS_DEFAULT_REGION",
    "profile": "AWS_PROFILE",
    "accessKey": "AWS_ACCESS_KEY_ID",
    "secretKey": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}
"""Of the stack's `aws:` config, and the variables by which boto3 is told the same."""
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_EC2"


def aws_environment() -> dict[str, pulumi.Output[str]]:
    """Variables with the region, credentials and endpoint that the stack's config gives; what it does not
    give is taken from Pulumi's own environment. A role to assume (`aws:assumeRole`) is not passed on.
    """
    config = pulumi.Config("aws")
    known = {
        variable: pulumi.Output.secret(value)
        for setting, variable in SETTINGS.items()
        if (value := config.get(setting))
    }
    endpoints = cast("list[dict[str, str]]", config.get_object("endpoints") or [])
    for endpoint in (one["ec2"] for one in endpoints if one.get("ec2")):
        known[ENDPOINT_VARIABLE] = pulumi.Output.secret(endpoint)
    return known
