"""Docker installed by its step over IPv6 alone: names without an AAAA record are named, ways out work, and
the host is given back with all its packages and files.
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv6Network

import pytest

from components.containers import Container
from components.host.engine import DockerRepository, EnginePackages
from lab.machines import CommandFailed, Host
from lab.names import DOCKER_PATH, PACKAGES_NAME
from lab.services import services_dir
from tests.lab.ec2_network import ami_of, make_interface, network_with_key, run_instance
from tests.lab.host_steps import HostUnderSteps
from tests.lab.lab_session import Keys, Lab

KEY_NAME = "install"
AMI_WITHOUT_DOCKER = ami_of("debian-13")
SOURCE = "/etc/apt/sources.list.d/lab-packages.sources"
SNAPSHOT = (
    "cd /; dpkg-query --show --showformat '${Package} ${Version} ${db:Status-Status}\\n'; "
    "find etc usr/sbin usr/bin usr/local var/cache/apt/archives -xdev '(' -type f -o -type l ')' "
    "| grep -vE 'etc/(resolv.conf|ld.so.cache|.*-$)|\\.updated' | sort "
    '| while read -r file; do stat -c \'%n %A %U:%G\' "$file"; [ ! -f "$file" ] || md5sum <"$file"; done; '
    "ls -d etc/docker etc/dualstack etc/apt/*; getent group docker"
)
DOCKER_DEBS = {"containerd", "docker-cli", "docker.io", "runc", "tini"}


@pytest.fixture(scope="module")
def steps(lab_session: Lab, keys: Keys) -> Iterator[HostUnderSteps]:
    """A host without Docker."""
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        interface = make_interface(
            network, [f"{network.ipv6_prefix}{one}" for one in ("1:1", "8", "9", "a", "b")]
        )
        host = run_instance(interface, keys, KEY_NAME, AMI_WITHOUT_DOCKER)
        host.wait_for_unit("ssh.service")
        host.wait_until_succeeds("cloud-init status --wait >/dev/null || test $? = 2")
        yield HostUnderSteps(host, IPv6Network(f"{network.ipv6_prefix}/64"), ())


@pytest.fixture(scope="module")
def snapshot(steps: HostUnderSteps) -> str:
    return whole(steps.host)


def whole(host: Host) -> str:
    return host.run(["sh", "-c", SNAPSHOT]).stdout


def take_from(host: Host, name: str) -> None:
    """Sets the host's package source to another name of the mirror."""
    host.succeed(f"sed -i 's,^URIs: .*,URIs: http://{name}/debian,' {SOURCE}")


def fetched() -> list[tuple[str, str]]:
    """Who fetched what from the mirror, oldest first."""
    lines = (services_dir() / "packages.log").read_text().splitlines()
    return [(words[1], words[3]) for words in (line.split() for line in lines)]


def debs(requests: list[tuple[str, str]]) -> set[str]:
    return {match[1] for _, path in requests if (match := re.search(r"/pool/([^_]+)_", path))}


def refused(act: Callable[[], object]) -> str:
    """What a step says that fails."""
    with pytest.raises(CommandFailed) as failure:
        act()
    return str(failure.value).partition(": ")[2].strip()


def docker_ce(host: Host, key: str = "") -> EnginePackages:
    """Docker's own packages, from the lab's repository of them."""
    url = f"http://{PACKAGES_NAME}{DOCKER_PATH}"
    return EnginePackages("docker-ce", DockerRepository(url, key or host.succeed(f"curl -sf {url}/key.asc")))


def test_a_source_with_an_a_record_only_is_named_before_anything_is_changed(
    steps: HostUnderSteps, snapshot: str
) -> None:
    steps.apply_all_before("engine")
    take_from(steps.host, "packages-ipv4.example")
    before = whole(steps.host)
    assert refused(lambda: steps.apply("engine")) == (
        "http://packages-ipv4.example/debian (/etc/apt/sources.list.d/lab-packages.sources): "
        "packages-ipv4.example has no IPv6 address, only an A record; give a mirror that has one with "
        "packageMirror, or take one in the image's own sources\n"
        "engine: these package sources cannot be reached over IPv6 (see above)"
    )
    assert whole(steps.host) == before


def test_a_name_that_nobody_knows_is_named(steps: HostUnderSteps) -> None:
    take_from(steps.host, "nobody.example")
    assert "the name server of this host knows no address of nobody.example" in refused(
        lambda: steps.apply("engine")
    )


def test_a_mirror_without_ipv6_is_no_way_out(steps: HostUnderSteps) -> None:
    take_from(steps.host, "packages-ipv4.example")
    steps.packages = EnginePackages(mirror="http://registry-ipv4.example")
    assert "registry-ipv4.example has no IPv6 address, only an A record" in refused(
        lambda: steps.apply("engine")
    )


