"""What a command prints: kept apart, kept mixed in order, and shown line by line while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, Literal, Protocol

from lab.plugins.command.quoting import go_quote
from lab.plugins.servicer import ProviderError

Stream = Literal["stdout", "stderr"]
NOT_UTF8: Final = "grpc: error while marshaling: string field contains invalid UTF-8"
"""What the real provider's gRPC library answers in place of outputs that are not UTF-8."""

_LOGGED: Final[dict[str | None, frozenset[Stream]]] = {
    None: frozenset(("stdout", "stderr")),
    "stdoutAndStderr": frozenset(("stdout", "stderr")),
    "stdout": frozenset(("stdout",)),
    "stderr": frozenset(("stderr",)),
    "none": frozenset(),
}
LOGGING_VALUES: Final = tuple(name for name in _LOGGED if name is not None)


@dataclass(frozen=True)
class Outputs:
    """The outputs of a command, each without one trailing newline."""

    stdout: str = ""
    stderr: str = ""

    @classmethod
    def of(cls, properties: dict[str, Any]) -> Outputs:
        """Those in a state; values that are not there are empty."""
        return cls(properties.get("stdout") or "", properties.get("stderr") or "")


class Log(Protocol):
    """Where messages about one resource go."""

    def status(self, line: str) -> None:
        """A line for the status column, seen only while the operation runs."""
        ...

    def warning(self, message: str) -> None:
        """A message that stays, under the resource's diagnostics."""
        ...

    def error(self, message: str) -> None:
        """A message that stays, and makes the whole operation fail."""
        ...


class Capture:
    """Collects both streams. `write` may be called from several threads.

    `logging` is the resource's property: which streams go to `show`, line by line.
    """

    def __init__(self, logging: str | None, show: Callable[[str], None]) -> None:
        self._parts: dict[Stream, list[bytes]] = {"stdout": [], "stderr": []}
        self._mixed: list[bytes] = []
        self._line = b""
        self._logged = _LOGGED[logging]
        self._show = show
        self._lock = Lock()

    def write(self, stream: Stream, data: bytes) -> None:
        """Takes what the command printed."""
        with self._lock:
            self._parts[stream].append(data)
            self._mixed.append(data)
            if stream in self._logged:
                *lines, self._line = (self._line + data).split(b"\n")
                self._show_lines(lines)

    def close(self) -> None:
        """Shows a last line that has no newline."""
        with self._lock:
            if self._line:
                self._show_lines([self._line])
            self._line = b""

    def _show_lines(self, lines: list[bytes]) -> None:
        for line in lines:
            self._show(line.removesuffix(b"\r").decode(errors="replace"))

    def outputs(self) -> Outputs:
        """What was printed. Raises ProviderError if it is not UTF-8, as state holds text only."""
        try:
            return Outputs(*(b"".join(part).decode().removesuffix("\n") for part in self._parts.values()))
        except UnicodeDecodeError as error:
            raise ProviderError(NOT_UTF8) from error

    def failure(self, reason: str, command: str) -> ProviderError:
        """The error of a command that failed for `reason`: with its text, and all that it printed."""
        printed = b"".join(self._mixed).decode(errors="replace")
        return ProviderError(f"{reason}: running {go_quote(command)}:\n{printed}")
