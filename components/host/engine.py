"""The engine step: where Docker's packages come from, on a host that has no Docker yet."""

from dataclasses import dataclass
from typing import Final, Literal

from .facts import Facts, HostError
from .files import HostFile

DockerPackage = Literal["docker.io", "docker-ce"]
Scope = Literal["installation", "host"]

SETTINGS: Final = "/etc/dualstack/engine"
KEYRING: Final = "/etc/apt/keyrings/docker.asc"
SOURCE: Final = "/etc/apt/sources.list.d/docker.sources"
FORCE_IPV6: Final = "/etc/apt/apt.conf.d/90dualstack-ipv6"
ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf", "ppc64le": "ppc64el"}
"""From uname(2)'s word for a machine to Debian's, for what Docker has packages for ("Install Docker Engine on
Debian", "OS requirements"; the others' words are the same)."""


@dataclass(frozen=True)
class DockerRepository:
    """Docker's own packages, or a mirror of them. `key`: the public key that signs them, ASCII-armored.
    `suite`: None for the release that runs on the host.
    """

    url: str
    key: str
    suite: str | None = None
    component: str = "stable"


@dataclass(frozen=True)
class EnginePackages:
    """Where Docker comes from. `mirror`: takes the place of package sources without an IPv6 address. `scope`:
    whether the mirror, and IPv6 alone, are for this installation or for all that apt does on the host.
    """

    package: DockerPackage = "docker.io"
    repository: DockerRepository | None = None
    mirror: str | None = None
    scope: Scope = "installation"


AS_IT_COMES: Final = EnginePackages()
"""The distribution's own Docker, from where the host's packages come from anyway."""


def engine_files(facts: Facts, packages: EnginePackages) -> tuple[HostFile, ...]:
    """What the step is told, and the files that stay on the host until the step is removed: source and key of
    Docker's own packages, and what makes apt take IPv6. None where all is as it comes.

    Raises HostError where Docker's own packages are wished for and their source cannot be written.
    """
    if packages == AS_IT_COMES:
        return ()
    settings = [f"package={packages.package}"]
    settings += [f"mirror={packages.mirror}"] if packages.mirror else []
    settings += [f"scope={packages.scope}"]
    files = [HostFile(SETTINGS, "".join(f"{line}\n" for line in settings))]
    if packages.scope == "host":
        text = '# Written by dualstack: packages come over IPv6 only.\nAcquire::ForceIPv6 "true";\n'
        files.append(HostFile(FORCE_IPV6, text))
    if packages.repository:
        files.append(HostFile(KEYRING, packages.repository.key.strip() + "\n"))
        files.append(HostFile(SOURCE, _source(facts, packages.repository)))
    return tuple(files)


def _source(facts: Facts, repository: DockerRepository) -> str:
    """In the form of sources.list(5) that is called deb822, as Docker's documentation has it."""
    suite = repository.suite or facts.os_codename
    if not suite:
        raise HostError(
            f"{facts.os_id} {facts.os_version} does not say the code name of its release, which is the suite "
            "of docker's packages; give it as dockerRepository.suite"
        )
    if facts.os_id not in ("debian", "ubuntu") and not repository.suite:
        raise HostError(
            f"this host runs {facts.os_id} {facts.os_version}, and this program knows docker's packages for "
            "debian and ubuntu: give the suite as dockerRepository.suite, or take dockerPackage docker.io"
        )
    return (
        "# Written by dualstack\n"
        "Types: deb\n"
        f"URIs: {repository.url}\n"
        f"Suites: {suite}\n"
        f"Components: {repository.component}\n"
        f"Architectures: {ARCHITECTURES.get(facts.architecture, facts.architecture)}\n"
        f"Signed-By: {KEYRING}\n"
    )
