"""The program of this checkout on the lab: its stack in a folder of its own, and the hosts it makes."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.engine.environment import environment
from lab.machines import Host
from lab.names import OPERATOR_NAMESPACE, STACK
from lab.paths import PROJECT_DIR
from tests.engine.pulumi_project import PulumiProject
from tests.lab.lab_session import ec2

COPIED = ("Pulumi.yaml", "Pulumi.lab.yaml", "__main__.py")
LINKED = ("components", ".venv")
UP_SECONDS = 600

Config = dict[str, Any]


class Deployment(PulumiProject):
    """A copy of the program and the lab's stack. `config` is the stack file's; commands see what it says."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / "program",
            environment(home=folder / "pulumi-home", backend=folder / "backend"),
            name="dualstack",
            stack=STACK,
            prefix=("nsenter", f"--net=/run/netns/{OPERATOR_NAMESPACE}"),
        )
        self.folder.mkdir(parents=True)
        for name in COPIED:
            shutil.copy(PROJECT_DIR / name, self.folder / name)
        for name in LINKED:
            (self.folder / name).symlink_to(PROJECT_DIR / name)

    @property
    def config(self) -> Config:
        """The stack's config, without the prefix of its keys."""
        text = yaml.safe_load(self._stack_file.read_text())["config"]
        return {key.removeprefix("dualstack:"): value for key, value in text.items()}

    def change(self, **values: Any) -> None:
        """Sets config keys, e.g. `change(hosts=[...])`; a value of None takes a key away."""
        document = yaml.safe_load(self._stack_file.read_text())
        for key, value in values.items():
            document["config"].pop(f"dualstack:{key}", None)
            if value is not None:
                document["config"][f"dualstack:{key}"] = value
        self._stack_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def change_host(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Changes the config of one host in place."""
        hosts = self.config["hosts"]
        change(next(host for host in hosts if host["name"] == name))
        self.change(hosts=hosts)

    def host(self, name: str) -> Host:
        """The machine of a host of the program."""
        (instance,) = [
            resource["id"]
            for resource in self.resources()
            if resource["type"] == "aws:ec2/instance:Instance"
            and resource["urn"].endswith(f"::{name}-instance")
        ]
        return Host(instance)

    def interface(self, name: str) -> Mapping[str, Any]:
        """The ENI of a host, as EC2 describes it."""
        filters = [{"Name": "tag:Name", "Values": [f"{name}-interface"]}]
        (interface,) = ec2("describe_network_interfaces", Filters=filters)["NetworkInterfaces"]
        return interface

    def bring_up(self, *arguments: str, check: bool = True) -> str:
        """`pulumi up`, with time for machines to boot; what it printed."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, check=check, timeout=UP_SECONDS).text

    def vpc_objects(self) -> dict[str, list[str]]:
        """What exists at the endpoint, by kind: empty lists after a destroy."""
        gone = ("terminated",)
        reservations = ec2("describe_instances")["Reservations"]
        instances = [one for reservation in reservations for one in reservation["Instances"]]
        return {
            "vpcs": [one["VpcId"] for one in ec2("describe_vpcs")["Vpcs"]],
            "subnets": [one["SubnetId"] for one in ec2("describe_subnets")["Subnets"]],
            "interfaces": [
                one["NetworkInterfaceId"] for one in ec2("describe_network_interfaces")["NetworkInterfaces"]
            ],
            "groups": [one["GroupId"] for one in ec2("describe_security_groups")["SecurityGroups"]],
            "gateways": [
                one["InternetGatewayId"] for one in ec2("describe_internet_gateways")["InternetGateways"]
            ],
            "instances": [one["InstanceId"] for one in instances if one["State"]["Name"] not in gone],
            "key pairs": [one["KeyName"] for one in ec2("describe_key_pairs")["KeyPairs"]],
        }

    @property
    def _stack_file(self) -> Path:
        return self.folder / f"Pulumi.{STACK}.yaml"
