"""Where the hosts' packages come from, in the config."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from ..host.engine import DockerPackage, DockerRepository, EnginePackages, Scope
from ..wording import shown
from . import values
from .reader import Reader

PACKAGE_KEYS: Final = ("dockerPackage", "dockerRepository", "packageMirror", "packagesOverIpv6")
REPOSITORY_KEYS: Final = ("url", "key", "suite", "component")
DOCKER_PACKAGES: Final[Mapping[str, DockerPackage]] = {"docker.io": "docker.io", "docker-ce": "docker-ce"}
SCOPES: Final[Mapping[str, Scope]] = {"installation": "installation", "host": "host"}
_HOW: Final = (
    "{url, key}: the address of docker's packages for your distribution, and the public key that signs them, "
    "both as docker's documentation names them"
)


suite = values.pattern(r"[a-z][a-z0-9-]*", "a name such as bookworm or stable")


def read_packages(reader: Reader) -> EnginePackages:
    """Where Docker comes from. What is wrong is noted in the reader's errors."""
    package = reader.choice("dockerPackage", DOCKER_PACKAGES, "docker.io")
    repository = _repository(reader)
    is_given = bool(reader.values.get("dockerRepository"))
    if package == "docker-ce" and not is_given:
        reader.error(f"dockerRepository: missing, and dockerPackage is docker-ce; give {_HOW}")
    if package == "docker.io" and is_given:
        reader.error(
            "dockerRepository is given, and dockerPackage is docker.io, the distribution's own; set "
            "dockerPackage to docker-ce, or take dockerRepository away"
        )
    return EnginePackages(
        package=package,
        repository=repository,
        mirror=reader.text("packageMirror", package_url),
        scope=reader.choice("packagesOverIpv6", SCOPES, "installation"),
    )


def _repository(reader: Reader) -> DockerRepository | None:
    given = reader.mapping("dockerRepository")
    if not given:
        return None
    repository = Reader(given, "dockerRepository: ", reader.errors)
    repository.refuse_unknown(REPOSITORY_KEYS)
    return DockerRepository(
        url=repository.needed_text("url", package_url, "give the address of docker's packages"),
        key=repository.needed_text(
            "key",
            openpgp_public_key,
            "give the text of the public key, such as "
            '`pulumi config set --path dockerRepository.key -- "$(cat FILE)"`',
        ),
        suite=repository.text("suite", suite),
        component=repository.text("component", suite, "stable") or "stable",
    )


def package_url(value: str) -> str:
    """An http address of packages, in apt's form; the name's address is looked up on the host."""
    try:
        parts = urlsplit(value)
        plain = re.fullmatch(r"[A-Za-z0-9:/._~%+\[\]-]+", value)
        if parts.scheme in ("http", "https") and parts.hostname and plain and not parts.username:
            return value
    except ValueError:
        pass
    raise ValueError(f"{shown(value)} is not an http url such as https://packages.example/debian")


def openpgp_public_key(value: str) -> str:
    """A public OpenPGP key in ASCII armor (RFC 9580, 6.2). The message never holds any of it."""
    if "PRIVATE KEY" in value:
        raise ValueError("a private key; give the public one alone, and make a new pair if others saw this")
    armor = r"-----BEGIN PGP PUBLIC KEY BLOCK-----\s[\s\x20-\x7e]+\s-----END PGP PUBLIC KEY BLOCK-----"
    if not re.fullmatch(armor, value.strip()):
        raise ValueError(
            "not a public openpgp key in ascii armor; give the text of the file, which begins with "
            "-----BEGIN PGP PUBLIC KEY BLOCK-----, not its path"
        )
    return value.strip()
