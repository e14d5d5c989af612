"""The script that tries things on a host, run here: in the network of this process or another's."""

import http.server
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "components/reachability_check/on_host/probe.py"


WITH_A_RESOLVER = """
import socket, sys
def resolve(host, port, family, kind):
    if (host, family) != ("name.example", socket.AF_INET6):
        raise socket.gaierror(-2, "Name or service not known")
    return [(family, kind, 6, "", ("::1", 0, 0, 0))]
if "--real" not in sys.argv:
    socket.getaddrinfo = resolve
exec(open(sys.argv[1]).read())
"""


class SayCaller(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.client_address[0]}\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class ServerOfIpv6(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


@pytest.fixture
def port() -> Iterator[int]:
    with ServerOfIpv6(("::1", 0), SayCaller) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def tried(url: str, *more: str) -> dict[str, Any]:
    return attempted({"key": "k", "kind": "http", "address": url, "port": None, "url": url}, *more)


def attempted(probe: dict[str, Any], *more: str) -> dict[str, Any]:
    wanted = json.dumps({"pid": None, "probes": [probe]})
    done = subprocess.run(
        [sys.executable, "-c", WITH_A_RESOLVER, SCRIPT, *more],
        input=f"{wanted}\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return json.loads(done.stdout)[0]


def test_a_page_is_fetched_by_address(port: int) -> None:
    assert tried(f"http://[::1]:{port}/", "--real") == {"key": "k", "ok": True, "body": "::1"}


@pytest.mark.parametrize("name", ["name.example", "Name.Example"])
def test_a_page_is_fetched_by_name_over_ipv6(port: int, name: str) -> None:
    assert tried(f"http://{name}:{port}/") == {"key": "k", "ok": True, "body": "::1"}


def test_a_name_that_nobody_knows_is_said_in_the_resolvers_words() -> None:
    assert tried("http://other.example/") == {"key": "k", "ok": False, "error": "name or service not known"}


def test_a_page_on_another_host_is_not_followed(port: int) -> None:
    assert tried(f"http://[::1]:{port}/elsewhere", "--real") == {
        "key": "k",
        "ok": False,
        "error": "elsewhere.example was not asked for",
    }


def test_a_refused_connection_is_said_in_the_systems_words() -> None:
    with socket.socket(socket.AF_INET6) as unused:
        unused.bind(("::1", 0))
        url = f"http://[::1]:{unused.getsockname()[1]}/"
        assert tried(url, "--real") == {"key": "k", "ok": False, "error": "connection refused"}


def test_a_port_that_must_be_closed_is_tried_as_any_port(port: int) -> None:
    probe = {"key": "k", "kind": "closed", "address": "::1", "port": port, "url": "::1"}
    answer = attempted(probe, "--real")
    assert (answer["ok"], answer["source"]) == (True, "::1")


def test_an_address_that_must_be_silent_is_pinged() -> None:
    probe = {"key": "k", "kind": "silent", "address": "::1", "port": None, "url": "::1"}
    assert attempted(probe, "--real") == {"key": "k", "ok": True}
