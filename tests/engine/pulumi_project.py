"""A throw-away Pulumi project for tests on the real engine."""

import json
import os
import signal
import subprocess
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 300
"""Only against what hangs."""


@dataclass(frozen=True)
class Answer:
    """How a command ended. `text` is stdout and stderr in one, as the user sees them."""

    exit_code: int
    text: str

    def lines(self) -> list[str]:
        """The printed lines without surrounding blanks, empty ones left out."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


class PulumiProject:
    """A project in a folder of its own, with one stack, on its own state."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        name: str = "tiny",
        stack: str = "test",
        prefix: Sequence[str] = (),
    ) -> None:
        """`prefix` stands before every command, to run it elsewhere."""
        self.folder = folder
        self.name = name
        self.stack = stack
        self.environ = dict(environ)
        self.prefix = tuple(prefix)
        self._made = False

    def write(self, program: str, description: str = "runtime: python\n", **files: str) -> "PulumiProject":
        """Write the program, and Pulumi.yaml with the project's name before `description`.

        `files` are further ones, `__` in a name standing for a dot: `Pulumi__test__yaml="..."`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "Pulumi.yaml").write_text(f"name: {self.name}\n{textwrap.dedent(description)}")
        (self.folder / "__main__.py").write_text(textwrap.dedent(program))
        for name, content in files.items():
            (self.folder / name.replace("__", ".")).write_text(textwrap.dedent(content))
        return self

    def pulumi(self, *arguments: str, check: bool = True, timeout: float = TIMEOUT_SECONDS) -> Answer:
        """Run `pulumi ARGUMENTS` in the project; the stack is made at the first call.

        With `check` a non-zero exit code fails the test and shows what was printed.
        """
        if not self._made:
            self._made = True
            self.pulumi("stack", "select", "--create", self.stack)
        answer = subprocess.run(
            [*self.prefix, "pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        result = Answer(answer.returncode, answer.stdout)
        if check and result.exit_code != 0:
            raise AssertionError(f"pulumi {' '.join(arguments)}: exit code {result.exit_code}\n{result.text}")
        return result

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `pulumi ARGUMENTS` in its own process group and leave it running; see `interrupt`."""
        self.pulumi("stack", "select", self.stack)
        return subprocess.Popen(
            [*self.prefix, "pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @staticmethod
    def interrupt(process: subprocess.Popen[str]) -> None:
        """Press Ctrl-C: a SIGINT to the whole process group."""
        os.killpg(process.pid, signal.SIGINT)

    def preview(self, *arguments: str, check: bool = True) -> Answer:
        """`pulumi preview --diff`."""
        return self.pulumi("preview", "--diff", *arguments, check=check)

    def up(self, *arguments: str, check: bool = True) -> Answer:
        """`pulumi up` without its preview and without asking."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, check=check)

    def refresh(self, *arguments: str, check: bool = True) -> Answer:
        """`pulumi refresh` without asking."""
        return self.pulumi("refresh", "--yes", *arguments, check=check)

    def destroy(self, *arguments: str, check: bool = True) -> Answer:
        """`pulumi destroy` without asking."""
        return self.pulumi("destroy", "--yes", *arguments, check=check)

    def set_config(self, key: str, value: str, *, secret: bool = False) -> None:
        """`pulumi config set`."""
        self.pulumi("config", "set", key, value, *(["--secret"] if secret else []))

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs."""
        return self._json("stack", "output", "--json", *(["--show-secrets"] if show_secrets else []))

    def state(self) -> dict[str, Any]:
        """The stack's state, as `pulumi stack export` gives it: secrets stay encrypted."""
        return self._json("stack", "export")

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state, without the stack and the providers."""
        every: list[dict[str, Any]] = self.state()["deployment"].get("resources", [])
        return [entry for entry in every if not entry["type"].startswith("pulumi:")]

    def _json(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.pulumi(*arguments).text)
