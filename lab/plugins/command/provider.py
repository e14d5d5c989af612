"""The provider: which command runs when, and what a preview says of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from threading import Event
from typing import Any, Final

from lab.plugins.command.inputs import LOCAL, NOT_MODELLED, REMOTE, RUN, RUN_TYPE, TYPES, check
from lab.plugins.command.local import run_local
from lab.plugins.command.output import Outputs
from lab.plugins.command.remote import run_remote
from lab.plugins.command.schema import schema_text
from lab.plugins.servicer import (
    UNKNOWN,
    Diff,
    Host,
    InputErrors,
    Properties,
    ProviderBase,
    ProviderError,
    ReadResult,
    Secret,
    compare,
    contains_unknown,
    paths_to_diff,
)

VERSION: Final = "1.2.1"
ID_DIGITS: Final = 8
_RUNNERS: Final = {REMOTE: run_remote, LOCAL: run_local, RUN: run_local}


class CommandProvider(ProviderBase):
    """Serves `command:remote:Command`, `command:local:Command` and the function `command:local:run`."""

    schema = schema_text(VERSION)

    def __init__(self) -> None:
        self._cancelled = Event()

    def check(
        self, token: str, olds: Properties, news: Properties, *, urn: str, random_seed: bytes
    ) -> tuple[Properties, list[tuple[str, str]]]:
        given = {
            name: value for name, value in news.items() if value is not None and not name.startswith("__")
        }
        if token in NOT_MODELLED:
            return given, [("", f"{token} is not modelled by this stand-in: {NOT_MODELLED[token]}")]
        if token not in TYPES:
            return given, [("", f"unknown resource type {token}; served are: {', '.join(sorted(TYPES))}")]
        failures = check(TYPES[token], given)
        if "connection" in given:
            given["connection"] = Secret(given["connection"])
        return given, failures

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> Diff:
        changed = compare(_without(old_inputs, "connection"), _without(news, "connection"))
        # A connection is one secret, so that nothing shows which part of it changed.
        if compare(old_inputs.get("connection"), news.get("connection")):
            changed["connection"] = "UPDATE"
        return paths_to_diff(changed, lambda path: path.startswith("triggers"), ignore_changes)

    def create(
        self, token: str, inputs: Properties, preview: bool, *, urn: str, timeout: float
    ) -> tuple[str, Properties]:
        identifier = _name(urn) + secrets.token_hex(ID_DIGITS // 2)
        if preview:
            return identifier, {**inputs, "stdout": UNKNOWN, "stderr": UNKNOWN}
        command = inputs.get("create")
        printed = Outputs() if command is None else self._run(token, command, inputs, Outputs(), urn)
        return identifier, _state(inputs, printed)

    def read(self, token: str, id: str, inputs: Properties, properties: Properties) -> ReadResult:
        return id, inputs, properties

    def update(
        self,
        token: str,
        id: str,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        preview: bool,
        *,
        urn: str,
        timeout: float,
    ) -> Properties:
        previous = Outputs.of(old_outputs)
        if preview:
            if not _will_print_anew(token, old_outputs, news):
                return _state(news, previous)
            return {**news, "stdout": UNKNOWN, "stderr": UNKNOWN}
        command = news.get("update", news.get("create"))
        return _state(news, previous if command is None else self._run(token, command, news, previous, urn))

    def delete(
        self, token: str, id: str, inputs: Properties, outputs: Properties, *, urn: str, timeout: float
    ) -> None:
        if outputs.get("delete") is not None:
            self._run(token, outputs["delete"], outputs, Outputs.of(outputs), urn)

    def invoke(self, token: str, args: Properties) -> Properties:
        if token != RUN:
            raise ProviderError(f"unknown function {token}; served is: {RUN}")
        given = {name: value for name, value in args.items() if value is not None}
        failures = check(RUN_TYPE, given)
        if failures:
            raise InputErrors(failures)
        return _state(given, self._run(token, given["command"], given, Outputs(), ""))

    def cancel(self) -> None:
        """Ends dialling and local commands. A remote command goes on, as with the real provider."""
        self._cancelled.set()

    def _run(self, token: str, command: str, inputs: Properties, previous: Outputs, urn: str) -> Outputs:
        return _RUNNERS[token](command, inputs, previous, _ResourceLog(self.host, urn), self._cancelled)


class _ResourceLog:
    """The engine's log, beside one resource."""

    def __init__(self, host: Host, urn: str) -> None:
        self._host = host
        self._urn = urn

    def status(self, line: str) -> None:
        self._host.log("info", line, self._urn, ephemeral=True)

    def warning(self, message: str) -> None:
        self._host.log("warning", message, self._urn)

    def error(self, message: str) -> None:
        self._host.log("error", message, self._urn)


def _state(inputs: Properties, printed: Outputs) -> Properties:
    return {**inputs, "stdout": printed.stdout, "stderr": printed.stderr}


def _will_print_anew(token: str, old_outputs: Properties, news: Properties) -> bool:
    # An input that was not there before does not count: so it is with the real provider's library.
    return any(
        contains_unknown(news.get(name)) or (name in old_outputs and news.get(name) != old_outputs[name])
        for name in TYPES[token].properties
    )


def _without(properties: Properties, name: str) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != name}


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
