"""The lab's own paths beside AWS's, below /lab/: state, events, faults, default-image, dhcpv6, reset."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, get_args

from lab.region import Leased, Region

from . import context
from .faults import fault_from
from .gate import Gate

Answer = tuple[str, Any]
Routes = Mapping[tuple[str, str], Callable[[Any], Answer]]
"""From method and path to what answers, from the body to status and body; ValueError is `400 Bad Request`."""


def control(
    gate: Gate, region: Callable[[], Region], reset: Callable[[], None], more: Routes
) -> Callable[..., Iterable[bytes]]:
    """A WSGI application for the paths under /lab/; `more` are paths of parts that are not AWS's.

    GET /lab/state          the region as JSON
    GET /lab/events         what was called, oldest first: number, time, service, operation, status, error
    GET, POST, DELETE /lab/faults   the faults; add one (see `faults.Fault`); take all away
    POST /lab/default-image {"image": "ami-..."}: what Canonical's parameters name from now on
    POST /lab/dhcpv6 {"leases": "all"}: what DHCPv6 leases of interfaces made from now on, `first` or `all`
    POST /lab/reset         an empty region
    """

    def state(_: Any) -> Answer:
        return "200 OK", asdict(region())

    def events(_: Any) -> Answer:
        with gate.lock:
            return "200 OK", list(gate.events)

    def faults(_: Any) -> Answer:
        return "200 OK", [asdict(fault) for fault in gate.faults]

    def add_fault(body: Any) -> Answer:
        fault = fault_from(body)
        with gate.lock:
            gate.faults = (*gate.faults, fault)
        return "201 Created", asdict(fault)

    def clear_faults(_: Any) -> Answer:
        with gate.lock:
            gate.faults = ()
        return "200 OK", []

    def empty(_: Any) -> Answer:
        reset()
        return "200 OK", {}

    routes = {
        ("GET", "/lab/state"): state,
        ("GET", "/lab/events"): events,
        ("GET", "/lab/faults"): faults,
        ("POST", "/lab/faults"): add_fault,
        ("DELETE", "/lab/faults"): clear_faults,
        ("POST", "/lab/default-image"): _default_image,
        ("POST", "/lab/dhcpv6"): _dhcpv6,
        ("POST", "/lab/reset"): empty,
        **more,
    }

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        status, answer = _route(routes, environ)
        body = json.dumps(answer).encode() + b"\n"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def _default_image(body: Any) -> Answer:
    image = body.get("image")
    if image not in context.current().images:
        raise ValueError(f"image {image} is unknown: one of {', '.join(context.current().images)}")
    context.name_default_image(image)
    return "200 OK", {"image": image}


def _dhcpv6(body: Any) -> Answer:
    leases = body.get("leases")
    if leases not in get_args(Leased):
        raise ValueError(f"leases {leases} is unknown: one of {', '.join(get_args(Leased))}")
    context.lease(leases)
    return "200 OK", {"leases": leases}


def _route(routes: Routes, environ: Any) -> Answer:
    handler = routes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    if handler is None:
        known = ", ".join(f"{method} {path}" for method, path in routes)
        return "404 Not Found", {"error": f"there is only {known}"}
    length = int(environ.get("CONTENT_LENGTH") or 0)
    text = environ["wsgi.input"].read(length) if length else b"{}"
    try:
        body = json.loads(text)
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        return handler(body)
    except ValueError as error:
        return "400 Bad Request", {"error": str(error)}
