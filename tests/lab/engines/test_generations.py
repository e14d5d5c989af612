"""Each Debian release of the lab is a host as the default one is, with Docker and netplan of its own."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Interface

import pytest
import yaml

from lab.machines import Host
from lab.names import CONTAINER_IMAGE
from tests.lab.ec2_network import Network, ami_of, ec2, make_interface, network_with_key, run_instance
from tests.lab.lab_session import Keys, Lab

KEY_NAME = "generations"


@dataclass(frozen=True)
class Generation:
    """A release: the version that each program begins with, and how Compose is called there."""

    image: str
    docker: str
    netplan: str
    cloud_init: str
    systemd: str
    compose: str
    """The command and what it begins its answer with."""


GENERATIONS = (
    Generation("debian-12-docker", "20.10.", "0.106", "22.4", "252", "docker-compose version 1.29."),
    Generation("debian-14-docker", "28.5.", "1.2", "26.", "262", "Docker Compose version 2."),
)


@dataclass(frozen=True)
class Launched:
    """A running instance of a release."""

    host: Host
    address: str
    further: tuple[str, ...]
    """The ENI's addresses but the host's own."""
    keys: Keys


@pytest.fixture(scope="module")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        yield network


@pytest.fixture(scope="module")
def all_launched(network: Network, keys: Keys) -> dict[str, Launched]:
    """One machine of each release, started together."""
    return {
        generation.image: launch(network, keys, number, generation.image)
        for number, generation in enumerate(GENERATIONS, start=1)
    }


@pytest.fixture(params=GENERATIONS, ids=lambda generation: generation.image)
def generation(request: pytest.FixtureRequest) -> Generation:
    return request.param


@pytest.fixture
def launched(lab: Lab, all_launched: dict[str, Launched], generation: Generation) -> Launched:
    return all_launched[generation.image]


@pytest.fixture
def host(launched: Launched) -> Host:
    return launched.host


def launch(network: Network, keys: Keys, number: int, image: str) -> Launched:
    address, *further = (f"{network.ipv6_prefix}{number}:{last}" for last in range(1, 5))
    interface = make_interface(network, [address, *further])
    return Launched(run_instance(interface, keys, KEY_NAME, ami_of(image)), address, tuple(further), keys)


def test_the_first_ssh_connection_meets_the_host_key_that_user_data_gave(launched: Launched) -> None:
    """An image that nobody used before is built first."""
    launched.host.wait_until_succeeds("systemctl is-active ssh.service", timeout=300)
    answer = launched.keys.ssh(launched.address, "sudo id --user --name; id --user --name")
    assert (answer.returncode, answer.stdout) == (0, "root\ndebian\n"), answer.stderr


def test_the_programs_have_the_versions_of_their_release(host: Host, generation: Generation) -> None:
    host.wait_for_unit("docker.service")
    found = host.succeed(
        "docker version --format '{{.Server.Version}}'"
        " && dpkg-query --show --showformat='${Version}\\n' netplan.io cloud-init"
        " && systemctl --version | sed -n 's/^systemd //p'"
    ).splitlines()
    wanted = (generation.docker, generation.cloud_init, generation.netplan, generation.systemd)
    for version, begin in zip(found, wanted, strict=True):
        assert version.startswith(begin), found


def test_compose_is_that_of_the_release(host: Host, generation: Generation) -> None:
    said = host.succeed("docker compose version 2>/dev/null || docker-compose version")
    assert said.startswith(generation.compose)


def test_cloud_init_put_the_further_addresses_on_the_host_as_on_ec2(host: Host, launched: Launched) -> None:
    """Whatever the release's cloud-init calls an address, it it is the ENI's, and the first is not there."""
    written = yaml.safe_load(host.succeed("cat /etc/netplan/50-cloud-init.yaml"))
    nic = written["network"]["ethernets"]["ens5"]
    assert {IPv6Interface(one) for one in nic["addresses"]} == {
        IPv6Interface(f"{one}/128") for one in launched.further
    }
    assert (nic["dhcp4"], nic["dhcp6"]) == (True, True)


def test_every_service_is_well(host: Host) -> None:
    host.wait_for_boot()
    assert host.succeed("systemctl list-units --failed --plain --no-legend") == ""


def test_docker_runs_the_containers_of_the_lab(host: Host) -> None:
    host.succeed(f"docker run --detach --name web --hostname web-1 {CONTAINER_IMAGE}")
    address = host.succeed(
        "docker inspect web --format '{{.NetworkSettings.Networks.bridge.IPAddress}}'"
    ).strip()
    assert host.wait_until_succeeds(f"curl --silent http://{address}/") == "web-1\n"


def test_netplan_applies_a_file_that_finds_the_nic_by_its_mac(host: Host) -> None:
    mac = host.succeed("cat /sys/class/net/ens5/address").strip()
    file = (
        "network: {version: 2, ethernets: {anything: "
        f"{{match: {{macaddress: '{mac}'}}, dhcp4: true, dhcp6: true, addresses: ['fd00:1::1/64']}}}}}}"
    )
    host.succeed("mv /etc/netplan/50-cloud-init.yaml /root/")
    # The mask is for the file alone: netplan 1.2 would make networkd's own files with it, which networkd then
    # cannot read.
    host.succeed(f"(umask 077; printf %s {shlex.quote(file)} > /etc/netplan/60-any.yaml) && netplan apply")
    host.wait_until_succeeds("ip -6 addr show dev ens5 | grep -q 'fd00:1::1/64'")
    host.wait_until_succeeds("networkctl status ens5 | grep -F 10-netplan-anything.network")
    host.succeed("rm /etc/netplan/60-any.yaml && mv /root/50-cloud-init.yaml /etc/netplan/ && netplan apply")


def test_the_oldest_engine_does_not_start_with_ip6tables_alone(
    lab: Lab, all_launched: dict[str, Launched]
) -> None:
    """Of its own, beside the one that runs: what it refuses, it refuses before it touches anything."""
    said = all_launched["debian-12-docker"].host.fail(
        "timeout 20 dockerd --ip6tables --data-root=/root/second --exec-root=/run/second"
        " --pidfile=/run/second.pid --host=unix:///run/second.sock"
    )
    assert "ip6tables rules are only available if experimental features are enabled" in said


@pytest.mark.parametrize(
    ("image", "options", "has_ipv6"),
    [
        ("debian-12-docker", {}, "false"),
        (
            "debian-14-docker",
            {"default-network-opts": {"bridge": {"com.docker.network.enable_ipv6": "true"}}},
            "true",
        ),
    ],
)
def test_a_network_that_does_not_ask_for_ipv6_gets_it_from_a_pool_on_newer_engines_only(
    lab: Lab, all_launched: dict[str, Launched], image: str, options: dict[str, object], has_ipv6: str
) -> None:
    host = all_launched[image].host
    pools = [{"base": "172.20.0.0/16", "size": 24}, {"base": "fd00:1::/80", "size": 96}]
    text = json.dumps({"default-address-pools": pools, **options})
    host.succeed(f"echo {shlex.quote(text)} > /etc/docker/daemon.json && systemctl restart docker")
    host.succeed("docker network create from-a-pool")
    found = host.succeed("docker network inspect --format '{{.EnableIPv6}}' from-a-pool").strip()
    # systemd refuses a unit that is started often in a short time.
    host.succeed("docker network rm from-a-pool && rm /etc/docker/daemon.json")
    host.succeed("systemctl reset-failed docker; systemctl restart docker")
    assert found == has_ipv6


def test_a_reboot_leaves_nothing_but_the_disk(host: Host, launched: Launched) -> None:
    host.succeed("echo kept > /root/kept && ip link add left type bridge")
    boot = host.boot_id()
    ec2("reboot_instances", InstanceIds=[host.instance_id])
    host.wait_for_reboot(boot)
    host.wait_for_unit("ssh.service")
    answer = launched.keys.ssh(launched.address, "sudo cat /root/kept")
    assert (answer.returncode, answer.stdout) == (0, "kept\n"), answer.stderr
    host.fail("ip link show left")
