"""The endpoint: EC2, SSM and STS over HTTP, its state in this process."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from lab.names import REGION
from lab.region import Region

from . import context, gate, strict
from .control import Routes, control
from .snapshot import snapshot


class Endpoint:
    """One EC2 region. A process has one at a time: making another takes the first one's place, empty.

    `on_change` is called after every call that changed something, from the thread that answers it, without
    the lock: it only nudges. `console` gives an instance's console text by its id. `images` are the AMIs, by
    id; Canonical's parameters name the first. With `machines` an instance is `pending`, `stopping` or
    `shutting-down` until `instance_running`, `instance_stopped` or `instance_terminated` says otherwise;
    without, it gets there at once. `more` are paths under /lab/ beside the endpoint's own.
    """

    def __init__(
        self,
        on_change: Callable[[], None],
        console: Callable[[str], str],
        images: Mapping[str, str],
        machines: bool = True,
        more: Routes = MappingProxyType({}),
    ) -> None:
        self._gate = gate.Gate(on_change)
        self._context = context.Context(REGION, dict(images), next(iter(images)), console, machines)
        self._server: BaseWSGIServer | None = None
        self._starting = threading.Lock()
        self._ended = False
        gate.use(self._gate)
        strict.install()
        self._aws = DomainDispatcherApplication(create_backend_app)
        self._control = control(self._gate, self.region, self.reset, more)
        self.reset()

    def wsgi(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """The WSGI application: AWS's services, and the lab's own paths under /lab/."""
        if environ.get("PATH_INFO", "").startswith("/lab/"):
            return self._control(environ, start_response)
        return self._aws(environ, start_response)

    def serve(self, listening_socket: socket.socket) -> None:
        """Serve on a socket that listens, a thread for each request, until `shutdown`. Blocks."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        host, port = listening_socket.getsockname()[:2]
        with self._starting:
            if self._ended:
                return
            self._server = make_server(
                host,
                port,
                self.wsgi,
                threaded=True,
                request_handler=MotoRequestHandler,
                fd=listening_socket.fileno(),
            )
        self._server.serve_forever(poll_interval=0.2)

    def shutdown(self) -> None:
        """Let `serve` return, for good, also if it has yet to begin; from another thread."""
        with self._starting:
            self._ended = True
        if self._server is not None:
            self._server.shutdown()

    def reset(self) -> None:
        """Empty the region, and forget events and faults."""
        with self._gate.lock:
            context.use(self._context)
            BackendDict.reset()
            reset_model_data()
            self._gate.faults = ()
            self._gate.events.clear()
            strict.backend()

    def region(self) -> Region:
        """The region as it is now."""
        with self._gate.lock:
            return snapshot(strict.backend())

    def instance_running(self, instance_id: str) -> None:
        """The machine of a pending instance is up. Does nothing in any other state."""
        self._tell(instance_id, "running")

    def instance_stopped(self, instance_id: str) -> None:
        """The machine of a stopping or running instance is off. Does nothing in any other state."""
        self._tell(instance_id, "stopped")

    def instance_terminated(self, instance_id: str) -> None:
        """The machine of an instance that shuts down is gone, or that of a pending one cannot start."""
        self._tell(instance_id, "terminated")

    def _tell(self, instance_id: str, news: str) -> None:
        with self._gate.lock:
            instance: Any = strict.backend().get_instance_by_id(instance_id)
            if instance is None:
                raise KeyError(f"instance {instance_id} does not exist")
            getattr(instance, news)()
