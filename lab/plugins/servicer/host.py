"""The engine's side of a plugin's connection: its log."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Final, Literal

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

Severity = Literal["debug", "info", "warning", "error"]
_SEVERITIES: Final[dict[Severity, Any]] = {
    "debug": engine_pb2.DEBUG,
    "info": engine_pb2.INFO,
    "warning": engine_pb2.WARNING,
    "error": engine_pb2.ERROR,
}
MESSAGE_OPTIONS: Final = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


class Host:
    """Sends log lines to the engine; to stderr where there is none (a plugin started by hand)."""

    def __init__(self, address: str = "") -> None:
        self._engine: Any = None
        if address:
            channel = grpc.insecure_channel(address, options=MESSAGE_OPTIONS)
            self._engine = engine_pb2_grpc.EngineStub(channel)

    def log(self, severity: Severity, message: str, urn: str = "", ephemeral: bool = False) -> None:
        """Shows a line beside the resource `urn`; an ephemeral one only in the status column."""
        if self._engine is None:
            print(f"{severity}: {message}", file=sys.stderr, flush=True)
            return
        request = engine_pb2.LogRequest(
            severity=_SEVERITIES[severity], message=message, urn=urn, ephemeral=ephemeral
        )
        # The engine may be gone; what is being done matters more than its progress line.
        with contextlib.suppress(grpc.RpcError):
            self._engine.Log(request, timeout=10)