def test_the_given_mirror_takes_its_place_and_all_packages_come_over_ipv6(steps: HostUnderSteps) -> None:
    steps.packages = EnginePackages(mirror=f"http://{PACKAGES_NAME}", scope="host")
    already = len(fetched())
    steps.apply_all()
    requests = fetched()[already:]
    assert debs(requests) == DOCKER_DEBS
    assert {source for source, _ in requests} == {f"{steps.subnet.network_address}1:1"}
    assert steps.host.succeed("docker version --format '{{.Server.Version}}'") == "26.1.5+dfsg1\n"


def test_all_that_apt_does_takes_the_mirror_over_ipv6_from_now_on(steps: HostUnderSteps) -> None:
    assert f"URIs: http://{PACKAGES_NAME}/debian\n" in steps.host.succeed(f"cat {SOURCE}")
    assert 'Acquire::ForceIPv6 "true"' in steps.host.succeed("apt-config dump Acquire::ForceIPv6")
    already = len(fetched())
    steps.host.succeed("apt-get -q update")
    assert {source for source, _ in fetched()[already:]} == {f"{steps.subnet.network_address}1:1"}


def test_an_image_is_pulled_from_a_registry_over_ipv6(steps: HostUnderSteps) -> None:
    steps.containers = (Container("pulled", "registry.example/lab/web:1", place=1),)
    assert "registry.example/lab/web:1 is up at" in steps.apply_container(steps.containers[0])
    assert steps.address_of("pulled") == "a"


def test_a_registry_with_an_a_record_only_is_named_with_the_ways_out(steps: HostUnderSteps) -> None:
    pulled = steps.containers
    other = Container("other", "registry-ipv4.example/lab/web:1", place=2)
    steps.containers = (*pulled, other)
    assert refused(lambda: steps.apply_container(other)) == (
        "container other: registry registry-ipv4.example has no IPv6 address, only an A record "
        "(203.0.113.3), which this host does not reach; take the image from a registry with IPv6, or through "
        "a cache or mirror that has it; or give the host a way to IPv4: a subnet with nat64, or "
        "connect: ipv4; or load the image on the host with `docker load`"
    )
    steps.remove_container("other")
    steps.containers = pulled


def test_another_package_on_a_living_host_is_refused(steps: HostUnderSteps) -> None:
    installed, steps.packages = steps.packages, docker_ce(steps.host)
    assert refused(lambda: steps.apply("engine")) == (
        "engine: docker.io was installed on this host, and dockerPackage is docker-ce now; set it back to "
        "docker.io, or replace the host"
    )
    steps.packages = installed


def test_what_was_installed_and_written_goes_out_again(steps: HostUnderSteps, snapshot: str) -> None:
    steps.remove_all()
    take_from(steps.host, PACKAGES_NAME)
    assert whole(steps.host) == snapshot


def test_docker_s_own_packages_come_from_their_own_source_with_their_own_key(
    steps: HostUnderSteps, snapshot: str
) -> None:
    """The host's own source is the regional mirror of an EC2 image here, which has an A record only."""
    take_from(steps.host, "eu-central-1.ec2.packages.example")
    steps.containers = ()
    steps.packages = docker_ce(steps.host)
    already = len(fetched())
    steps.apply_all_before("filter")
    assert steps.host.succeed("cat /etc/apt/sources.list.d/docker.sources") == (
        "# Written by dualstack\n"
        "Types: deb\n"
        "URIs: http://packages.example/docker\n"
        "Suites: trixie\n"
        "Components: stable\n"
        "Architectures: amd64\n"
        "Signed-By: /etc/apt/keyrings/docker.asc\n"
    )
    assert debs(fetched()[already:]) == {"containerd.io", "docker-ce", "docker-ce-cli"}
    assert "URIs: http://eu-central-1.ec2.packages.example/debian\n" in steps.host.succeed(f"cat {SOURCE}")
    assert steps.engine == '{"engine": "26.1.5"}\n'


def test_docker_s_own_packages_go_out_again_with_their_source(steps: HostUnderSteps, snapshot: str) -> None:
    steps.remove_all()
    take_from(steps.host, PACKAGES_NAME)
    assert whole(steps.host) == snapshot


def test_packages_that_another_key_signed_are_not_taken(steps: HostUnderSteps) -> None:
    other = steps.host.succeed("cat /usr/share/keyrings/lab-packages.asc")
    steps.packages = docker_ce(steps.host, other)
    steps.apply_all_before("engine")
    said = refused(lambda: steps.apply("engine"))
    assert "http://packages.example/docker trixie InRelease" in said
    assert "engine: apt-get failed over IPv6" in said
    assert steps.host.run(["sh", "-c", "command -v dockerd"]).returncode != 0
