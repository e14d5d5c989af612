"""The name server of a VPC, asked from a host as any resolver asks."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

import pytest

from lab.fabric import namespaces
from tests.lab.region.fabric_bench import Bench, bench, host

IPV4 = "169.254.169.253"
IPV6 = "fd00:ec2::253"
A, AAAA = 1, 28
"""Record types (RFC 1035, RFC 3596)."""
NO_ERROR, NO_SUCH_NAME = 0, 3


@pytest.fixture(scope="module")
def vpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("fabric")) as made:
        yield made


def ask(server: str, name: str, kind: int) -> tuple[int, list[str]]:
    """The response code and the addresses of an answer, asked over UDP from the first host."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = labels + b"\0" + struct.pack("!2H", kind, 1)
    query = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + question

    def exchange() -> bytes:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.settimeout(3)
            for _ in range(9):
                asking.sendto(query, (server, 53))
                with suppress(TimeoutError):
                    return asking.recv(512)
            raise TimeoutError(f"{server} does not answer")

    answer = namespaces.inside(host(1), exchange)
    count: int = struct.unpack("!H", answer[6:8])[0]
    return answer[3] & 15, _addresses(answer[len(query) :], count)


def _addresses(records: bytes, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(count):
        length: int = struct.unpack("!H", records[10:12])[0]
        family = socket.AF_INET6 if length == 16 else socket.AF_INET
        found.append(socket.inet_ntop(family, records[12 : 12 + length]))
        records = records[12 + length :]
    return found


@pytest.mark.parametrize("server", [IPV4, IPV6])
def test_a_name_with_both_families_has_both(vpc: Bench, server: str) -> None:
    assert ask(server, "packages.example", AAAA) == (NO_ERROR, ["2001:db8:ffff::2"])
    assert ask(server, "packages.example", A) == (NO_ERROR, ["203.0.113.2"])


@pytest.mark.parametrize("server", [IPV4, IPV6])
def test_a_name_with_an_a_record_only_exists_and_has_no_other(vpc: Bench, server: str) -> None:
    assert ask(server, "registry-ipv4.example", A) == (NO_ERROR, ["203.0.113.3"])
    assert ask(server, "registry-ipv4.example", AAAA) == (NO_ERROR, [])


@pytest.mark.parametrize("name", ["nobody.example", "somewhere.else"])
def test_no_other_name_exists(vpc: Bench, name: str) -> None:
    assert ask(IPV6, name, AAAA) == (NO_SUCH_NAME, [])
    assert ask(IPV4, name, A) == (NO_SUCH_NAME, [])
