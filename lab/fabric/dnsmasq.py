"""The dnsmasq processes of a fabric: one per cable and one per resolver, each in its router's namespace."""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from lab.fabric import namespaces
from lab.fabric.model import DhcpServer, Resolver

_START_SECONDS = 5.0
_STOP_SECONDS = 2.0


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

        def run() -> subprocess.Popen[bytes]:
            with log.open("wb") as sink:
                return subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
                )

        process = namespaces.inside(server.namespace, run)
        deadline = time.monotonic() + _START_SECONDS
        while "started, version" not in log.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise RuntimeError(
                    f"dnsmasq did not start on {server.device} in {server.namespace}: "
                    f"{log.read_text().strip()}"
                )
            time.sleep(0.01)
        return process

    def _stop(self, key: tuple[str, str]) -> None:
        process = self._running.pop(key)[1]
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
