"""Run by a program's interpreter: lists its installed distributions as JSON on stdout.

Uses nothing but the standard library, for it runs in environments that have nothing of this project.
"""

import json
import re
import sys
from importlib.metadata import Distribution, distributions


def plugin_description(distribution: Distribution) -> dict[str, object] | None:
    """The content of the `pulumi-plugin.json` that a Pulumi SDK package carries, or None."""
    for file in distribution.files or ():
        if file.name == "pulumi-plugin.json":
            description = json.loads(distribution.locate_file(file).read_text())  # type: ignore[attr-defined]
            return description if description.get("resource") else None
    return None


def listing() -> list[dict[str, object]]:
    """Name, version, plugin and the names of what it requires, for each installed distribution, by name."""
    found: dict[str, dict[str, object]] = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        needs = [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in distribution.requires or ()]
        # Only a package that depends on the SDK can carry a plugin: spares reading each one's file list.
        plugin = plugin_description(distribution) if "pulumi" in needs else None
        found.setdefault(
            name, {"name": name, "version": distribution.version, "plugin": plugin, "requires": needs}
        )
    return [found[name] for name in sorted(found, key=str.lower)]


if __name__ == "__main__":
    json.dump(listing(), sys.stdout)
