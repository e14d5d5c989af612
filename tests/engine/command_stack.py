"""A stack whose resources are commands, given as a table; and what the engine tells of each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.pulumi_project import Answer, PulumiProject

PROGRAM = """
import json
import pulumi
from pulumi_command import local, remote

for name, given in json.load(open("commands.json")).items():
    kind = given.pop("kind", "remote")
    if kind == "local":
        made = local.Command(name, **given)
    else:
        target = dict(given.pop("connection"))
        if "proxy" in target:
            target["proxy"] = remote.ProxyConnectionArgs(**target["proxy"])
        made = remote.Command(name, connection=remote.ConnectionArgs(**target), **given)
    pulumi.export(name, made.stdout)
"""
Commands = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Told:
    """What one command of the engine told: its exit code and its events."""

    exit_code: int
    events: list[dict[str, Any]]

    def _of(self, name: str, severity: str) -> list[dict[str, Any]]:
        diagnostics = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [
            entry
            for entry in diagnostics
            if entry.get("urn", "").endswith(f"::{name}") and entry["severity"].startswith(severity)
        ]

    def errors(self, name: str) -> list[str]:
        """The errors of a resource."""
        return [entry["message"] for entry in self._of(name, "error")]

    def error(self, name: str) -> str:
        """The one error that a resource failed with, without the type before it and the newline after it."""
        message = self.errors(name)[-1]
        return message.removesuffix("\n")

    def warnings(self, name: str) -> list[str]:
        """The warnings that stay after the operation."""
        return [entry["message"] for entry in self._of(name, "warning") if not entry.get("ephemeral")]

    def live(self, name: str) -> list[str]:
        """The lines shown only while the operation ran."""
        return [entry["message"].rstrip("\n") for entry in self._of(name, "info") if entry.get("ephemeral")]

    def operations(self) -> list[tuple[str, str]]:
        """What was done, in order of its end: (operation, name), for all but what stayed."""
        done = [event["resOutputsEvent"]["metadata"] for event in self.events if "resOutputsEvent" in event]
        return [
            (entry["op"], entry["urn"].rsplit("::", 1)[1])
            for entry in done
            if entry["op"] != "same" and ":command:" in entry["urn"]
        ]


class CommandStack:
    """A project with its stack. Each call of a verb writes the given commands first."""

    def __init__(self, project: PulumiProject) -> None:
        self.project = project
        project.write(PROGRAM)

    def write(self, commands: Commands) -> None:
        (Path(self.project.folder) / "commands.json").write_text(json.dumps(commands))

    def up(self, commands: Commands) -> Told:
        """`pulumi up`, which goes on after a failed resource."""
        self.write(commands)
        return self._told("up", "--yes", "--skip-preview", "--continue-on-error")

    def destroy(self) -> Told:
        """`pulumi destroy`."""
        return self._told("destroy", "--yes", "--skip-preview", "--continue-on-error")

    def refresh(self) -> Told:
        """`pulumi refresh`."""
        return self._told("refresh", "--yes", "--skip-preview")

    def preview(self, commands: Commands, check: bool = True) -> Answer:
        """`pulumi preview --diff`, as the user sees it."""
        self.write(commands)
        return self.project.preview(check=check)

    def outputs(self) -> dict[str, dict[str, Any]]:
        """The outputs in the state, by resource name."""
        return {entry["urn"].rsplit("::", 1)[1]: entry for entry in self.project.resources()}

    def _told(self, *arguments: str) -> Told:
        answer = self.project.pulumi(*arguments, "--json", check=False)
        events = [json.loads(line) for line in answer.text.splitlines() if line.startswith("{")]
        return Told(answer.exit_code, events)
