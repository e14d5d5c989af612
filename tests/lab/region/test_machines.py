"""A machine of the lab, had through EC2's API alone, is a host as EC2 would give one."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.fabric import namespaces
from lab.machines import CommandFailed, Host
from lab.names import CONTAINER_IMAGE
from tests.lab.ec2_network import (
    Network,
    ami_of,
    console_output,
    ec2,
    make_interface,
    network_with_key,
    run_instance,
    state_of,
)
from tests.lab.lab_session import Keys, Lab, on_operator_side, wait_for

AMI_WITHOUT_DOCKER = ami_of("debian-13")
BLOCK = ("8", "9", "a", "b")
KEY_NAME = "machines"


@dataclass(frozen=True)
class Launched:
    """A running instance and what it was made of."""

    host: Host
    interface_id: str
    address: str
    keys: Keys


@pytest.fixture(scope="module")
def network(lab_session: Lab, keys: Keys) -> Iterator[Network]:
    with network_with_key(lab_session, keys, KEY_NAME) as network:
        yield network


@pytest.fixture(scope="module")
def machines(network: Network, keys: Keys) -> tuple[Launched, Launched]:
    """One machine with Docker and one without, started together."""
    return (
        launch(network, keys, "1:1", BLOCK),
        launch(network, keys, "2:2", ("c",), AMI_WITHOUT_DOCKER),
    )


@pytest.fixture
def machine(lab: Lab, machines: tuple[Launched, Launched]) -> Launched:
    return machines[0]


@pytest.fixture
def host(machine: Launched) -> Host:
    return machine.host


@pytest.fixture
def host_without_docker(lab: Lab, machines: tuple[Launched, Launched]) -> Host:
    return machines[1].host


def launch(
    network: Network, keys: Keys, last: str, block: tuple[str, ...], ami: str | None = None
) -> Launched:
    address = f"{network.ipv6_prefix}{last}"
    interface = make_interface(network, [address, *(f"{network.ipv6_prefix}{one}" for one in block)])
    more = (ami,) if ami else ()
    return Launched(run_instance(interface, keys, KEY_NAME, *more), interface, address, keys)


def test_the_first_ssh_connection_meets_the_host_key_that_user_data_gave(machine: Launched) -> None:
    machine.host.wait_for_unit("ssh.service")
    answer = machine.keys.ssh(machine.address, "sudo id --user --name; id --user --name")
    assert (answer.returncode, answer.stdout) == (0, "root\ndebian\n"), answer.stderr


def test_the_instance_is_running_and_says_so(machine: Launched) -> None:
    wait_for(lambda: state_of(machine.host.instance_id) == "running", "the state running")


def test_cloud_init_wrote_the_network_file_that_it_writes_on_ec2(machine: Launched, network: Network) -> None:
    """Every address of the ENI but the first in AWS's order: the block, and the host's own at the end."""
    host, prefix = machine.host, network.ipv6_prefix
    interface = ec2("describe_network_interfaces", NetworkInterfaceIds=[machine.interface_id])
    mac = interface["NetworkInterfaces"][0]["MacAddress"]
    long_form = prefix.removesuffix("::") + ":0:0:"
    assert host.succeed("ls /etc/netplan; stat --format=%a /etc/netplan/*") == "50-cloud-init.yaml\n600\n"
    assert host.succeed("cat /etc/netplan/50-cloud-init.yaml") == (
        "network:\n  version: 2\n  ethernets:\n    ens5:\n"
        f'      match:\n        macaddress: "{mac}"\n'
        "      addresses:\n"
        f'      - "{long_form}0:9/128"\n      - "{long_form}0:a/128"\n      - "{long_form}0:b/128"\n'
        f'      - "{long_form}1:1/128"\n'
        '      dhcp4: true\n      dhcp6: true\n      set-name: "ens5"\n'
    )


def test_every_service_of_a_machine_is_well(host: Host) -> None:
    host.wait_for_boot()
    assert host.succeed("systemctl list-units --failed --plain --no-legend") == ""


def test_the_user_of_a_machine_may_ping(machine: Launched) -> None:
    answer = machine.keys.ssh(machine.address, "ping -c1 -W10 -q 2001:db8:ffff::1")
    assert "1 received" in answer.stdout, answer.stdout + answer.stderr


def test_docker_runs_the_containers_of_the_lab(host: Host) -> None:
    host.wait_for_unit("docker.service")
    host.succeed(f"docker run --detach --name web --hostname web-1 {CONTAINER_IMAGE}")
    address = host.succeed("docker inspect web --format '{{.NetworkSettings.IPAddress}}'").strip()
    gateway = host.succeed("docker inspect web --format '{{.NetworkSettings.Gateway}}'").strip()
    assert host.wait_until_succeeds(f"curl --silent http://{address}/", timeout=60) == "web-1\n"
    source = host.wait_until_succeeds(f"curl --silent http://{address}/cgi-bin/source")
    assert source == f"{gateway}\n"


@pytest.mark.matrix
def test_docker_is_installed_without_a_network_where_the_image_has_none(host_without_docker: Host) -> None:
    host = host_without_docker
    host.wait_for_unit("ssh.service")
    host.fail("command -v docker")
    host.succeed("apt-get -q update && apt-get -q -y install docker.io docker-cli", timeout=120)
    assert host.succeed("docker images --format '{{.Repository}}:{{.Tag}}'") == f"{CONTAINER_IMAGE}\n"


def test_netplan_finds_the_nic_by_its_mac_under_any_id(host: Host) -> None:
    """A veth has no permanent MAC address, which netplan looks at; nobody may notice."""
    mac = host.succeed("cat /sys/class/net/ens5/address").strip()
    file = f"""network:
  version: 2
  ethernets:
    anything:
      match: {{macaddress: "{mac}"}}
      dhcp4: true
      addresses: [fd00:1::1/64]
