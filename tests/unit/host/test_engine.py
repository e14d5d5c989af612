"""The engine step's files: none by default, and for Docker's own packages those of its documentation."""

import pytest

from components.host.engine import AS_IT_COMES, DockerRepository, EnginePackages
from components.host.facts import HostError, parse_facts
from components.host.render import engine_text
from tests.unit.host.host_facts import facts_text

KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDM=\n=E44g\n-----END PGP PUBLIC KEY BLOCK-----"
REPOSITORY = DockerRepository("https://docker.example/linux/ubuntu", KEY)
UBUNTU = {"id": "ubuntu", "version": "24.04", "codename": "noble"}


def test_a_docker_as_it_comes_needs_no_file() -> None:
    assert engine_text(facts_text(), AS_IT_COMES) == "=== end\n"


def test_a_mirror_for_the_installation_alone_is_a_setting_and_no_file_of_apt() -> None:
    assert engine_text(facts_text(), EnginePackages(mirror="http://mirror.example")) == (
        "=== /etc/dualstack/engine 0644 root:root\n"
        "package=docker.io\n"
        "mirror=http://mirror.example\n"
        "scope=installation\n"
        "=== end\n"
    )


def test_for_the_whole_host_apt_is_told_to_take_ipv6() -> None:
    assert engine_text(facts_text(), EnginePackages(scope="host")) == (
        "=== /etc/dualstack/engine 0644 root:root\n"
        "package=docker.io\n"
        "scope=host\n"
        "=== /etc/apt/apt.conf.d/90dualstack-ipv6 0644 root:root\n"
        "# Written by dualstack: packages come over IPv6 only.\n"
        'Acquire::ForceIPv6 "true";\n'
        "=== end\n"
    )


def test_dockers_own_packages_have_a_source_for_the_hosts_release_and_architecture() -> None:
    text = engine_text(facts_text(os=UBUNTU, architecture="aarch64"), EnginePackages("docker-ce", REPOSITORY))
    assert text == (
        "=== /etc/dualstack/engine 0644 root:root\n"
        "package=docker-ce\n"
        "scope=installation\n"
        "=== /etc/apt/keyrings/docker.asc 0644 root:root\n"
        f"{KEY}\n"
        "=== /etc/apt/sources.list.d/docker.sources 0644 root:root\n"
        "# Written by dualstack\n"
        "Types: deb\n"
        "URIs: https://docker.example/linux/ubuntu\n"
        "Suites: noble\n"
        "Components: stable\n"
        "Architectures: arm64\n"
        "Signed-By: /etc/apt/keyrings/docker.asc\n"
        "=== end\n"
    )


def test_a_given_suite_is_taken_in_place_of_the_hosts_release() -> None:
    given = DockerRepository(REPOSITORY.url, KEY, suite="bookworm", component="test")
    text = engine_text(facts_text(os={"id": "raspbian", "version": "12"}), EnginePackages("docker-ce", given))
    assert "Suites: bookworm\nComponents: test\n" in text


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        ({"id": "debian", "version": ""}, "does not say the code name of its release"),
        (
            {"id": "mint", "version": "22", "codename": "wilma"},
            "this host runs mint 22, and this program knows docker's packages for debian and ubuntu",
        ),
    ],
)
def test_a_release_that_is_not_known_is_refused(system: dict[str, str], reason: str) -> None:
    with pytest.raises(HostError, match=reason):
        engine_text(facts_text(os=system), EnginePackages("docker-ce", REPOSITORY))


def test_the_facts_have_the_releases_code_name() -> None:
    assert parse_facts(facts_text(os=UBUNTU)).os_codename == "noble"
    assert parse_facts(facts_text()).os_codename is None
