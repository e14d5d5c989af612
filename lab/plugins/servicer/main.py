"""The process of a plugin: one port, printed, until the engine ends it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from lab.plugins.servicer.host import MESSAGE_OPTIONS, Host
from lab.plugins.servicer.provider import Provider
from lab.plugins.servicer.rpc import ProviderServicer

# More than any engine's parallelism, so that no call waits for another's thread.
WORKERS: Final = 256
GRACE_SECONDS: Final = 2.0
PARENT_POLL_SECONDS: Final = 1.0


def serve(provider: Provider, name: str, version: str) -> None:
    """Serves the provider until SIGINT, SIGTERM or the engine's death. Does not return.

    The engine's address is the first argument, if any. The port goes to stdout, as the engine expects.
    """
    address = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS), options=MESSAGE_OPTIONS)
    servicer = ProviderServicer(provider, name, version, Host(address))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _setter(ended))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    _wait_for_end(ended)
    provider.cancel()
    server.stop(GRACE_SECONDS).wait()
    # A worker that hangs in a system call must not keep the process.
    sys.stdout.flush()
    os._exit(0)


def _setter(event: threading.Event) -> Callable[[int, FrameType | None], None]:
    return lambda _number, _frame: event.set()


def _wait_for_end(ended: threading.Event) -> None:
    # An engine that was killed says nothing: its orphan gets another parent.
    parent = os.getppid()
    while not ended.wait(PARENT_POLL_SECONDS) and os.getppid() == parent:
        pass
