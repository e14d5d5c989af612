"""What a Docker Engine cannot do of what daemon.json asks of it, whoever asked.

The docker step refuses it before it is written, where Pulumi runs; the preflight of a host that was there
before does so on the host, and of dockerd's flags, too.

Some engines refuse such a key themselves and do not start; others start, and containers are without a
network. Docker's release notes of 27, 28 and 29 say which came when.
"""

from collections.abc import Mapping
from ipaddress import IPv6Network
from typing import Any, Final

FIRST_WITHOUT_EXPERIMENTAL: Final = (27, 0)
FIRST_WITH_IPV6_POOLS: Final = (27, 0)
FIRST_THAT_DROPS_UNTRANSLATED: Final = (28, 2)
"""From here on a rule in the table `raw` drops all that is sent straight to a container on docker0."""
FIRST_WITH_NFTABLES: Final = (29, 0)


def engine_refusals(settings: Mapping[str, Any], engine: str) -> dict[str, str]:
    """The keys of daemon.json that this engine cannot do as set, each with the reason and the version needed.

    `settings`: all keys that daemon.json is going to have. `engine`: the version, e.g. 20.10.24.
    """
    version = _version(engine)
    refusals: dict[str, str] = {}
    if (
        settings.get("ip6tables")
        and not settings.get("experimental")
        and version < FIRST_WITHOUT_EXPERIMENTAL
    ):
        refusals["ip6tables"] = (
            "before docker engine 27 that needs experimental, and dockerd does not start without; take "
            "ip6tables out, or install engine 27 or newer"
        )
    if settings.get("ip-masq") is False and version >= FIRST_THAT_DROPS_UNTRANSLATED:
        refusals["ip-masq"] = (
            "from docker engine 28.2 on containers on docker0 get no answers then; take it out, and for "
            "containers that are seen with their own addresses use network routed"
        )
    if _has_ipv6_pool(settings) and version < FIRST_WITH_IPV6_POOLS:
        refusals["default-address-pools"] = (
            "before docker engine 27 a network that does not ask for IPv6, as those of Compose, gets none "
            "from a pool; take those of IPv6 out, or install engine 27 or newer"
        )
    if settings.get("firewall-backend") == "nftables" and version < FIRST_WITH_NFTABLES:
        refusals["firewall-backend"] = (
            "that needs docker engine 29; take it out, or install engine 29 or newer"
        )
    return refusals


def _has_ipv6_pool(settings: Mapping[str, Any]) -> bool:
    pools: list[Mapping[str, Any]] = settings.get("default-address-pools") or []
    return any(_is_ipv6(str(pool.get("base"))) for pool in pools)


def _is_ipv6(base: str) -> bool:
    try:
        IPv6Network(base, strict=False)
    except ValueError:
        return False
    return True


def _version(engine: str) -> tuple[int, int]:
    major, minor, *_ = (*engine.split("."), "0")
    return int(major), int(minor)
