"""`command:remote:Command`: a command run over SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from threading import Event
from typing import Any, Final

from lab.plugins.command.connection import Target, connected
from lab.plugins.command.output import Capture, Log, Outputs
from lab.plugins.command.session import SETENV_FAILED, VariableRefusedError, Variables, run_command
from lab.plugins.servicer import Properties, ProviderError

VARIABLE_REFUSED: Final = (
    "Unable to set '{name}'. This only works if your SSH server is configured to accept\n"
    "\tthese variables via AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote "
    "host, you could\n\tprefix the command itself with the variables in the form 'VAR=value command'"
)


def previous_outputs(inputs: Mapping[str, Any], previous: Outputs) -> dict[str, str]:
    """The variables that tell a command what the one before it printed; empty ones are left out."""
    if inputs.get("addPreviousOutputInEnv") is False:
        return {}
    values = {"PULUMI_COMMAND_STDOUT": previous.stdout, "PULUMI_COMMAND_STDERR": previous.stderr}
    return {name: value for name, value in values.items() if value}


def run_remote(command: str, inputs: Properties, previous: Outputs, log: Log, cancelled: Event) -> Outputs:
    """Runs the command as the inputs say. Raises ProviderError as the real provider words it."""
    return asyncio.run(_run(command, inputs, previous, log, cancelled))


async def _run(command: str, inputs: Properties, previous: Outputs, log: Log, cancelled: Event) -> Outputs:
    capture = Capture(inputs.get("logging"), log.status)
    async with connected(Target.of(inputs["connection"]), log.status, cancelled) as connection:
        try:
            ending = await run_command(
                connection,
                command,
                capture,
                stdin=(inputs.get("stdin") or "").encode(),
                variables=Variables(inputs.get("environment") or {}, previous_outputs(inputs, previous)),
                refused=lambda name: log.warning(VARIABLE_REFUSED.format(name=name)),
            )
        except VariableRefusedError as error:
            log.error(VARIABLE_REFUSED.format(name=error.name))
            message = f'could not set environment variable "{error.name}": {SETENV_FAILED}'
            raise ProviderError(message) from error
    reason = ending.reason()
    if reason is not None:
        raise capture.failure(reason, command)
    return capture.outputs()
