"""What each machine image is made of: a table, and the key under which a built image is kept."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

IMAGE_FILES: Final = Path(__file__).resolve().parent
"""Holds `root/` (files put on every image), `web/` (the container image's files) and `customize.sh`."""

_HOST_PACKAGES: Final = (
    "systemd", "systemd-sysv", "systemd-resolved", "dbus", "libpam-systemd", "udev",
    "openssh-server", "sudo", "cloud-init", "netplan.io", "python3-minimal", "python3-yaml",
    "iproute2", "iputils-ping", "nftables", "iptables", "procps", "curl", "ca-certificates", "less",
    "busybox-static", "linux-sysctl-defaults",
)  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """One image: a whole root directory from a Debian suite, or a layer of packages over another image.

    `suite`: Debian's name of the release. `base`: the image this one is a layer over, or None.
    `packages`: what is installed. `held`: packages that lie on the machine as a local apt source, with all
    they depend on, so that installing them needs no network.
    """

    name: str
    suite: str
    packages: tuple[str, ...]
    base: str | None = None
    held: tuple[str, ...] = ()


RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            Recipe("debian-13", "trixie", _HOST_PACKAGES, held=("docker.io", "docker-cli")),
            Recipe("debian-13-docker", "trixie", ("docker.io", "docker-cli"), base="debian-13"),
        )
    }
)


def key(recipe: Recipe) -> str:
    """12 hex digits that change with anything the image is made from, its base's key among it."""
    digest = hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode())
    if recipe.base:
        digest.update(key(RECIPES[recipe.base]).encode())
    else:
        for path in _files():
            executable = bool(path.stat().st_mode & 0o100)
            digest.update(f"{path.relative_to(IMAGE_FILES)} {executable}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[Path]:
    for name in ("root", "web"):
        yield from sorted(path for path in (IMAGE_FILES / name).rglob("*") if path.is_file())
    yield IMAGE_FILES / "customize.sh"
    yield IMAGE_FILES / "add_layer.sh"
