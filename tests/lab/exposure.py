"""Who reaches a container and its host: pings and connections, told as rows of a page's table."""

import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile

from lab.machines import Host
from lab.paths import PROJECT_DIR
from tests.lab.lab_session import on_operator_side

DECLARED, OTHER = 80, 81
"""Ports of the container. It answers on both; the config names the first alone."""
HEADER = (
    "| from | over | ping, container | declared port, container | other port, container "
    "| declared port, host | other port, host |",
    "|---|---|---|---|---|---|---|",
)

SHUT = ("closed", "no")
"""What cells begin with that say that there is no way."""
OPEN_SECONDS = 60
"""For all that is to be open to have answered once."""

Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Addresses:
    """Of one family: the container's own, and its host's."""

    container: str
    host: str


@dataclass(frozen=True)
class Target:
    """A container and its host. `published`: the host's port for the declared one."""

    ipv6: Addresses
    ipv4: Addresses
    published: int = DECLARED


def table_of(page: str, heading: str, header: Sequence[str] = HEADER) -> list[str]:
    """The rows of the table with a header below a heading of a page in docs/, such as `networks/given.md`."""
    text = (PROJECT_DIR / "docs" / page).read_text()
    lines = text.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0].splitlines()
    begin = lines.index(header[0])
    assert lines[begin : begin + len(header)] == list(header)
    return list(takewhile(lambda line: line.startswith("|"), lines[begin + len(header) :]))


def in_the_end(measure: Callable[[], list[str]], wanted: Sequence[str]) -> list[str]:
    """The rows that `measure` gives, measured again while they are not those that are wanted: a first packet
    may be lost, and a busy host be late. What was open once is open.
    """
    found, deadline = measure(), time.monotonic() + OPEN_SECONDS
    while found != list(wanted) and time.monotonic() < deadline:
        again = measure()
        assert len(again) == len(found)
        found = [_either(*pair) for pair in zip(found, again, strict=True)]
    return found


def _either(row: str, other: str) -> str:
    """The row in which open is what is so in one of both."""
    pairs = zip(row.split(" | "), other.split(" | "), strict=True)
    return " | ".join(second if first.startswith(SHUT) else first for first, second in pairs)


def rows(origin: str, run: Run, target: Target) -> list[str]:
    """Two rows, one for each family, of what those reach who run commands by `run`."""
    families = (("IPv6", target.ipv6), ("IPv4", target.ipv4))
    answered = reached(run, [_probes(addresses, target.published) for _, addresses in families])
    return [
        f"| {origin} | {family} | {' | '.join(_cells(answered, row))} |"
        for row, (family, _) in enumerate(families)
    ]


def from_the_internet(target: Target, origin: str = "the internet") -> list[str]:
    """The same of the internet: the operator's side. Private addresses have no way there."""
    return rows(origin, on_operator_side, target)


def from_another_host(target: Target, other: Host) -> list[str]:
    """The same of another host, who sends packets for the container's private IPv4 address to its host."""
    with sent_to(other, target.ipv4):
        return rows("another host", other.run, target)


@contextmanager
def sent_to(other: Host, addresses: Addresses) -> Generator[None]:
    """While open, a host sends packets for a container straight to the container's host."""
    route = f"{addresses.container} via {addresses.host}"
    other.succeed(f"ip route add {route}")
    try:
        yield
    finally:
        other.succeed(f"ip route delete {route}")


def container_ipv4(host: Host, container: str) -> str:
    """A container's address on its first network, private to the host."""
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    return host.succeed(f"docker inspect --format '{form}' {container}").split()[0]


def listen(host: Host, container: str, target: Target) -> None:
    """Has a container answer on the other port, too; its own host reaches both, over both families."""
    answers = f"docker exec {container} wget -q -O /dev/null http://[::1]:{OTHER}/"
    host.succeed(f"{answers} 2>/dev/null || docker exec {container} httpd -p '[::]:{OTHER}' -h /www")
    for address in (f"[{target.ipv6.container}]", target.ipv4.container):
        for port in (DECLARED, OTHER):
            host.wait_until_succeeds(f"curl -sf -m 5 -o /dev/null http://{address}:{port}/", timeout=60)


def _probes(addresses: Addresses, published: int) -> list[str]:
    ports = [
        (addresses.container, DECLARED),
        (addresses.container, OTHER),
        (addresses.host, published),
        (addresses.host, OTHER),
    ]
    return [ping_line(addresses.container), *(curl_line(address, port) for address, port in ports)]


def ping_line(address: str) -> str:
    """A command: whether one of three is answered."""
    return f"ping -c 3 -i 0.3 -W 1 -q {address} >/dev/null 2>&1"


def curl_line(address: str, port: int) -> str:
    """A command: whether a web server answers."""
    return f"curl -sf -m 4 -o /dev/null http://{f'[{address}]' if ':' in address else address}:{port}/"


def reached(run: Run, probes: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Which commands succeed, by row and column. All are tried at once: those that fail take their time."""
    lines = [
        f"({command} && echo {row} {column}) &"
        for row, commands in enumerate(probes)
        for column, command in enumerate(commands)
    ]
    text = run(["sh", "-c", "\n".join([*lines, "wait"])]).stdout
    return {(int(line.split()[0]), int(line.split()[1])) for line in text.splitlines()}


def _cells(reached: set[tuple[int, int]], row: int) -> list[str]:
    ping = "answered" if (row, 0) in reached else "no answer"
    return [ping, *("open" if (row, column) in reached else "closed" for column in range(1, 5))]
