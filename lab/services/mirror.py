"""The mirror of packages: an HTTP server on the lab's internet, reachable over both families."""

import socket
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from lab.fabric import namespaces
from lab.names import PACKAGES_IPV4, PACKAGES_IPV6

_PORT: Final = 80


class Mirror:
    """Serves files on port 80 of the mirror's addresses, until it is closed. A context manager."""

    def __init__(self, namespace: str, folders: Sequence[Path], log: Path) -> None:
        """`folders`: a path is looked for in each of them, in this order. `log` gets a line for each request:
        time, the caller's address, method, path, status. Raises OSError when an address is not there.
        """
        self._log = log.open("a", buffering=1)
        handler = partial(_Handler, folders=tuple(folders), log=self._log)
        self._servers = [
            namespaces.inside(namespace, partial(_server, str(address), handler))
            for address in (PACKAGES_IPV6, PACKAGES_IPV4)
        ]
        for server in self._servers:
            Thread(target=server.serve_forever, name=f"mirror in {namespace}", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._log.close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no news: a machine may lose its power at any time."""


class _ServerIpv6(_Server):
    address_family = socket.AF_INET6


def _server(address: str, handler: Any) -> ThreadingHTTPServer:
    return (_ServerIpv6 if ":" in address else _Server)((address, _PORT), handler)


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, folders: Sequence[Path], log: Any) -> None:
        self._folders = folders
        self._log = log
        super().__init__(*args)

    def translate_path(self, path: str) -> str:
        """The file of the first folder that has it; no folder is listed, and no path leads out of one."""
        parts = PurePosixPath(unquote(urlsplit(path).path)).parts[1:]
        found = [folder.joinpath(*parts) for folder in self._folders if ".." not in parts]
        return str(next((one for one in found if one.is_file()), "/nonexistent"))

    def log_request(self, code: Any = "-", size: Any = "-") -> None:  # noqa: ARG002
        """One line for each request."""
        status = int(code) if isinstance(code, int) else code
        source, *_ = self.client_address
        self._log.write(f"{datetime.now():%H:%M:%S} {source} {self.command} {self.path} {status}\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Errors are in the status of their request."""
