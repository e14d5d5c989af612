"""What the config may say about where Docker comes from, and that a component is told the same."""

import pytest

from components.config.parse import parse
from components.declared_packages import as_packages, declared_packages
from components.host.engine import AS_IT_COMES, DockerRepository, EnginePackages
from tests.unit.config.cases import RIGHT

KEY = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----
Comment: somebody <somebody@docker.example>, https://docker.example

mDMEaw==
=E44g
-----END PGP PUBLIC KEY BLOCK-----"""
REPOSITORY = {"url": "https://docker.example/linux/ubuntu", "key": f"{KEY}\n"}


def test_without_a_word_docker_is_the_distributions_own_as_it_comes() -> None:
    assert parse(RIGHT).packages == AS_IT_COMES


def test_dockers_own_packages_take_an_address_and_a_key() -> None:
    config = parse({**RIGHT, "dockerPackage": "docker-ce", "dockerRepository": REPOSITORY})
    assert config.packages == EnginePackages("docker-ce", DockerRepository(REPOSITORY["url"], KEY))


def test_a_mirror_and_ipv6_may_hold_for_the_whole_host() -> None:
    given = {"packageMirror": "http://[2001:db8::1]:8080/debian", "packagesOverIpv6": "host"}
    assert parse({**RIGHT, **given}).packages == EnginePackages(
        mirror="http://[2001:db8::1]:8080/debian", scope="host"
    )


@pytest.mark.parametrize(
    "packages",
    [
        AS_IT_COMES,
        EnginePackages(mirror="http://mirror.example", scope="host"),
        EnginePackages("docker-ce", DockerRepository("http://docker.example", KEY, "bookworm", "test")),
        EnginePackages("docker-ce", DockerRepository("http://docker.example", KEY)),
    ],
)
def test_a_component_is_told_what_the_config_says(packages: EnginePackages) -> None:
    assert as_packages(declared_packages(packages)) == packages


def test_a_component_that_is_told_half_of_a_repository_says_so() -> None:
    with pytest.raises(ValueError, match="package docker-ce needs repository_url and repository_key"):
        as_packages({"package": "docker-ce", "repository_url": "http://docker.example"})
