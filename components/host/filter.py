"""The filter step: what may pass to the containers and between their networks, on the host itself.

Where dockerd leaves container ports open, a table of our own closes them; where it closes too much, rules of
ours come before its own, in the chain that it leaves to others. The rules are the way's.
"""

from collections.abc import Sequence
from typing import Final

from .files import HostFile
from .nft_table import table_files

IP6TABLES: Final = "/usr/sbin/ip6tables"
CHAIN: Final = "DUALSTACK"
"""Our chain of ip6tables' table `filter`."""
_DIRECTORY: Final = "/etc/dualstack"
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
    """The table with its unit and drop-in, and what comes before Docker's own rules, with its unit.

    `rules`: of the chain at the hook `forward`, in nft's language; `docker_rules`: in ip6tables' language,
    without a chain. Without any no file is needed.
    """
    table = table_files(
        "dualstack",
        f"{_DIRECTORY}/filter.nft",
        "dualstack-filter",
        "Filter what reaches containers over IPv6",
        rules,
    )
    if not docker_rules:
        return table
    return (
        *table,
        HostFile(f"{_DIRECTORY}/docker-filter", _chain(docker_rules)),
        HostFile("/etc/systemd/system/dualstack-docker-filter.service", _DOCKER_UNIT),
    )


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
