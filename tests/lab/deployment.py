"""The program of this checkout on the lab: its stack in a folder of its own, and the hosts it makes."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import yaml

from lab.engine.environment import environment
from lab.machines import Host
from lab.names import ENDPOINT_URL, OPERATOR_NAMESPACE, STACK
from lab.paths import PROJECT_DIR
from tests.engine.pulumi_project import PulumiProject
from tests.lab.ec2_network import ec2
from tests.lab.lab_session import on_operator_side

COPIED = ("Pulumi.yaml", "__main__.py")
LINKED = ("components", ".venv")
UP_SECONDS = 600
REVERT_AFTER = 60
"""A good change is confirmed at once, and has time for that also on a busy machine."""

Config = dict[str, Any]


class Deployment(PulumiProject):
    """A copy of the program and the lab's stack, under a name of its own.

    `config` is the stack file's; commands see what it says.
    """

    def __init__(self, folder: Path, stack: str) -> None:
        super().__init__(
            folder / "program",
            environment(home=folder / "pulumi-home", backend=folder / "backend"),
            name="dualstack",
            stack=stack,
            prefix=("nsenter", f"--net=/run/netns/{OPERATOR_NAMESPACE}"),
        )
        self.folder.mkdir(parents=True)
        for name in COPIED:
            shutil.copy(PROJECT_DIR / name, self.folder / name)
        shutil.copy(PROJECT_DIR / f"Pulumi.{STACK}.yaml", self._stack_file)
        for name in LINKED:
            (self.folder / name).symlink_to(PROJECT_DIR / name)
        self.change(revertAfter=REVERT_AFTER)

    @property
    def config(self) -> Config:
        """The stack's config, without the prefix of its keys."""
        text = yaml.safe_load(self._stack_file.read_text())["config"]
        return {key.removeprefix("dualstack:"): value for key, value in text.items()}

    @config.setter
    def config(self, values: Config) -> None:
        document = yaml.safe_load(self._stack_file.read_text())
        document["config"] = {
            f"{'' if ':' in key else 'dualstack:'}{key}": value for key, value in values.items()
        }
        self._stack_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def change(self, **values: Any) -> None:
        """Sets config keys, e.g. `change(hosts=[...])`; a value of None takes a key away."""
        document = yaml.safe_load(self._stack_file.read_text())
        for key, value in values.items():
            document["config"].pop(f"dualstack:{key}", None)
            if value is not None:
                document["config"][f"dualstack:{key}"] = value
        self._stack_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def forget_aws(self) -> None:
        """Takes endpoint, credentials and region out of the stack's config."""
        document = yaml.safe_load(self._stack_file.read_text())
        document["config"] = {
            key: value for key, value in document["config"].items() if not key.startswith("aws:")
        }
        self._stack_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def change_host(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Changes the config of one host in place."""
        hosts = self.config["hosts"]
        change(next(host for host in hosts if host["name"] == name))
        self.change(hosts=hosts)

    @contextmanager
    def changed(self, **values: Any) -> Generator[None]:
        """While open, the config is changed as by `change`; nothing is brought up by this."""
        before = self._stack_file.read_text()
        self.change(**values)
        try:
            yield
        finally:
            self._stack_file.write_text(before)

    def third_host(self) -> AbstractContextManager[None]:
        """While open, the config has a host-3 with a container web-3; nothing is brought up by this."""
        container = {"name": "web-3", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}
        host = {"name": "host-3", "slot": 3, "containers": [container]}
        return self.changed(hosts=[*self.config["hosts"], host])

    def host(self, name: str) -> Host:
        """The machine of a host of the program."""
        (instance,) = self.instances(name)
        return instance

    def instances(self, name: str) -> list[Host]:
        """The same, or none where the state has none."""
        return [Host(one) for one in self._ids("aws:ec2/instance:Instance", f"{name}-instance")]

    def interface(self, name: str) -> Mapping[str, Any]:
        """The ENI of a host, as EC2 describes it."""
        (eni,) = self._ids("aws:ec2/networkInterface:NetworkInterface", f"{name}-interface")
        (interface,) = ec2("describe_network_interfaces", NetworkInterfaceIds=[eni])["NetworkInterfaces"]
        return interface

    def orphan_imports(self) -> list[list[str]]:
        """The `pulumi import` lines for what was made and never recorded, as arguments after `pulumi`."""
        found = subprocess.run(
            [*self.prefix, sys.executable, "-m", "components.orphans", "--stack", self.stack],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert found.returncode in (0, 1), found.stderr
        lines = [line.strip() for line in found.stdout.splitlines()]
        return [shlex.split(line)[2:] for line in lines if line.startswith("import: pulumi import ")]

    def urn(self, name: str) -> str:
        """The URN of the one resource that has this name."""
        (urn,) = [one["urn"] for one in self.resources() if one["urn"].endswith(f"::{name}")]
        return urn

    def bring_up(self, *arguments: str, check: bool = True) -> str:
        """`pulumi up`, with time for machines to boot; what it printed."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, check=check, timeout=UP_SECONDS).text

    def ids(self) -> list[str]:
        """The ids of all AWS resources in the state that EC2 has an id for, sorted."""
        ids = [one["id"] for one in self.resources() if one["type"].startswith("aws:") and "id" in one]
        return sorted(set(ids))

    def alive(self, ids: Collection[str]) -> list[str]:
        """Which of these ids the endpoint still shows; a terminated instance, which EC2 shows for an hour, is
        not alive."""
        state = json.loads(on_operator_side(["curl", "-sf", f"{ENDPOINT_URL}/lab/state"]).stdout)
        state["instances"] = [one for one in state["instances"] if one["state"] != "terminated"]
        shown = json.dumps(state)
        return sorted(one for one in ids if f'"{one}"' in shown)

    def _ids(self, kind: str, name: str) -> list[str]:
        return [
            one["id"] for one in self.resources() if one["type"] == kind and one["urn"].endswith(f"::{name}")
        ]

    @property
    def _stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"


@contextmanager
def destroyed_in_the_end(deployment: Deployment) -> Generator[Deployment]:
    """The stack while open, up or not; what is left of it then is destroyed, also when it did not come up."""
    try:
        yield deployment
    finally:
        deployment.pulumi("destroy", "--yes", check=False)


class Deploy(Protocol):
    """The program as a stack of this name, with these keys of its config, while the context is open."""

    def __call__(self, stack: str, **config: Any) -> AbstractContextManager[Deployment]:
        """The lab comes up first, if it is not."""
        ...
