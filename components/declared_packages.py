"""Where Docker's packages come from, as a program declares it, and as the rest of the package takes it."""

from typing import NotRequired, TypedDict

from .host.engine import DockerRepository, EnginePackages


class DeclaredPackages(TypedDict):
    """Where Docker comes from, on a host that has none."""

    package: NotRequired[str]
    """`docker.io`, the distribution's own, or `docker-ce`, Docker's own. Default: docker.io."""
    repository_url: NotRequired[str]
    """Where Docker's own packages are; needed for `docker-ce`."""
    repository_key: NotRequired[str]
    """The public key that signs them, in ASCII armor; needed for `docker-ce`."""
    repository_suite: NotRequired[str]
    """The release to take from there. Default: the host's own."""
    repository_component: NotRequired[str]
    """Default: stable."""
    mirror: NotRequired[str]
    """A mirror with an IPv6 address, in place of each package source that has none."""
    over_ipv6: NotRequired[str]
    """`installation`: packages come over IPv6 alone while Docker is installed; `host`: whenever apt runs.
    Default: installation."""


def as_packages(declared: DeclaredPackages) -> EnginePackages:
    """As the step takes it. Raises ValueError for `docker-ce` without its repository."""
    repository = None
    if declared.get("package") == "docker-ce":
        if "repository_url" not in declared or "repository_key" not in declared:
            raise ValueError("package docker-ce needs repository_url and repository_key")
        repository = DockerRepository(
            url=declared["repository_url"],
            key=declared["repository_key"],
            suite=declared.get("repository_suite"),
            component=declared.get("repository_component", "stable"),
        )
    return EnginePackages(
        package="docker-ce" if repository else "docker.io",
        repository=repository,
        mirror=declared.get("mirror"),
        scope="host" if declared.get("over_ipv6") == "host" else "installation",
    )


def declared_packages(packages: EnginePackages) -> DeclaredPackages:
    """As a component takes it."""
    declared: DeclaredPackages = {"package": packages.package, "over_ipv6": packages.scope}
    if packages.mirror:
        declared["mirror"] = packages.mirror
    if packages.repository:
        declared["repository_url"] = packages.repository.url
        declared["repository_key"] = packages.repository.key
        declared["repository_component"] = packages.repository.component
        if packages.repository.suite:
            declared["repository_suite"] = packages.repository.suite
    return declared
