"""Hosts whose containers have private addresses, and one with a prefix: their config, and ways to them."""

from dataclasses import replace

from lab.machines import Host
from tests.lab.deployment import Deployment
from tests.lab.ec2_network import public_address
from tests.lab.exposure import Addresses, Target, container_ipv4, listen

FIRST = {
    "name": "first",
    "slot": 1,
    "addresses": "private",
    "network": "nat66",
    "containers": [{"name": "web", "image": "lab/web:1", "ports": ["8080:80/tcp"], "place": 1}],
}
SECOND = {
    "name": "second",
    "slot": 2,
    "addresses": "private",
    "network": "nat66",
    "networks": [{"name": "front", "number": 1}, {"name": "back", "number": 2}],
    "containers": [
        {"name": "web", "image": "lab/web:1", "ports": ["8081:80/tcp"], "place": 1, "networks": ["front"]},
        {"name": "db", "image": "lab/web:1", "place": 2, "networks": ["back"]},
    ],
}

PREFIX = {
    "name": "third",
    "slot": 3,
    "addresses": "prefix",
    "containers": [{"name": "web", "image": "lab/web:1", "ports": ["80/tcp"], "place": 1}],
}


def public_ipv4(deployment: Deployment, name: str) -> str:
    return public_address(deployment.interface(name)["NetworkInterfaceId"])


def inside_address(host: Host) -> str:
    """The address of the container `web` as Docker sees it."""
    form = "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}"
    return host.succeed(f"docker inspect --format '{form}' web").strip()


def target_of(deployment: Deployment, name: str, address: str, published: int = 80) -> Target:
    """The container `web` of a host, at an address, and the host as others of the subnet know it."""
    host, interface = deployment.host(name), deployment.interface(name)
    own = deployment.outputs()["hosts"][name]["address"]
    private = Addresses(container_ipv4(host, "web"), interface["PrivateIpAddress"])
    target = Target(Addresses(address, own), private, published)
    listen(host, "web", target)
    return target


def outside(deployment: Deployment, name: str, target: Target) -> Target:
    """The same as the internet knows it."""
    return replace(target, ipv4=Addresses(target.ipv4.container, public_ipv4(deployment, name)))
