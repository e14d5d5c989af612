"""What each machine image is made of: a table, and the key under which a built image is kept."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from lab.certificates import authority_certificate

IMAGE_FILES: Final = Path(__file__).resolve().parent
"""Holds `root/` (files put on every image), `web/` (the container image's files) and the build's scripts."""

_HOST_PACKAGES: Final = (
    "systemd", "systemd-sysv", "systemd-resolved", "dbus", "libpam-systemd", "udev",
    "openssh-server", "sudo", "cloud-init", "netplan.io", "python3-minimal", "python3-yaml",
    "iproute2", "iputils-ping", "nftables", "iptables", "procps", "curl", "ca-certificates", "less",
    "busybox-static",
)  # fmt: skip
_DOCKER_PACKAGES: Final = ("docker.io", "docker-cli", "docker-compose")
_EXPIRED_RELEASE_FILE: Final = ('Acquire::Check-Valid-Until "false"',)
"""For a suite that its mirror no longer brings up to date. For the lab only: its machines meet nobody."""


@dataclass(frozen=True)
class Recipe:
    """One image: a whole root directory from a Debian suite, or a layer of packages over another image.

    `suite`: Debian's name of the release. `base`: the image this one is a layer over, or None.
    `packages`: what is installed. `offered`: packages that the lab's mirror has for these machines, with all
    they depend on. `offers_docker_ce`: whether it also has them under the names of Docker's own.
    `apt_options`: what apt is told while the image is made, as lines of apt.conf(5).
    """

    name: str
    suite: str
    packages: tuple[str, ...]
    base: str | None = None
    offered: tuple[str, ...] = ()
    offers_docker_ce: bool = False
    apt_options: tuple[str, ...] = ()


def _generation(
    name: str,
    suite: str,
    more: tuple[str, ...],
    docker: tuple[str, ...],
    apt_options: tuple[str, ...] = (),
    *,
    offers_docker_ce: bool = False,
) -> tuple[Recipe, Recipe]:
    """A release's image without Docker, and the one with it. `more`: what only this release has or needs."""
    packages = (*_HOST_PACKAGES, *more)
    bare = Recipe(name, suite, packages, None, docker, offers_docker_ce, apt_options)
    return bare, Recipe(f"{name}-docker", suite, docker, base=name)


RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            # docker-compose is Compose v1 here, and cloud-init finds no DHCP client by itself.
            *_generation("debian-12", "bookworm", ("isc-dhcp-client",), ("docker.io", "docker-compose")),
            *_generation(
                "debian-13",
                "trixie",
                ("linux-sysctl-defaults",),
                _DOCKER_PACKAGES,
                offers_docker_ce=True,
            ),
            *_generation(
                "debian-14", "forky", ("linux-sysctl-defaults",), _DOCKER_PACKAGES, _EXPIRED_RELEASE_FILE
            ),
        )
    }
)


def key(recipe: Recipe) -> str:
    """12 hex digits that change with anything the image is made from, its base's key among it."""
    digest = hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode())
    if recipe.base:
        digest.update(key(RECIPES[recipe.base]).encode())
    else:
        digest.update(authority_certificate().encode())
        for path in _files():
            executable = bool(path.stat().st_mode & 0o100)
            digest.update(f"{path.relative_to(IMAGE_FILES)} {executable}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[Path]:
    for name in ("root", "web"):
        yield from sorted(path for path in (IMAGE_FILES / name).rglob("*") if path.is_file())
    for name in ("customize.sh", "add_layer.sh", "repackage.sh", "sign_repository.sh"):
        yield IMAGE_FILES / name
