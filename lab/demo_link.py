"""The demonstration's hosts that Pulumi did not make: two machines on a plain link, each given a prefix."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv6Network
from itertools import islice
from typing import Any, Final

import yaml

from lab.link import client
from lab.link.client import ListedHost, ListedLink
from lab.machines import Host
from lab.names import CONTAINER_IMAGE, DEFAULT_AMI, LAB_IMAGES, STACK
from lab.paths import PROJECT_DIR

GIVEN: Final = "given"
"""The way of addresses whose hosts are of this kind, as the program calls it."""
LINK: Final = "demo"
_HOSTS: Final = 2
_BOOT_SECONDS: Final = 180.0
_OF_THE_LINK: Final = "ndp-proxy"
_WITHOUT_ROUTER: Final = "static-routes"
_OF_AWS: Final = ("aws:", "dualstack:sshFrom", "dualstack:sshPublicKey")
"""How config keys begin that hosts elsewhere have no use for."""


_NO_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
EXAMPLE: Final = ListedLink(
    name=LINK,
    prefix="2001:db8:a:100::/64",
    allocation="2001:db8:a:100::/56",
    router="2001:db8:a:100::1",
    image=LAB_IMAGES[DEFAULT_AMI],
    routes={},
    hosts=tuple(
        ListedHost(f"{LINK}-{number}", f"host-{LINK}-{number}", f"2001:db8:a:100::1{number}", "", _NO_KEY)
        for number in range(1, _HOSTS + 1)
    ),
)
"""Of this kind; for a preview, which reaches no host."""


def make_ready(say: Callable[[str], None], network: str | None) -> ListedLink:
    """Lays the link if need be, and tells its router what this way of the network needs. Raises LabError."""
    link = find()
    if link is None:
        say(f"a plain link with {_HOSTS} hosts on it that are not AWS's")
        stack = yaml.safe_load((PROJECT_DIR / f"Pulumi.{STACK}.yaml").read_text())
        key = stack["config"]["dualstack:sshPublicKey"]
        link = client.up(LINK, _HOSTS, LAB_IMAGES[DEFAULT_AMI], [key])
    for host in link.hosts:
        Host(host.id).wait_for_unit("docker.service", _BOOT_SECONDS)
        Host(host.id).wait_until_succeeds(f"docker image inspect {CONTAINER_IMAGE}", _BOOT_SECONDS)
    wanted = upstream_routes(link, network)
    for prefix in link.routes.keys() - wanted.keys():
        client.remove_route(LINK, prefix)
    for prefix in wanted.keys() - link.routes.keys():
        say(f"the router upstream is told: {prefix} via {wanted[prefix]}")
        client.add_route(LINK, prefix, wanted[prefix])
    return link


def find() -> ListedLink | None:
    """The link, or None where it is not up. Raises LabError."""
    return next((link for link in client.listing() if link.name == LINK), None)


def take_away() -> None:
    """Takes the link away with its hosts, where it is up. Raises LabError."""
    if find():
        client.down(LINK)


def prefixes(link: ListedLink, network: str | None) -> Iterator[IPv6Network]:
    """Those for the hosts' containers, in order: a /66 of the link's own /64 where hosts answer for them;
    else a further /64 of what the internet routes to the link's router.
    """
    own = IPv6Network(link.prefix)
    if network == _OF_THE_LINK:
        # Not the first, which has the hosts' own addresses.
        return islice(own.subnets(new_prefix=66), 1, None)
    return (one for one in IPv6Network(link.allocation).subnets(new_prefix=64) if one != own)


def upstream_routes(link: ListedLink, network: str | None) -> dict[str, str]:
    """The routes that the link's router needs for the containers: from a prefix to a host's address."""
    if network in (_OF_THE_LINK, _WITHOUT_ROUTER):
        return {}
    given = zip(prefixes(link, network), link.hosts, strict=False)
    return {str(prefix): host.address for prefix, host in given}


def config_of(text: str, link: ListedLink, network: str | None) -> str:
    """The text of the lab stack's config with these hosts in place of its own, and nothing of AWS."""
    document: dict[str, Any] = yaml.safe_load(text)
    config: Mapping[str, Any] = document["config"]
    left = {key: value for key, value in config.items() if not key.startswith(_OF_AWS)}
    given = zip(link.hosts, prefixes(link, network), strict=False)
    if network == _WITHOUT_ROUTER:
        left["dualstack:internetTargets"] = []
    left["dualstack:hosts"] = [
        {
            "name": host.name,
            "existing": {"address": host.address, "hostKey": host.host_key},
            "addresses": GIVEN,
            "prefix": str(prefix),
            **({"network": network} if network else {}),
            "containers": [{"name": f"web-{number}", "image": CONTAINER_IMAGE, "ports": ["80/tcp"]}],
        }
        for number, (host, prefix) in enumerate(given, start=1)
    ]
    return yaml.safe_dump({**document, "config": left}, sort_keys=False)
