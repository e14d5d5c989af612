"""The public SSM parameters under which Canonical publishes its AMIs: here all name one image of the lab.

https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/ has the form of their names.
"""

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.ssm.responses import SimpleSystemManagerResponse

from .context import current

VOLUME_TYPES = {"22.04": "ebs-gp2", "24.04": "ebs-gp3", "26.04": "ebs-gp3"}
ARCHITECTURES = ("amd64", "arm64")

AMI_PARAMETERS = frozenset(
    f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{architecture}/hvm/{volume}/ami-id"
    for release, volume in VOLUME_TYPES.items()
    for architecture in ARCHITECTURES
)


class ParameterOperations(SimpleSystemManagerResponse):
    """Reading parameters; Canonical's first, then what callers put."""

    def get_parameter(self) -> ActionResult:
        """GetParameter."""
        name = self._get_param("Name")
        if name in AMI_PARAMETERS:
            return ActionResult({"Parameter": image_parameter(name, self.region)})
        return super().get_parameter()

    def get_parameters(self) -> ActionResult:
        """GetParameters."""
        answer = super().get_parameters()
        result: Any = answer.result
        found = [name for name in result["InvalidParameters"] if name in AMI_PARAMETERS]
        result["Parameters"] += [image_parameter(name, self.region) for name in found]
        result["InvalidParameters"] = [n for n in result["InvalidParameters"] if n not in found]
        return answer


def image_parameter(name: str, region: str) -> dict[str, Any]:
    """The parameter as SSM answers it."""
    return {
        "Name": name,
        "Type": "String",
        "Value": current().default_image,
        "Version": 1,
        "LastModifiedDate": datetime(2026, 1, 1, tzinfo=UTC),
        "ARN": f"arn:aws:ssm:{region}::parameter{name}",
        "DataType": "aws:ec2:image",
    }
