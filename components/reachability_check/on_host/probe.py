"""Runs on a host as root, in a container's network namespace or the host's: tries what WANTED lists.

WANTED is a line of JSON on stdin: {"pid", "probes": [{"key", "kind", "address", "port", "url"}]}, the pid of
a process in the container or null, a kind being `ping`, `tcp`, `http`, or for what must not answer `silent`
(a ping) or `closed` (TCP). Prints a JSON list of what came of each:
{"key", "ok", "error", "source", "port", "body"}.
"""

import ctypes
import json
import os
import socket
import struct
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ECHO_REQUEST, ECHO_REPLY = 128, 129
"""ICMPv6 types (RFC 4443, 4)."""
PING_TRIES = 4
PING_SECONDS = 1.0
CONNECT_SECONDS = 4.0
CLONE_NEWNET = 0x40000000
"""setns(2), Linux's include/uapi/linux/sched.h."""
MAGIC = b"dualstack reachability "
WANTED: dict[str, Any] = json.loads(sys.stdin.readline())


def look_up(urls: list[str]) -> None:
    """Finds the IPv6 addresses of the urls' hosts while still in the host's own network: its resolver often
    listens on the host's loopback, which is another one in a container.
    """
    known: dict[str, Any] = {}
    for host in {urlsplit(url).hostname or "" for url in urls}:
        try:
            known[host] = socket.getaddrinfo(host, None, socket.AF_INET6, socket.SOCK_STREAM)
        except OSError as problem:
            known[host] = problem

    def looked_up(host: str, port: int, *_: Any) -> list[Any]:
        found = known.get(host.lower(), OSError(f"{host} was not asked for"))
        if isinstance(found, OSError):
            raise found
        return [(*entry[:4], (entry[4][0], port)) for entry in found]

    socket.getaddrinfo = looked_up  # type: ignore[assignment]


def enter_network(pid: int) -> None:
    """Goes to the network of a process; threads that are started later are there too."""
    with Path(f"/proc/{pid}/ns/net").open() as network:
        if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def ping(address: str, key: str) -> dict[str, Any]:
    payload = MAGIC + key.encode()
    identifier = int.from_bytes(os.urandom(2), "big")
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        for sequence in range(PING_TRIES):
            raw.sendto(
                struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, identifier, sequence) + payload, (address, 0)
            )
            if is_answered(raw, payload):
                return {"ok": True}
    return {"ok": False, "error": "no answer"}


def is_answered(raw: socket.socket, payload: bytes) -> bool:
    """Whether the answer with this payload comes in time."""
    deadline = time.monotonic() + PING_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        raw.settimeout(left)
        try:
            packet = raw.recv(2048)
        except TimeoutError:
            return False
        if packet[0] == ECHO_REPLY and packet[8:] == payload:
            return True
    return False


def tcp(address: str, port: int) -> dict[str, Any]:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as stream:
        stream.settimeout(CONNECT_SECONDS)
        # Bound before it connects, so that the far end can be asked about it even when nothing answers.
        source = source_towards(address)
        stream.bind((source, 0))
        local = {"source": source, "port": stream.getsockname()[1]}
        try:
            stream.connect((address, port))
        except OSError as problem:
            return {"ok": False, "error": reason(problem), **local}
        return {"ok": True, **local}


def source_towards(address: str) -> str:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as datagram:
        datagram.connect((address, 9))
        return str(datagram.getsockname()[0])


def http(url: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=CONNECT_SECONDS) as answer:
        return {"ok": True, "body": answer.read(200).decode(errors="replace").strip()}


def reason(problem: OSError) -> str:
    if isinstance(problem, urllib.error.URLError) and isinstance(problem.reason, OSError):
        problem = problem.reason
    if isinstance(problem, TimeoutError):
        return "no answer"
    return (problem.strerror or str(problem)).lower()


def attempt(probe: dict[str, Any]) -> dict[str, Any]:
    try:
        if probe["kind"] in ("ping", "silent"):
            result = ping(probe["address"], probe["key"])
        elif probe["kind"] in ("tcp", "closed"):
            result = tcp(probe["address"], probe["port"])
        else:
            result = http(probe["url"])
    except OSError as problem:
        result = {"ok": False, "error": reason(problem)}
    return {"key": probe["key"], **result}


def main() -> None:
    look_up([probe["url"] for probe in WANTED["probes"] if probe["kind"] == "http"])
    if WANTED["pid"] is not None:
        enter_network(WANTED["pid"])
    with ThreadPoolExecutor(max_workers=16) as pool:
        print(json.dumps(list(pool.map(attempt, WANTED["probes"]))))


main()
