"""HTTP servers that listen inside a namespace: the metadata service of a VPC and the internet's echo of
addresses.

Their threads belong to this process, which itself is in no namespace of the fabric.
"""

import socket
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any

from lab import names
from lab.fabric import namespaces
from lab.fabric.filter import METADATA_IPV4, METADATA_IPV6
from lab.fabric.metadata_service import Answer, Tokens, respond
from lab.fabric.model import MetadataAccess

_REQUEST_SECONDS = 30.0

Responder = Callable[[str, str, str, dict[str, str]], Answer | None]
"""From source address, method, path and headers (names in lower case) to an answer; None hangs up."""


class Server:
    """Listens on port 80 of some addresses of a namespace until it is closed."""

    def __init__(self, namespace: str, addresses: Sequence[str], responder: Responder) -> None:
        """Raises OSError when an address is not there or taken."""
        self._sockets = namespaces.inside(namespace, lambda: [_listen(address) for address in addresses])
        for listener in self._sockets:
            arguments = (listener, responder)
            Thread(target=_accept, args=arguments, name=f"http in {namespace}", daemon=True).start()

    def close(self) -> None:
        """Stop listening; the namespace is no longer held by this process."""
        for listener in self._sockets:
            _shut(listener)
            listener.close()


def metadata_server(
    namespace: str, accesses: Callable[[], Sequence[MetadataAccess]], tokens: Tokens
) -> Server:
    """The metadata service of a VPC. `accesses` gives the present ones; callers are known by their source."""

    def answer(source: str, method: str, path: str, headers: dict[str, str]) -> Answer | None:
        address = ip_address(source)
        here = (access for access in accesses() if access.namespace == namespace)
        access = next((one for one in here if _holds(one, address)), None)
        if access is None or (address.version == 6 and not access.over_ipv6):
            return None
        return respond(access, tokens, method, path, headers, time.monotonic())

    return Server(namespace, [METADATA_IPV4, METADATA_IPV6], answer)


def echo_server(namespace: str) -> Server:
    """Tells a caller its own source address, followed by a newline."""

    def answer(source: str, method: str, path: str, headers: dict[str, str]) -> Answer:  # noqa: ARG001
        return Answer(HTTPStatus.OK, f"{source}\n")

    return Server(namespace, [str(names.INTERNET_IPV6), str(names.INTERNET_IPV4)], answer)


def _holds(access: MetadataAccess, address: IPv4Address | IPv6Address) -> bool:
    return any(address in ip_network(source) for source in access.sources)


def _listen(address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, names.INTERNET_HTTP_PORT))
    listener.listen(64)
    return listener


def _accept(listener: socket.socket, responder: Responder) -> None:
    while True:
        try:
            connection, peer = listener.accept()
        except OSError:
            return
        Thread(target=_serve, args=(connection, peer, responder), daemon=True).start()


def _serve(connection: socket.socket, peer: Any, responder: Responder) -> None:
    with connection:
        connection.settimeout(_REQUEST_SECONDS)
        try:
            _handler(responder)(connection, peer, None)  # pyright: ignore[reportArgumentType]
        except OSError:
            return
        _shut(connection)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _handler(responder: Responder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = self.headers.get("content-length", "")
            self.rfile.read(int(length) if length.isdecimal() else 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = responder(self.client_address[0], self.command, self.path, headers)
            self.close_connection = True
            if answer is not None:
                self._write(answer)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer  # noqa: N815

        def _write(self, answer: Answer) -> None:
            if answer.hop_limit is not None:
                _limit_hops(self.connection, answer.hop_limit)
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in (*answer.headers, ("Content-Type", "text/plain"), ("Connection", "close")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Requests are not logged: a machine's start alone makes a hundred."""

    return Handler


def _limit_hops(connection: socket.socket, limit: int) -> None:
    if connection.family == socket.AF_INET6:
        connection.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, limit)
    else:
        connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, limit)
