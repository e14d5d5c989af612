"""The tayga processes of a fabric, one for each NAT gateway, each in its router's namespace."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.fabric import namespaces, netlink, server_process
from lab.fabric.model import End, Route, Translator

_MTU = 1500
"""Bytes: what a NAT gateway passes on to the internet."""


class TaygaProcesses:
    """Starts and stops what is wanted. A tunnel device lives as long as its process."""

    def __init__(self, folder: Path) -> None:
        """`folder` gets each process's configuration and log."""
        self._folder = folder
        self._running: dict[Translator, subprocess.Popen[bytes]] = {}

    def apply(self, wanted: Sequence[Translator]) -> None:
        """Make these run and no others; one that died starts again."""
        for translator, process in list(self._running.items()):
            if translator not in wanted or process.poll() is not None:
                self._stop(translator)
        for translator in wanted:
            if translator not in self._running:
                self._running[translator] = self._start(translator)

    def close(self) -> None:
        """Stop them all."""
        for translator in list(self._running):
            self._stop(translator)

    def _start(self, translator: Translator) -> subprocess.Popen[bytes]:
        """Start one, wait for its device and lead its routes there. Raises RuntimeError with tayga's own
        words when it does not start.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = self._folder / f"{translator.namespace}-{translator.device}"
        config, log = stem.with_name(f"{stem.name}.conf"), stem.with_name(f"{stem.name}.log")
        config.write_text(translator.config)

        process = server_process.start(
            f"tayga on {translator.device} in {translator.namespace}",
            translator.namespace,
            ["tayga", "--nodetach", "--config", str(config)],
            log,
            lambda: namespaces.inside(translator.namespace, lambda: netlink.is_there(translator.device)),
        )
        netlink.configure(_end(translator), None)
        return process

    def _stop(self, translator: Translator) -> None:
        server_process.stop(self._running.pop(translator))


def _end(translator: Translator) -> End:
    device = translator.device
    return End(
        translator.namespace, device, mac="", mtu=_MTU,
        settings=(
            (f"ipv4/conf/{device}/rp_filter", "0"),
            (f"ipv6/conf/{device}/addr_gen_mode", "1"),
            (f"ipv6/conf/{device}/accept_ra", "0"),
        ),
        routes=tuple(Route(destination) for destination in translator.routes),
    )  # fmt: skip
