"""The filter step: what may pass to the containers and between their networks, on the host itself.

Where dockerd leaves container ports open, a table of our own closes them. Its rules are the way's.
"""

from collections.abc import Sequence
from typing import Final

from .files import HostFile

NFT: Final = "/usr/sbin/nft"
_DIRECTORY: Final = "/etc/dualstack"
_UNIT = f"""\
# Written by dualstack.
[Unit]
Description=Filter what reaches containers over IPv6
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


def filter_files(rules: Sequence[str]) -> tuple[HostFile, ...]:
    """The table, the unit that loads it before docker, and the drop-in that makes docker wait for it.

    `rules`: of the chain at the hook `forward`, in nft's language; without any no file is needed.
    """
    if not rules:
        return ()
    return (
        HostFile(f"{_DIRECTORY}/filter.nft", _table(rules)),
        HostFile("/etc/systemd/system/dualstack-filter.service", _UNIT),
        HostFile("/etc/systemd/system/docker.service.d/dualstack-filter.conf", _DOCKER_DROP_IN),
    )


def _table(rules: Sequence[str]) -> str:
    lines = [
        "# Written by dualstack. The first two lines make loading it again replace it.",
        "table ip6 dualstack",
        "delete table ip6 dualstack",
        "table ip6 dualstack {",
        "    chain forward {",
        "        type filter hook forward priority filter; policy accept;",
        *(f"        {rule}" for rule in rules),
        "    }",
        "}",
    ]
    return "".join(f"{line}\n" for line in lines)
