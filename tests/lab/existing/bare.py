"""A stack of hosts that were there before: a plain link, and a config that names its hosts."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.link import client
from lab.link.client import ListedLink
from lab.machines import Host
from tests.lab.deployment import Deployment, destroyed_in_the_end
from tests.lab.exposure import (
    Addresses,
    Target,
    container_ipv4,
    from_another_host,
    from_the_internet,
    in_the_end,
    listen,
)
from tests.lab.host_steps import FILES_FOUND
from tests.lab.lab_session import lab_command

LINK = "bare"
SNAPSHOT = (
    f"{FILES_FOUND}; "
    "ip -6 -oneline address show | grep -v temporary | awk '{print $2, $4}' | sort; "
    "{ ip route; ip -6 route; } | sed 's/ linkdown//'; "
    "sysctl net.ipv6.conf.all.forwarding net.ipv4.ip_forward; nft list tables; "
    "docker ps --all --format '{{.Names}} {{.Image}}'; docker network ls --format '{{.Name}}' | sort"
)
"""What a host is like: its files, addresses, routes, forwarding, filters and containers."""


@dataclass(frozen=True)
class Bare:
    """The link, and the stack of its hosts."""

    link: ListedLink
    deployment: Deployment

    def host(self, number: int) -> Host:
        """The machine of a host, from 1."""
        return Host(self.link.hosts[number - 1].id)

    def prefix(self, number: int) -> str:
        """The prefix that is given to the containers of a host, from 1."""
        return str(self.link.prefix).replace("00::/64", f"{number:02x}::/64")

    def address_of(self, number: int) -> str:
        """That of a host's container, as Docker sees it."""
        form = "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}"
        return self.host(number).succeed(f"docker inspect --format '{form}' web-{number}").strip()

    def exposure(self, wanted: Sequence[str], origin: str = "the internet") -> list[str]:
        """Who reaches the first host's container: from the second host, and from the internet. `wanted`: what
        is to be found, as in `in_the_end`.
        """
        host, listed = self.host(1), self.link.hosts[0]
        target = Target(
            Addresses(self.address_of(1), listed.address),
            Addresses(container_ipv4(host, "web-1"), listed.ipv4),
        )
        listen(host, "web-1", target)
        return in_the_end(
            lambda: [*from_another_host(target, self.host(2)), *from_the_internet(target, origin)], wanted
        )

    def add_route(self, number: int) -> None:
        """Tells the upstream router what the stack's output says."""
        address = self.link.hosts[number - 1].address
        told = lab_command("link", "route", self.link.name, "add", self.prefix(number), address)
        assert told.returncode == 0, told.stderr

    def remove_route(self, number: int) -> None:
        """Undoes `add_route`."""
        told = lab_command("link", "route", self.link.name, "remove", self.prefix(number))
        assert told.returncode == 0, told.stderr

    def entry(self, number: int, **more: Any) -> dict[str, Any]:
        """A host in the config, with one container."""
        host = self.link.hosts[number - 1]
        return {
            "name": host.name,
            "existing": {"address": host.address, "hostKey": host.host_key},
            "prefix": self.prefix(number),
            "containers": [{"name": f"web-{number}", "image": "lab/web:1", "ports": ["80/tcp"]}],
            **more,
        }


@contextmanager
def bare_stack(folder: Path, hosts: int = 2, image: str | None = None) -> Generator[Bare]:
    """While open, a link with hosts that take the lab stack's key, and a stack that is not up yet.

    Its config knows nothing of AWS: no endpoint, no credentials, no region.
    """
    of_image = ("--image", image) if image else ()
    answer = lab_command("link", "up", LINK, "--hosts", str(hosts), *of_image, timeout=300)
    assert answer.returncode == 0, answer.stderr
    try:
        (link,) = (one for one in client.listing() if one.name == LINK)
        for host in link.hosts:
            Host(host.id).wait_for_boot()
            Host(host.id).wait_until_succeeds("docker image inspect lab/web:1")
            Host(host.id).wait_until_succeeds(
                "ip -6 route show default | grep static && ip route get 192.0.2.1"
            )
        with destroyed_in_the_end(Deployment(folder, "bare")) as deployment:
            deployment.forget_aws()
            bare = Bare(link, deployment)
            entries = [bare.entry(n + 1) for n in range(hosts)]
            deployment.change(sshFrom=None, sshPublicKey=None, hosts=entries)
            yield bare
    finally:
        down = lab_command("link", "down", LINK)
        assert down.returncode == 0, down.stderr
