"""The exposure of each form of a published port, measured by TCP connections, as rows of a table."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lab.machines import Host
from tests.lab import exposure
from tests.lab.address_ways.reach import Router, routed_by_the_vpc
from tests.lab.compose.compose_host import ComposeHost
from tests.lab.ec2_network import ec2
from tests.lab.exposure import OPEN_SECONDS, container_ipv4, curl_line, ping_line, reached
from tests.lab.lab_session import on_operator_side

FORMS = ("80:80", "0.0.0.0:80:80", "[::]:80:80", "127.0.0.1:80:80", "[::1]:80:80", "none")
"""Each is one service's, with another port of the host, as one host has each port once."""
NETWORK = 2
FIRST_PORT = 8001
HEADER = (
    "| `ports` | host's IPv4 address | host's IPv6 address | container's IPv6 address "
    "| container's IPv4 address | ping, container | on the host itself |",
    "|---|---|---|---|---|---|---|",
)

HOST_IPV4, HOST_IPV6, OWN_IPV6, PING_IPV6, OWN_IPV4, PING_IPV4, LOOPBACK_IPV4, LOOPBACK_IPV6 = range(8)
"""What is tried of each form."""

Seen = set[tuple[int, int]]
"""Which of it is answered: the form's number, and what was tried."""


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
    return exposure.table_of("networks/compose.md", heading, HEADER)


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
    inside = [container_ipv4(server.host, f"forms-form-{index}-1") for index in range(len(FORMS))]
    from_host, from_internet, straight, itself = Seen(), Seen(), Seen(), Seen()
    deadline = time.monotonic() + OPEN_SECONDS
    with _sent_straight(server.host) as router:
        while True:
            from_host |= reached(other.run, _tries(server, server.private, inside))
            from_internet |= reached(on_operator_side, _tries(server, server.public, inside))
            straight |= reached(lambda argv: router.run(*argv), _tries(server, server.private, inside))
            itself |= reached(server.host.run, _tries(server, server.private, inside))
            rows = [_row(index, from_host, from_internet, straight, itself) for index in range(len(FORMS))]
            if rows == list(wanted) or time.monotonic() > deadline:
                break
    on_the_host = {(index, own) for index in range(len(FORMS)) for own in (OWN_IPV6, OWN_IPV4)}
    assert on_the_host <= itself, "the host itself reaches the services' own addresses"
    return rows


@contextmanager
def _sent_straight(host: Host) -> Generator[Router]:
    """While open, a neighbour that sends the host what is for the private IPv4 addresses of its services."""
    attached = [{"Name": "attachment.instance-id", "Values": [host.instance_id]}]
    (interface,) = ec2("describe_network_interfaces", Filters=attached)["NetworkInterfaces"]
    form = "{{range .IPAM.Config}}{{println .Subnet}}{{end}}"
    subnets = host.succeed(f"docker network inspect --format '{form}' forms_default").split()
    (ipv4,) = (subnet for subnet in subnets if ":" not in subnet)
    with routed_by_the_vpc(interface, ipv4) as router:
        yield router


def _tries(server: FormsServer, host_ipv4: str, inside: Sequence[str]) -> list[list[str]]:
    return [
        [
            curl_line(host_ipv4, FIRST_PORT + index),
            curl_line(server.address, FIRST_PORT + index),
            curl_line(own, 80),
            ping_line(own),
            curl_line(own_ipv4, 80),
            ping_line(own_ipv4),
            curl_line("127.0.0.1", FIRST_PORT + index),
            curl_line("::1", FIRST_PORT + index),
        ]
        for index, (own, own_ipv4) in enumerate(zip(server.own, inside, strict=True))
    ]


def _row(index: int, from_host: Seen, from_internet: Seen, straight: Seen, itself: Seen) -> str:
    def outside(what: int) -> str:
        return _cell((index, what) in from_host, (index, what) in from_internet)

    pings = {
        "over IPv6": outside(PING_IPV6) == "open",
        "over IPv4": (index, PING_IPV4) in straight,
    }
    loopback = {"127.0.0.1": LOOPBACK_IPV4, "[::1]": LOOPBACK_IPV6}
    cells = [
        "none" if FORMS[index] == "none" else f"`{FORMS[index]}`",
        *(outside(what) for what in (HOST_IPV4, HOST_IPV6, OWN_IPV6)),
        "open" if (index, OWN_IPV4) in straight else "closed",
        ", ".join(family for family, answered in pings.items() if answered) or "no answer",
        ", ".join(name for name, what in loopback.items() if (index, what) in itself) or "closed",
    ]
    return f"| {' | '.join(cells)} |"


def _cell(from_host: bool, from_internet: bool) -> str:
    if from_host == from_internet:
        return "open" if from_host else "closed"
    return "from hosts only" if from_host else "from the internet only"
