"""What of the internet a host pings around a change of its network."""

from ipaddress import IPv6Address
from urllib.parse import urlsplit

from .docker_host_args import DockerHostArgs


def pinged(args: DockerHostArgs) -> list[str]:
    """The targets that are IPv6 addresses, and the hosts of URLs that are. A name's address may change."""
    existing = args.get("existing")
    of_its_own = existing.get("internet_targets", []) if existing else []
    given = args.get("internet_targets", of_its_own)
    return list(dict.fromkeys(address for address in map(_address, given) if address))


def _address(target: str) -> str | None:
    try:
        return str(IPv6Address((urlsplit(target).hostname or "") if "://" in target else target))
    except ValueError:
        return None
