"""Requests that carry a client token are done once, however often they come."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .backend import StrictBackend
from .errors import different_request

Made = TypeVar("Made")


def once(
    backend: StrictBackend, operation: str, request: Mapping[str, Any], make: Callable[[], Made]
) -> Made:
    """What `make` gives, or what it gave when a request with the same client token and arguments came before.

    Raises EC2ClientError when the token came before with other arguments.
    """
    token = request.get("ClientToken")
    if not token:
        return make()
    text = json.dumps(request, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    before = backend.requests.get((operation, token))
    if before is not None:
        if before[0] != digest:
            raise different_request()
        return before[1]
    made = make()
    backend.requests[operation, token] = (digest, made)
    return made
