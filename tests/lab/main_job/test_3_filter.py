"""The hosts' own filter: what the group lets in and no container declared stays closed all the same."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.machines import Host
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import ec2, run_instance, state_of
from tests.lab.hosts import in_container
from tests.lab.lab_session import Keys, eventually, wait_for


@dataclass(frozen=True)
class Stranger:
    """A host that is not in the program: in the same subnet and group, and with all TCP let in."""

    host: Host

    def connects(self, address: str, port: int) -> bool:
        """Whether a TCP connection to there is accepted."""
        return self.host.run(["curl", "-6sf", "-m", "3", f"http://[{address}]:{port}/"]).returncode == 0

    def pings(self, address: str) -> bool:
        """Whether a ping is answered."""
        return self.host.run(["ping", "-6", "-c", "3", "-W", "1", address]).returncode == 0


@pytest.fixture(scope="module")
def stranger(main_job: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    keys = Keys.make(tmp_path_factory.mktemp("stranger"))
    interface = main_job.interface("host-1")
    group = interface["Groups"][0]["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": [{"GroupId": group}]}
    ec2("authorize_security_group_ingress", GroupId=group, IpPermissions=[rule])
    key_name = f"stranger-{secrets.token_hex(4)}"
    ec2("import_key_pair", KeyName=key_name, PublicKeyMaterial=keys.login_public.encode())
    prefix = str(main_job.outputs()["subnetIpv6Cidr"]).removesuffix("/64")
    own = ec2(
        "create_network_interface",
        SubnetId=interface["SubnetId"],
        Groups=[group],
        Ipv6Addresses=[{"Ipv6Address": f"{prefix}abcd:1"}],
    )["NetworkInterface"]["NetworkInterfaceId"]
    host = run_instance(own, keys, key_name)
    # An address that is still tentative is no source yet.
    host.wait_until_succeeds(
        f"ip -6 address show dev ens5 -tentative | grep -q {prefix}abcd:1 && ip -6 route get {prefix}a",
        timeout=240,
    )
    yield Stranger(host)
    ec2("terminate_instances", InstanceIds=[host.instance_id])
    wait_for(lambda: state_of(host.instance_id) == "terminated", "the state terminated")
    ec2("delete_network_interface", NetworkInterfaceId=own)
    ec2("delete_key_pair", KeyName=key_name)
    ec2("revoke_security_group_ingress", GroupId=group, IpPermissions=[rule])


def listen(host: Host, container: str, port: int) -> None:
    """Has a container answer on a port that it did not declare."""
    in_container(host, container, f"httpd -p [::]:{port} -h /www || httpd -p [::]:{port} -h /")


def test_a_host_outside_the_program_reaches_declared_ports_and_pings(
    deployment: Deployment, stranger: Stranger, prefix: str
) -> None:
    assert eventually(lambda: stranger.connects(f"{prefix}a", 80))
    assert eventually(lambda: stranger.connects(f"{prefix}e", 80))
    assert eventually(lambda: stranger.pings(f"{prefix}a"))


def test_a_port_that_was_not_declared_is_closed_though_the_group_lets_it_in(
    deployment: Deployment, host_1: Host, stranger: Stranger, prefix: str
) -> None:
    listen(host_1, "web-1", 8081)
    host_1.wait_until_succeeds("docker exec web-1 wget -q -O /dev/null http://[::1]:8081/")
    assert not stranger.connects(f"{prefix}a", 8081)


def test_open_all_takes_the_filter_away_and_declared_brings_it_back(
    deployment: Deployment, host_1: Host, stranger: Stranger, prefix: str
) -> None:
    deployment.change_host("host-1", lambda host: host.update(open="all"))
    deployment.bring_up()
    assert eventually(lambda: stranger.connects(f"{prefix}a", 8081))
    host_1.fail("nft list table ip6 dualstack")

    deployment.change_host("host-1", lambda host: host.pop("open"))
    deployment.bring_up()
    assert not stranger.connects(f"{prefix}a", 8081)
    assert eventually(lambda: stranger.connects(f"{prefix}a", 80))


def test_the_stranger_is_no_fault_of_the_programs(deployment: Deployment, tmp_path: Path) -> None:
    deployment.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
