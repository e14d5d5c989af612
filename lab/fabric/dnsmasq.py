"""The dnsmasq processes of a fabric: one per cable and one per resolver, each in its router's namespace."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.fabric import server_process
from lab.fabric.model import DhcpServer, Resolver

Server = DhcpServer | Resolver


class DnsmasqProcesses:
    """Starts, restarts and stops what is wanted. A server that is started knows of no lease."""

    def __init__(self, folder: Path) -> None:
        """`folder` gets each server's configuration, leases and log."""
        self._folder = folder
        self._running: dict[tuple[str, str], tuple[Server, subprocess.Popen[bytes]]] = {}

    def apply(self, wanted: Mapping[tuple[str, str], Server], renewed: set[tuple[str, str]]) -> None:
        """Make these servers run; one of a `renewed` cable starts again, as its device is new."""
        for key, (server, process) in list(self._running.items()):
            if wanted.get(key) != server or key in renewed or process.poll() is not None:
                self._stop(key)
        for key, server in wanted.items():
            if key not in self._running:
                self._running[key] = (server, self._start(server))

    def close(self) -> None:
        """Stop them all."""
        for key in list(self._running):
            self._stop(key)

    def _start(self, server: Server) -> subprocess.Popen[bytes]:
        """Start one and wait until it says so. Raises RuntimeError with its own words when it does not."""
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = self._folder / f"{server.namespace}-{server.device}"
        config, leases, log = (stem.with_name(f"{stem.name}.{kind}") for kind in ("conf", "leases", "log"))
        config.write_text(server.config)
        leases.unlink(missing_ok=True)
        command = [
            "dnsmasq", "--keep-in-foreground", f"--conf-file={config}", f"--dhcp-leasefile={leases}",
            "--pid-file", "--log-facility=-",
        ]  # fmt: skip

        return server_process.start(
            f"dnsmasq on {server.device} in {server.namespace}",
            server.namespace,
            command,
            log,
            lambda: "started, version" in log.read_text(),
        )

    def _stop(self, key: tuple[str, str]) -> None:
        server_process.stop(self._running.pop(key)[1])
