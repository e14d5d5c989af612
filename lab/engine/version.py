"""The pinned version of the engine, and how versions compare."""

import re
from typing import Final

PINNED_VERSION: Final = "3.250.0"
"""The version of the `pulumi` command. The Python package in requirements.in is pinned to the same one."""

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """Major, minor and patch of `v3.250.0`, `3.250.0` or `go1.26`; None if the text holds no version.

    A pre-release or build suffix is ignored: `v3.251.0-dev.4` counts as 3.251.0.
    """
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def at_least(text: str, wanted: str) -> bool:
    """Whether the version in `text` is `wanted` or newer, and of the same major version."""
    have, want = parse_version(text), parse_version(wanted)
    return have is not None and want is not None and have >= want and have[0] == want[0]
