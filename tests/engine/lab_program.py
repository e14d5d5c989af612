"""This repository's own program in a throw-away project, with the lab's config."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import yaml

from lab.names import ACCESS_KEY_ID, ENDPOINT_URL, REGION, SECRET_ACCESS_KEY
from lab.paths import PROJECT_DIR
from tests.engine.pulumi_project import Answer, PulumiProject

STACK = "lab"
COPIED = ("__main__.py", "Pulumi.yaml")
LINKED = ("components", ".venv")


def client(endpoint_url: str) -> Any:
    """An EC2 client of the endpoint."""
    return boto3.client(
        "ec2",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )


class LabProgram(PulumiProject):
    """The program as it is in the checkout; its stack file is the lab's, with changes.

    `change` sets config keys of the program (None takes one away); SSH is left to a bastion that has a name,
    so that no test depends on the routes of the machine it runs on.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str], endpoint_url: str) -> None:
        super().__init__(folder, {**environ, "AWS_ENDPOINT_URL": endpoint_url}, name="dualstack", stack=STACK)
        folder.mkdir()
        for name in COPIED:
            shutil.copy(PROJECT_DIR / name, folder)
        for name in LINKED:
            (folder / name).symlink_to(PROJECT_DIR / name)
        text = (PROJECT_DIR / f"Pulumi.{STACK}.yaml").read_text()
        self._file = folder / f"Pulumi.{STACK}.yaml"
        self._stack: dict[str, Any] = yaml.safe_load(text.replace(ENDPOINT_URL, endpoint_url))
        bastion = {"host": "bastion.example.org", "hostKey": self._value("sshPublicKey")}
        self.change(connect="bastion", bastion=bastion)

    def change(self, **values: Any) -> "LabProgram":
        """Set keys of the program's config, or take them away."""
        for key, value in values.items():
            self._stack["config"][f"dualstack:{key}"] = value
        config = {key: value for key, value in self._stack["config"].items() if value is not None}
        self._file.write_text(yaml.safe_dump({**self._stack, "config": config}, sort_keys=False))
        return self

    def public_key(self) -> str:
        """The public half of the key that the program logs in with, as in `authorized_keys`."""
        return str(self._value("sshPublicKey"))

    def hosts(self) -> list[dict[str, Any]]:
        """The hosts of the config, a copy."""
        return json.loads(json.dumps(self._value("hosts")))

    def planned(self, *arguments: str) -> list[str]:
        """`operation type name` of every step of a preview, sorted, without what stays the same."""
        answer = self.pulumi("preview", "--json", *arguments)
        steps: list[dict[str, str]] = json.loads(answer.text)["steps"]
        return sorted(f"{step['op']} {_short(step['urn'])}" for step in steps if step["op"] != "same")

    def refused(self, *command: str) -> Answer:
        """A command that fails."""
        answer = self.pulumi(*command, check=False)
        assert answer.exit_code != 0, answer.text
        return answer

    def _value(self, key: str) -> Any:
        return self._stack["config"][f"dualstack:{key}"]


def _short(urn: str) -> str:
    _, _, types, name = urn.split("::", 3)
    return f"{types.split('$')[-1]} {name}"
