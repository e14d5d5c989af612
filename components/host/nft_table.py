"""An nft table of our own, a unit that loads it before docker, and a drop-in that makes docker wait for it.

The host's filter has one, and each Compose project may have another.
"""

from collections.abc import Sequence
from typing import Final

from .files import HostFile

NFT: Final = "/usr/sbin/nft"
_UNIT: Final = """\
# Written by dualstack.
[Unit]
Description={description}
DefaultDependencies=no
After=nftables.service
PartOf=nftables.service
Before=network-pre.target docker.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={nft} --file {path}
ExecReload={nft} --file {path}
ExecStop=-{nft} delete table ip6 {table}

[Install]
WantedBy=multi-user.target
"""
_DOCKER_DROP_IN: Final = """\
# Written by dualstack: no container runs without the filter.
[Unit]
Wants={unit}.service
After={unit}.service

[Service]
ExecStartPre={nft} list chain ip6 {table} forward
"""


def table_files(
    table: str, path: str, unit: str, description: str, rules: Sequence[str]
) -> tuple[HostFile, ...]:
    """The table's file at `path`, its unit and the drop-in. Without rules no file is needed.

    `rules`: of the chain at the hook `forward`, in nft's language. `unit`: its name without `.service`.
    """
    if not rules:
        return ()
    names = {"table": table, "path": path, "unit": unit, "description": description, "nft": NFT}
    return (
        HostFile(path, _text(table, rules)),
        HostFile(f"/etc/systemd/system/{unit}.service", _UNIT.format(**names)),
        HostFile(f"/etc/systemd/system/docker.service.d/{unit}.conf", _DOCKER_DROP_IN.format(**names)),
    )


def _text(table: str, rules: Sequence[str]) -> str:
    lines = [
        "# Written by dualstack. The first two lines make loading it again replace it.",
        f"table ip6 {table}",
        f"delete table ip6 {table}",
        f"table ip6 {table} {{",
        "    chain forward {",
        "        type filter hook forward priority filter; policy accept;",
        *(f"        {rule}" for rule in rules),
        "    }",
        "}",
    ]
    return "".join(f"{line}\n" for line in lines)
