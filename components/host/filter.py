"""The filter step: what may come in to the containers, on the host itself.

Engines with `ip6tables: false`, and those before 27, leave every container port open. The article this recipe
comes from lives with that; here a table of our own lets in ICMPv6 and the declared ports, and nothing else.
"""

from collections.abc import Sequence
from ipaddress import IPv6Network
from typing import Final, Literal

from ..config import Container, Port
from ..ipaddress_tools import container_address
from .files import HostFile

NFT: Final = "/usr/sbin/nft"
_DIRECTORY: Final = "/etc/dualstack"
_UNIT = f"""\
# Written by dualstack.
[Unit]
Description=Let in ICMPv6 and the declared ports of containers, and nothing else
DefaultDependencies=no
After=nftables.service
PartOf=nftables.service
Before=network-pre.target docker.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={NFT} --file {_DIRECTORY}/filter.nft
ExecReload={NFT} --file {_DIRECTORY}/filter.nft
ExecStop=-{NFT} delete table ip6 dualstack

[Install]
WantedBy=multi-user.target
"""
_DOCKER_DROP_IN = f"""\
# Written by dualstack: no container runs without the filter.
[Unit]
Wants=dualstack-filter.service
After=dualstack-filter.service

[Service]
ExecStartPre={NFT} list chain ip6 dualstack forward
"""


def filter_files(
    block: IPv6Network, containers: Sequence[Container], open_: Literal["declared", "all"] | str
) -> tuple[HostFile, ...]:
    """The table, the unit that loads it before docker, and the drop-in that makes docker wait for it.

    `open_`: `declared`, or `all`, which needs no file: the security group alone decides then.
    """
    if open_ == "all":
        return ()
    return (
        HostFile(f"{_DIRECTORY}/filter.nft", _table(block, containers)),
        HostFile("/etc/systemd/system/dualstack-filter.service", _UNIT),
        HostFile("/etc/systemd/system/docker.service.d/dualstack-filter.conf", _DOCKER_DROP_IN),
    )


def _table(block: IPv6Network, containers: Sequence[Container]) -> str:
    declared = [
        _rule(block, container, port)
        for container in sorted(containers, key=lambda each: each.place)
        for port in container.ports
    ]
    lines = [
        "# Written by dualstack. The first two lines make loading it again replace it.",
        "table ip6 dualstack",
        "delete table ip6 dualstack",
        "table ip6 dualstack {",
        "    chain forward {",
        "        type filter hook forward priority filter; policy accept;",
        f"        ip6 daddr != {block} accept",
        "        ct state established,related accept",
        "        meta l4proto ipv6-icmp accept",
        *declared,
        "        counter drop",
        "    }",
        "}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _rule(block: IPv6Network, container: Container, port: Port) -> str:
    address = container_address(block, container.place)
    return f"        ip6 daddr {address} {port.protocol} dport {port.number} accept  # {container.name}"
