"""What tests of the address ways ask of the network around a host: from outside, and from a VPC's router."""

import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from lab.fabric.addressing import link_local
from lab.fabric.router import device_name
from lab.machines import Host
from lab.names import vpc_namespace
from tests.lab.ec2_network import ec2
from tests.lab.exposure import Addresses, Target, container_ipv4, listen
from tests.lab.lab_session import eventually, on_operator_side

EVERYTHING = {
    "IpProtocol": "-1",
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
}
"""What lets everything in as far as a security group goes: what is closed then is closed by the host."""


def answers(address: str, port: int) -> bool:
    """Whether a web server answers at an address and port within a minute, seen from the operator's side."""
    return eventually(lambda: answers_at_once(address, port))


def answers_at_once(address: str, port: int) -> bool:
    """The same, asked once."""
    host = f"[{address}]" if ":" in address else address
    line = ["curl", "-sf", "-m", "2", "-o", "/dev/null", f"http://{host}:{port}/"]
    return on_operator_side(line).returncode == 0


def says_ssh(address: str) -> bool:
    """Whether an SSH server greets at an address, seen from outside, within a minute."""
    greet = ["timeout", "5", "bash", "-c", f"exec 3<>/dev/tcp/{address}/22 && head -c 4 <&3"]
    return eventually(lambda: on_operator_side(greet).stdout == "SSH-")


@contextmanager
def open_to_all(host: Host, interface: Mapping[str, Any], container: str, address: str) -> Generator[None]:
    """While open, the security group lets everything in, and a container answers on the other port, too."""
    listen(host, container, Target(Addresses(address, ""), Addresses(container_ipv4(host, container), "")))
    group = {"GroupId": interface["Groups"][0]["GroupId"], "IpPermissions": [EVERYTHING]}
    ec2("authorize_security_group_ingress", **group)
    try:
        yield
    finally:
        ec2("revoke_security_group_ingress", **group)


@contextmanager
def routed_by_the_vpc(interface: Mapping[str, Any], prefix: str) -> Generator["Router"]:
    """While open, the VPC's router sends a prefix to an interface that does not hold it, as no VPC would."""
    router = Router(vpc_namespace(interface["VpcId"]))
    to = ["via", "inet6", link_local(interface["MacAddress"])]
    route = [prefix, *to, "dev", device_name(interface["NetworkInterfaceId"])]
    router.run("ip", "route", "add", *route).check_returncode()
    try:
        yield router
    finally:
        router.run("ip", "route", "del", *route)


class Router:
    """A VPC's router, as a place to send packets from that no check of the VPC stops."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["nsenter", f"--net=/run/netns/{self._namespace}", *argv],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    def pings(self, address: str) -> bool:
        return self.run("ping", "-c", "2", "-W", "1", address).returncode == 0

    def fetches(self, address: str, port: int) -> bool:
        url = f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"
        return self.run("curl", "-sf", "-m", "3", "-o", "/dev/null", url).returncode == 0
