"""Which plugins the engine gets: Pulumi's own where they are present, else the stand-ins of this project."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from lab.engine.choice import Engine, executables_on_path
from lab.paths import PROJECT_DIR

STAMP: Final = "dualstack.json"
"""A file that marks a PULUMI_HOME as prepared by this project, and says with what."""

STANDINS_DIR: Final = PROJECT_DIR / "lab" / "plugins"
LANGUAGE_HOST: Final = "pulumi-language-python"
REAL_PLUGINS_VARIABLE: Final = "DUALSTACK_REAL_PLUGINS"
"""Names a folder with Pulumi's own `pulumi-resource-command` and `pulumi-language-python`, or one of them."""


@dataclass(frozen=True)
class Plugin:
    """A plugin's executable, under the name and version the engine asks for."""

    name: str
    version: str
    executable: Path
    real: bool


def language_host(engine: Engine, environ: Mapping[str, str]) -> Path:
    """Pulumi's own Python language host, if given, beside `pulumi` or on PATH; else the stand-in."""
    for candidate in _real_executables(LANGUAGE_HOST, environ, beside=engine.executable.parent):
        return candidate
    return STANDINS_DIR / "language" / LANGUAGE_HOST


def resource_plugins(environ: Mapping[str, str]) -> tuple[Plugin, ...]:
    """The resource plugins of the lab, as far as they are there.

    `aws` is always the stand-in, which speaks to the endpoint and to nothing else. `command` is Pulumi's own
    where the user has it: given, on PATH, or among the plugins that an earlier `pulumi` installed.
    """
    command = version("pulumi-command")
    real = next(
        iter(_real_executables("pulumi-resource-command", environ, installed=f"resource-command-v{command}")),
        None,
    )
    plugins = (
        Plugin("aws", version("pulumi-aws"), STANDINS_DIR / "aws" / "pulumi-resource-aws", real=False),
        Plugin(
            "command", command, real or STANDINS_DIR / "command" / "pulumi-resource-command", real is not None
        ),
    )
    return tuple(plugin for plugin in plugins if os.access(plugin.executable, os.X_OK))


def _real_executables(
    name: str, environ: Mapping[str, str], beside: Path | None = None, installed: str | None = None
) -> list[Path]:
    given = environ.get(REAL_PLUGINS_VARIABLE)
    folders = [Path(given)] if given else []
    if beside is not None:
        folders.append(beside)
    if installed is not None:
        home = environ.get("PULUMI_HOME") or str(Path(environ.get("HOME", "/root")) / ".pulumi")
        # A home that we prepared holds stand-ins under these names.
        if not (Path(home) / STAMP).exists():
            folders.append(Path(home) / "plugins" / installed)
    found = [path for folder in folders if os.access(path := folder / name, os.X_OK) and path.is_file()]
    return [path.resolve() for path in [*found, *executables_on_path(name, environ.get("PATH", ""))]]
