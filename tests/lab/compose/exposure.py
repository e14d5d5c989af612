"""The exposure of each form of a published port, measured by TCP connections, as rows of a table."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.machines import Host
from lab.paths import PROJECT_DIR
from tests.lab.compose.compose_host import ComposeHost
from tests.lab.exposure import OPEN_SECONDS
from tests.lab.lab_session import on_operator_side

FORMS = ("80:80", "0.0.0.0:80:80", "[::]:80:80", "127.0.0.1:80:80", "[::1]:80:80", "none")
"""Each is one service's, with another port of the host, as one host has each port once."""
NETWORK = 2
FIRST_PORT = 8001
HEADER = (
    "| `ports` | host's IPv4 address | host's IPv6 address | container's IPv6 address | on the host itself |",
    "|---|---|---|---|---|",
)

Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


def compose_text() -> str:
    """A project with one service for each form."""
    lines = ["services:"]
    for index, form in enumerate(FORMS):
        lines += [f"  form-{index}:", "    image: lab/web:1", "    restart: unless-stopped"]
        if form != "none":
            port = form.replace("80:80", f"{FIRST_PORT + index}:80")
            lines.append(f'    ports: ["{port}"]')
    return "\n".join(lines) + "\n"


def table_of(heading: str) -> list[str]:
    """The rows below a heading of the page."""
    page = (PROJECT_DIR / "docs/networks/compose.md").read_text()
    section = page.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert tuple(rows[: len(HEADER)]) == HEADER
    return rows[len(HEADER) :]


@dataclass(frozen=True)
class FormsServer:
    """A host on which the project runs. `private`, `public`: IPv4. `own`: the services' IPv6 addresses."""

    host: Host
    address: str
    private: str
    public: str
    own: Sequence[str]


def measured(server: ComposeHost, other: Host, wanted: Sequence[str]) -> list[str]:
    """The table's rows on this host, as seen from another host of the subnet and from the internet."""
    machine = server.machine
    own = [server.address_of(NETWORK, index + 1) for index in range(len(FORMS))]
    forms = FormsServer(server.host, machine.address, machine.private, machine.public, own)
    return rows_of(forms, other, wanted)


def rows_of(server: FormsServer, other: Host, wanted: Sequence[str]) -> list[str]:
    """The same of a host whose addresses are known. It is measured again while the rows are not those that
    are wanted: a first packet may be lost, and a busy host be late. What was open once is open.
    """
    targets = {
        (index, column): url
        for index in range(len(FORMS))
        for column, url in enumerate(
            (
                f"http://IPV4:{FIRST_PORT + index}/",
                f"http://[{server.address}]:{FIRST_PORT + index}/",
                f"http://[{server.own[index]}]/",
                f"http://127.0.0.1:{FIRST_PORT + index}/",
                f"http://[::1]:{FIRST_PORT + index}/",
            )
        )
    }
    from_host: set[tuple[int, int]] = set()
    from_internet: set[tuple[int, int]] = set()
    itself: set[tuple[int, int]] = set()

    def measure() -> list[str]:
        from_host.update(_open(other.run, targets, server.private))
        from_internet.update(_open(on_operator_side, targets, server.public))
        itself.update(_open(server.host.run, targets, server.private))
        return _rows(from_host, from_internet, itself)

    deadline = time.monotonic() + OPEN_SECONDS
    while (rows := measure()) != list(wanted) and time.monotonic() < deadline:
        pass
    return rows


def _rows(
    from_host: set[tuple[int, int]], from_internet: set[tuple[int, int]], itself: set[tuple[int, int]]
) -> list[str]:
    rows: list[str] = []
    for index, form in enumerate(FORMS):
        outside = [
            _cell((index, column) in from_host, (index, column) in from_internet) for column in range(3)
        ]
        inside = [name for column, name in ((3, "127.0.0.1"), (4, "[::1]")) if (index, column) in itself]
        rows.append(f"| {_shown(form)} | {' | '.join(outside)} | {', '.join(inside) or 'closed'} |")
    return rows


def _shown(form: str) -> str:
    return "none" if form == "none" else f"`{form}`"


def _cell(from_host: bool, from_internet: bool) -> str:
    if from_host == from_internet:
        return "open" if from_host else "closed"
    return "from hosts only" if from_host else "from the internet only"


def _open(run: Run, targets: dict[tuple[int, int], str], ipv4: str) -> set[tuple[int, int]]:
    """Which of the targets answer: all are tried at once, as those that are closed take their time."""
    lines = [
        f"(curl -sf -m 4 -o /dev/null '{url.replace('IPV4', ipv4)}' && echo {index} {column}) &"
        for (index, column), url in targets.items()
    ]
    text = run(["sh", "-c", "\n".join([*lines, "wait"])]).stdout
    return {(int(line.split()[0]), int(line.split()[1])) for line in text.splitlines()}
