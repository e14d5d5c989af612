"""What tests ask of a host and of the containers on it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from lab.machines import Host

ANSWER_SECONDS = 60
"""For what answers at once where nothing else is to be done."""
Down = Callable[[Host], None]
EACH_WAY_DOWN = pytest.mark.parametrize(
    "down",
    [
        pytest.param(Host.reboot, id="reboot"),
        pytest.param(Host.power_cut, id="power-cut", marks=pytest.mark.matrix),
    ],
)
"""In order, and by a power cut."""


def boot_again(host: Host, down: Down) -> None:
    """Takes a machine down, and waits until it boots again."""
    boot = host.boot_id()
    down(host)
    host.wait_for_reboot(boot)


def in_container(host: Host, container: str, command: str) -> str:
    """Runs a shell command in a container; what it printed. It must succeed."""
    return host.succeed(f"docker exec {container} sh -c {json.dumps(command)}")


def ping(host: Host, container: str, address: str) -> int:
    """Pings from a container until it is answered; the hop limit of the answer."""
    line = f"docker exec {container} ping -6 -c 1 -W 3 {address}"
    text = host.wait_until_succeeds(line, ANSWER_SECONDS)
    match = re.search(r"(?:ttl|hop[_ ]?limit)=(\d+)", text)
    assert match, text
    return int(match[1])


def pings(host: Host, container: str, address: str) -> bool:
    """Whether one of three pings from a container is answered."""
    result = host.run(["docker", "exec", container, "ping", "-6", "-c", "3", "-W", "1", address])
    return result.returncode == 0


def fetch(host: Host, container: str, url: str) -> str:
    """Fetches a page from within a container, trying until it comes."""
    # Not by wget's own limit: Debian 12's static busybox dies of it.
    line = f"timeout 10 docker exec {container} wget -q -O - {url}"
    return host.wait_until_succeeds(line, ANSWER_SECONDS).strip()


def container_address(host: Host, container: str) -> str:
    """The container's address as Docker sees it."""
    template = "{{.NetworkSettings.GlobalIPv6Address}}"
    return host.succeed(f"docker inspect --format '{template}' {container}").strip()


def addresses(host: Host, device: str, family: int = 6) -> list[str]:
    """The global addresses of a device, with their lengths."""
    entries: list[Any] = json.loads(
        host.succeed(f"ip -json -{family} address show dev {device} scope global")
    )
    return sorted(
        f"{one['local']}/{one['prefixlen']}"
        for entry in entries
        for one in entry.get("addr_info", [])
        if "local" in one
    )


def routes(host: Host) -> list[str]:
    """The IPv6 routes of a host that concern global addresses: destination, gateway, device."""
    return sorted(
        _route(entry) for entry in json.loads(host.succeed("ip -json -6 route show")) if _counts(entry)
    )


def container_routes(host: Host, container: str) -> list[str]:
    """The same inside a container, where the host's `ip` is used, as an image may have none."""
    pid = host.succeed(f"docker inspect --format '{{{{.State.Pid}}}}' {container}").strip()
    text = host.succeed(f"nsenter --net=/proc/{pid}/ns/net ip -json -6 route show")
    return sorted(_route(entry) for entry in json.loads(text) if _counts(entry))


def _counts(entry: dict[str, Any]) -> bool:
    return not str(entry["dst"]).startswith(("fe80::", "multicast", "ff00::"))


def _route(entry: dict[str, Any]) -> str:
    via = f" via {entry['gateway']}" if "gateway" in entry else ""
    return f"{entry['dst']}{via} dev {entry['dev']}"


def journal(host: Host, options: str) -> str:
    """What journalctl(1) shows with these options, with all that was said until now."""
    return host.succeed(f"journalctl --sync; journalctl --no-pager --quiet {options}")


def logins(host: Host) -> int:
    """How many SSH sessions the host ever let in."""
    return journal(host, "-o cat -u ssh").count("Accepted publickey")
