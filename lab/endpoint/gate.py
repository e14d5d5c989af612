"""The one gate that every call goes through: faults, lock, list of events, nudge after a change."""

import re
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores

from .errors import refused
from .faults import Fault, strike

READING = ("Describe", "Get", "List", "Lookup", "Search")
EVENTS_KEPT = 10_000


class Gate:
    """Calls one after the other, since moto's dictionaries are not made for threads."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.lock = threading.RLock()
        self.faults: tuple[Fault, ...] = ()
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.lingers = 0.0
        """Of the call that is being done: seconds for which what it does is under way; 0 for none."""
        self._number = 0
        self._on_change = on_change

    def call(self, response: BaseResponse, do: Callable[[], Any]) -> Any:
        """Do the call that the response object stands for, unless a fault strikes it."""
        operation = operation_of(response)
        with self.lock:
            self.faults, fault = strike(self.faults, operation)
        if fault and fault.code:
            time.sleep(fault.latency)
            with self.lock:
                answer = _answer_of_fault(response, fault)
                self._record(response, operation, answer)
            return answer
        with self.lock:
            self.lingers = fault.lingers if fault else 0.0
            answer = _answer(response, operation, do)
            self._record(response, operation, answer)
        if int(answer[0]) < 400 and not operation.startswith(READING):
            self._on_change()
        if fault:
            time.sleep(fault.latency)
        return answer

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something to the region in so many seconds, as a call would."""

        def act() -> None:
            with self.lock:
                do()
            self._on_change()

        timer = threading.Timer(seconds, act)
        timer.daemon = True
        timer.start()

    def _record(self, response: BaseResponse, operation: str, answer: Any) -> None:
        self._number += 1
        self.events.append(
            {
                "number": self._number,
                "time": time.time(),
                "service": response.boto3_service_name,
                "operation": operation,
                "status": int(answer[0]),
                "error": _error_code(answer) if int(answer[0]) >= 400 else None,
            }
        )


def operation_of(response: Any) -> str:
    """The operation called, e.g. `CreateVpc`."""
    return response._get_action()


def _answer(response: BaseResponse, operation: str, do: Callable[[], Any]) -> Any:
    if not hasattr(response, camelcase_to_underscores(operation)):
        message = f"The action {operation} is not valid for this web service."
        return response.serialized(ActionResult(refused("InvalidAction", message)))
    try:
        return do()
    except NotImplementedError as error:
        return response.serialized(
            ActionResult(refused("InvalidAction", f"The lab does not have this: {error}"))
        )
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        answer = response.serialized(ActionResult(refused("InternalError", f"The lab failed: {error!r}")))
        return 500, answer[1], answer[2]


def _answer_of_fault(response: BaseResponse, fault: Fault) -> Any:
    answer = response.serialized(ActionResult(refused(fault.code or "", fault.message)))
    return fault.status, {**answer[1], "status": str(fault.status)}, answer[2]


def _error_code(answer: Any) -> str:
    body = answer[2].decode() if isinstance(answer[2], bytes) else str(answer[2])
    match = re.search(r'<Code>([^<]+)</Code>|"__type": ?"([^"]+)"', body)
    return (match[1] or match[2]) if match else "unknown"


_gate: Gate | None = None


def use(gate: Gate) -> None:
    """Let the process's calls go through this gate."""
    global _gate
    _gate = gate


def current() -> Gate:
    """The gate that the process's calls go through. Raises RuntimeError before an endpoint was made."""
    if _gate is None:
        raise RuntimeError("no endpoint was made in this process")
    return _gate


class Gated(BaseResponse):
    """A response class whose calls go through the gate. First among the bases."""

    def call_action(self) -> Any:
        """Do the call, through the gate."""
        return current().call(self, super().call_action)
