"""A `command` provider without hosts: it writes down every call, and says what the steps would print.

DUALSTACK_SCRIPT names a folder: `calls` gets a line for each call, `facts` and `engine` hold what those steps
print. Never part of the lab: it lets the engine's own part in the program's life be tested alone.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, os.environ["DUALSTACK_CHECKOUT"])

from lab.plugins.servicer.main import serve
from lab.plugins.servicer.provider import Diff, ProviderBase

SCRIPT = Path(os.environ["DUALSTACK_SCRIPT"])


class ScriptedCommand(ProviderBase):
    def check(self, token: str, olds: Any, news: Any, *, urn: str, random_seed: bytes) -> Any:
        return news, []

    def diff(
        self, token: str, id: str, old_inputs: Any, old_outputs: Any, news: Any, ignore_changes: Any
    ) -> Diff:
        changed = [key for key in {*old_inputs, *news} if old_inputs.get(key) != news.get(key)]
        replaces = tuple(key for key in changed if key == "triggers")
        detailed = {key: "UPDATE_REPLACE" if key in replaces else "UPDATE" for key in changed}
        return Diff(bool(changed), replaces=replaces, detailed=detailed)  # type: ignore[arg-type]

    def create(self, token: str, inputs: Any, preview: bool, *, urn: str, timeout: float) -> Any:
        return ("", inputs) if preview else (urn, self._run("create", urn, inputs))

    def read(self, token: str, id: str, inputs: Any, properties: Any) -> Any:
        return id, inputs, properties

    def update(
        self,
        token: str,
        id: str,
        old_inputs: Any,
        old_outputs: Any,
        news: Any,
        preview: bool,
        *,
        urn: str,
        timeout: float,
    ) -> Any:
        said = {key: old_outputs[key] for key in ("stdout", "stderr")}
        return {**news, **said} if preview else self._run("update", urn, news)

    def delete(self, token: str, id: str, inputs: Any, outputs: Any, *, urn: str, timeout: float) -> None:
        self._run("delete", urn, inputs)

    def _run(self, verb: str, urn: str, inputs: Any) -> Any:
        name = urn.split("::")[-1]
        with (SCRIPT / "calls").open("a") as calls:
            calls.write(f"{verb} {name}\n")
        printed = SCRIPT / name.rpartition("-")[2]
        return {**inputs, "stdout": printed.read_text() if printed.exists() else "", "stderr": ""}


serve(ScriptedCommand(), "command", "1.2.1")
