"""What is installed beside a program: the plugins it needs, and the packages it depends on."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

LISTING = Path(__file__).with_name("distributions.py")


@dataclass(frozen=True)
class Distribution:
    """An installed distribution. `plugin` is what its pulumi-plugin.json says, if it has one."""

    name: str
    version: str
    plugin: dict[str, str] | None
    requires: tuple[str, ...]


@dataclass(frozen=True)
class RequiredPlugin:
    """A resource plugin that the engine should have, at the version the SDK package was made for."""

    name: str
    version: str
    server: str


def installed(python: Path) -> tuple[Distribution, ...]:
    """The distributions that this interpreter sees, by name. Raises RuntimeError if it cannot be run."""
    answer = subprocess.run([python, "-I", LISTING], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise RuntimeError(f"{python} cannot list its packages: {answer.stderr.strip()}")
    return tuple(
        Distribution(entry["name"], entry["version"], entry["plugin"], tuple(entry["requires"]))
        for entry in json.loads(answer.stdout)
    )


def required_plugins(distributions: tuple[Distribution, ...]) -> tuple[RequiredPlugin, ...]:
    """The plugins of every installed SDK package, used or not, as Pulumi's own host reports them."""
    return tuple(
        RequiredPlugin(
            name=plugin.get("name") or entry.name.removeprefix("pulumi-").removeprefix("pulumi_"),
            version="v" + (plugin.get("version") or entry.version).removeprefix("v"),
            server=plugin.get("server", ""),
        )
        for entry in distributions
        if (plugin := entry.plugin) is not None
    )


def direct(distributions: tuple[Distribution, ...]) -> tuple[Distribution, ...]:
    """The distributions that no other installed one requires."""
    required = {_normal(name) for entry in distributions for name in entry.requires}
    return tuple(entry for entry in distributions if _normal(entry.name) not in required)


def _normal(name: str) -> str:
    # Names compare as PEP 503 says.
    return re.sub(r"[-_.]+", "-", name).lower()
