"""Two hosts and two containers played by bare namespaces, configured by hand, on a fabric of their own.

The namespaces' prefix is not the lab's, so that these tests run beside a lab.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.fabric import FabricRuntime, Options, namespaces, plan, teardown
from lab.region import Region
from tests.unit.fabric.example import NET, region

PREFIX = "dualstack-fabtest-"
OPTIONS = Options(prefix=PREFIX)
ROUTER = f"{PREFIX}vpc-9abcdef0"
INTERNET = f"{PREFIX}internet"
OPERATOR = f"{PREFIX}operator"
GATEWAY = "fe80::1066:30ff:feb8:c008"
HOST_ADDRESS = {1: f"{NET}:1:1", 2: f"{NET}:2:2"}
CONTAINER_ADDRESS = {1: f"{NET}:a", 2: f"{NET}:e"}
_BRIDGE_ADDRESS = {1: f"{NET}:9", 2: f"{NET}:d"}
_INTERNET = "2001:db8:ffff::1"
ANSWER_SECONDS = 30


def host(number: int) -> str:
    """The namespace of a host."""
    return f"{PREFIX}i-0000000000000000{number}"


def container(number: int) -> str:
    """The namespace of the container on a host."""
    return f"{PREFIX}container-{number}"


def run(namespace: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a namespace."""
    return subprocess.run(
        ["ip", "netns", "exec", namespace, *command], capture_output=True, text=True, check=False, timeout=60
    )


def ping(source: str, target: str, *more: str) -> str:
    """`ttl N` of the answer, or `no answer`, or what a router said of it."""
    said = run(source, "ping", "-n", "-c1", "-W1", *more, target).stdout
    answer = next((line for line in said.splitlines() if "ttl=" in line), "")
    if answer:
        return "ttl " + answer.split("ttl=")[1].split()[0]
    return next(
        (line.split("icmp_seq=1 ")[1] for line in said.splitlines() if "icmp_seq=1 " in line), "no answer"
    )


def answer(source: str, target: str, *more: str) -> str:
    """The same of what is to answer: asked for some time, as a first packet may be lost."""
    deadline = time.monotonic() + ANSWER_SECONDS
    said = ping(source, target, *more)
    while not said.startswith(("ttl", "Packet")) and time.monotonic() < deadline:
        said = ping(source, target, *more)
    return said


def tcp(source: str, target: str, port: int, seconds: int = 1) -> str:
    """`connected`, `refused` or `no answer`: a port is open, closed, or dropped on the way."""
    script = (
        "import socket,sys\n"
        f"try: socket.create_connection((sys.argv[1], int(sys.argv[2])), {seconds}); print('connected')\n"
        "except ConnectionRefusedError: print('refused')\n"
        "except OSError: print('no answer')\n"
    )
    return run(source, "python3", "-c", script, target, str(port)).stdout.strip()


def curl(source: str, *arguments: str, seconds: int = 3) -> str:
    """The answer's text."""
    return run(source, "curl", "-g", "-s", "--max-time", f"{seconds}", *arguments).stdout


def page(source: str, *arguments: str) -> str:
    """The same of what is to answer."""
    return curl(source, *arguments, seconds=ANSWER_SECONDS)


def status(source: str, *arguments: str, seconds: int = ANSWER_SECONDS) -> str:
    """The answer's status, `000` when there is none."""
    return curl(source, "-o", "/dev/null", "-w", "%{http_code}", *arguments, seconds=seconds)


def ip(namespace: str, line: str) -> None:
    """Configure something with ip(8)."""
    subprocess.run(["ip", "-n", namespace, *line.split()], check=True, capture_output=True, text=True)


def configure_host(number: int) -> None:
    """What netplan writes for block mode, and IPv4 as DHCP would."""
    name = host(number)
    _be_quick(name)
    run(name, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.ens5.accept_dad=0")
    ip(name, "link set ens5 up")
    ip(name, f"addr replace {HOST_ADDRESS[number]}/64 dev ens5 nodad")
    ip(name, f"addr replace 10.0.0.1{number}/24 dev ens5")
    ip(name, f"-6 route replace default via {GATEWAY} dev ens5")
    ip(name, "route replace default via 10.0.0.1")
    # Like any host it has spoken before: with this answered, carrier and neighbours are there.
    assert answer(name, _INTERNET) != "no answer", f"host {number} does not reach the internet"


def _be_quick(name: str) -> None:
    """No waiting for duplicate addresses on devices to come."""
    run(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")


def plug_container(number: int) -> None:
    """A container with the third address of the host's block, behind the second."""
    name, inside = host(number), container(number)
    namespaces.create(inside)
    _be_quick(inside)
    ip(name, f"link add docker0 type veth peer name eth0 netns {inside}")
    ip(name, f"addr add {_BRIDGE_ADDRESS[number]}/126 dev docker0 nodad")
    ip(name, "link set docker0 up")
    ip(inside, f"addr add {CONTAINER_ADDRESS[number]}/126 dev eth0 nodad")
    ip(inside, "link set eth0 up")
    ip(inside, f"-6 route add default via {_BRIDGE_ADDRESS[number]}")


class Bench:
    """A runtime with the article's region applied, hosts and containers plugged in."""

    def __init__(self, runtime: FabricRuntime) -> None:
        self.runtime = runtime

    def apply(self, wanted: Region) -> None:
        """Change the region."""
        self.runtime.apply(plan(wanted, OPTIONS))


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The whole of it; nothing is left behind."""
    teardown(PREFIX)
    with FabricRuntime(PREFIX, folder) as runtime:
        made = Bench(runtime)
        try:
            made.apply(region())
            for number in (1, 2):
                configure_host(number)
                plug_container(number)
            yield made
        finally:
            for number in (1, 2):
                namespaces.remove(container(number))