"""
    host.succeed("mv /etc/netplan/50-cloud-init.yaml /root/")
    host.succeed(f"umask 077; printf %s {shlex.quote(file)} > /etc/netplan/60-any.yaml && netplan apply")
    host.wait_until_succeeds("networkctl status ens5 | grep -F 10-netplan-anything.network")
    host.wait_until_succeeds("ip -6 addr show dev ens5 | grep -q 'fd00:1::1/64'")
    host.succeed("rm /etc/netplan/60-any.yaml && mv /root/50-cloud-init.yaml /etc/netplan/ && netplan apply")


def test_a_cut_cable_passes_nothing_and_a_mended_one_everything(machine: Launched) -> None:
    ping = ["ping", "-c1", "-W1", "-q", machine.address]
    wait_for(lambda: on_operator_side(ping).returncode == 0, "an answer to a ping")
    machine.host.cut()
    assert on_operator_side(ping).returncode == 1
    machine.host.fail("ping -c1 -W1 2001:db8:ffff::1")
    machine.host.mend()
    wait_for(lambda: on_operator_side(ping).returncode == 0, "an answer to a ping")


def test_a_full_disk_takes_no_more(host: Host) -> None:
    host.fill_disk("/etc/netplan")
    assert "No space left" in host.fail("cp /etc/passwd /etc/netplan/new.yaml")
    assert "50-cloud-init.yaml" in host.succeed("ls /etc/netplan")
    host.free_disk("/etc/netplan")
    host.succeed("cp /etc/passwd /etc/netplan/new.yaml && rm /etc/netplan/new.yaml")


def test_a_command_that_fails_shows_what_it_said(host: Host) -> None:
    with pytest.raises(CommandFailed) as failure:
        host.succeed("echo to stdout; echo to stderr >&2; exit 3")
    assert str(failure.value) == (
        f"on {host.instance_id}, exit code 3: echo to stdout; echo to stderr >&2; exit 3\n"
        "to stdout\nto stderr"
    )


def test_a_command_that_hangs_is_ended(host: Host) -> None:
    assert host.run(["sleep", "60"], timeout=1).returncode == 124


def test_the_console_output_shows_the_host_key(machine: Launched) -> None:
    wait_for(
        lambda: machine.keys.host_public.split()[1] in console_output(machine.host.instance_id),
        "the host key on the console",
    )


def test_a_reboot_through_the_api_leaves_nothing_but_the_disk(machine: Launched) -> None:
    host = machine.host
    host.succeed(
        "echo kept > /root/kept && ip link add left type bridge && sysctl -qw net.ipv6.conf.all.forwarding=1"
    )
    boot = host.boot_id()
    ec2("reboot_instances", InstanceIds=[host.instance_id])
    host.wait_for_reboot(boot)
    host.wait_for_unit("ssh.service")
    assert machine.keys.ssh(machine.address, "hostname").returncode == 0
    assert host.succeed("cat /root/kept") == "kept\n"
    assert host.succeed("sysctl --values net.ipv6.conf.all.forwarding") == "0\n"
    host.fail("ip link show left")


def test_a_machine_that_loses_power_boots_again_from_its_disk(machine: Launched) -> None:
    host = machine.host
    host.succeed("echo unsaved > /run/unsaved && ip link add left type bridge")
    boot = host.boot_id()
    host.power_cut()
    host.wait_for_start(boot)
    host.wait_for_unit("ssh.service")
    assert machine.keys.ssh(machine.address, "cat /run/unsaved").returncode == 1
    host.fail("ip link show left")
    assert host.succeed("cat /root/kept") == "kept\n"


def test_an_instance_that_powers_itself_off_is_stopped_and_can_be_started(machine: Launched) -> None:
    host = machine.host
    host.power_off()
    wait_for(lambda: state_of(host.instance_id) == "stopped", "the state stopped")
    wait_for(lambda: not (namespaces.FOLDER / host.name).exists(), "its namespace to go")
    ec2("start_instances", InstanceIds=[host.instance_id])
    wait_for(lambda: state_of(host.instance_id) == "running", "the state running")
    host.wait_for_unit("ssh.service")
    assert host.succeed("cat /root/kept") == "kept\n"


def test_an_instance_stopped_through_the_api_goes_off(machine: Launched) -> None:
    host = machine.host
    ec2("stop_instances", InstanceIds=[host.instance_id])
    wait_for(lambda: state_of(host.instance_id) == "stopped", "the state stopped")
    assert not host.is_running


def test_a_terminated_instance_frees_its_eni_and_leaves_nothing(machine: Launched, network: Network) -> None:
    host = machine.host
    ec2("terminate_instances", InstanceIds=[host.instance_id])
    wait_for(lambda: state_of(host.instance_id) == "terminated", "the state terminated")

    def status() -> str:
        interfaces = ec2("describe_network_interfaces", NetworkInterfaceIds=[machine.interface_id])
        return interfaces["NetworkInterfaces"][0]["Status"]

    wait_for(lambda: status() == "available", "the interface to be available")
    wait_for(lambda: not Path(host.state_directory).exists(), "its disk to go")
    wait_for(lambda: not (namespaces.FOLDER / host.name).exists(), "its namespace to go")


def test_another_instance_on_the_same_eni_has_the_same_address(machine: Launched, lab: Lab) -> None:
    """The lease of the former one must not stand in the way."""
    replacement = run_instance(machine.interface_id, machine.keys, KEY_NAME)
    wait_for(lambda: replacement.is_running, "the machine to run")
    replacement.wait_for_unit("ssh.service")
    answer = machine.keys.ssh(machine.address, "cat /root/kept")
    assert (answer.returncode, answer.stdout) == (1, ""), answer.stderr
