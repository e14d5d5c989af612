"""The filter step: what may pass to the containers and between their networks, on the host itself.

Where dockerd leaves container ports open, a table of our own closes them; where it closes too much, rules of
ours come before its own, in the chain that it leaves to others. The rules are the way's.
"""

from collections.abc import Sequence
from typing import Final

from .files import HostFile

NFT: Final = "/usr/sbin/nft"
IP6TABLES: Final = "/usr/sbin/ip6tables"
CHAIN: Final = "DUALSTACK"
"""Our chain of ip6tables' table `filter`."""
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


_DOCKER_UNIT = f"""\
# Written by dualstack. dockerd calls DOCKER-USER before its own chains, and leaves alone what is in it.
[Unit]
Description=Let through to containers what Docker's own filter would not
Before=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=-{IP6TABLES} --wait --new-chain DOCKER-USER
ExecStart={IP6TABLES}-restore --wait --noflush {_DIRECTORY}/docker-filter
ExecStartPost={IP6TABLES} --wait --insert DOCKER-USER --jump {CHAIN}
ExecReload={IP6TABLES}-restore --wait --noflush {_DIRECTORY}/docker-filter
ExecStop=-{IP6TABLES} --wait --delete DOCKER-USER --jump {CHAIN}
ExecStop=-{IP6TABLES} --wait --flush {CHAIN}
ExecStop=-{IP6TABLES} --wait --delete-chain {CHAIN}

[Install]
WantedBy=docker.service
"""


def filter_files(rules: Sequence[str], docker_rules: Sequence[str] = ()) -> tuple[HostFile, ...]:
    """The table, the unit that loads it before docker, and the drop-in that makes docker wait for it; and
    what comes before Docker's own rules, with its unit.

    `rules`: of the chain at the hook `forward`, in nft's language; `docker_rules`: in ip6tables' language,
    without a chain. Without any no file is needed.
    """
    files: list[HostFile] = []
    if rules:
        files += [
            HostFile(f"{_DIRECTORY}/filter.nft", _table(rules)),
            HostFile("/etc/systemd/system/dualstack-filter.service", _UNIT),
            HostFile("/etc/systemd/system/docker.service.d/dualstack-filter.conf", _DOCKER_DROP_IN),
        ]
    if docker_rules:
        files += [
            HostFile(f"{_DIRECTORY}/docker-filter", _chain(docker_rules)),
            HostFile("/etc/systemd/system/dualstack-docker-filter.service", _DOCKER_UNIT),
        ]
    return tuple(files)


def _chain(rules: Sequence[str]) -> str:
    """For ip6tables-restore(8), which empties a chain that is named with a colon, and no other."""
    return "".join(
        f"{line}\n"
        for line in (
            "# Written by dualstack.",
            "*filter",
            f":{CHAIN} - [0:0]",
            *(f"-A {CHAIN} {rule}" for rule in rules),
            "COMMIT",
        )
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
