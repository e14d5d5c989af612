"""What a plugin implements, and what it may raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from lab.plugins.servicer.host import Host

Properties = dict[str, Any]
Failure = tuple[str, str]
ReadResult = tuple[str, Properties, Properties]
Change = Literal["ADD", "ADD_REPLACE", "DELETE", "DELETE_REPLACE", "UPDATE", "UPDATE_REPLACE"]


@dataclass(frozen=True)
class Diff:
    """What would change: whether anything does, which properties replace, and each path's kind."""

    changes: bool
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    detailed: Mapping[str, Change] = field(default_factory=dict[str, Change])


@dataclass(frozen=True)
class PartialState:
    """A resource that exists, but did not come up: recorded with `reasons`, and updated by the next `up`."""

    id: str
    properties: Properties
    reasons: tuple[str, ...] = ()
    inputs: Properties | None = None


class ProviderError(Exception):
    """An operation failed. `message` is one clean line; `partial` records what exists all the same."""

    def __init__(self, message: str, partial: PartialState | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.partial = partial


class InputErrors(Exception):  # noqa: N818
    """Arguments of an invoke are wrong: (property, reason) for each."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in failures))
        self.failures = list(failures)


class Provider(Protocol):
    """A resource provider. Every method may block: each call has its own thread.

    Properties are plain values with `UNKNOWN` in previews; secrets are revealed. `timeout` is in seconds,
    0 if the program gave none. Any method may raise `ProviderError`.
    """

    schema: str

    def attach(self, host: Host) -> None:
        """Gets the engine's log sink, before any other call."""
        ...

    def check_config(self, news: Properties) -> list[Failure]:
        """What is wrong with the provider's own configuration (flat strings)."""
        ...

    def configure(self, variables: Properties) -> None:
        """Takes the configuration, without the `aws:config:` prefix."""
        ...

    def check(
        self, token: str, olds: Properties, news: Properties, *, urn: str, random_seed: bytes
    ) -> tuple[Properties, list[Failure]]:
        """The inputs with defaults filled in, and what is wrong with them."""
        ...

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> Diff:
        """What an update would change."""
        ...

    def create(
        self, token: str, inputs: Properties, preview: bool, *, urn: str, timeout: float
    ) -> tuple[str, Properties]:
        """Makes the resource; its id (empty in a preview) and outputs (in a preview those known)."""
        ...

    def read(self, token: str, id: str, inputs: Properties, properties: Properties) -> ReadResult | None:
        """Id, inputs and outputs as they are now, or None if it is gone. Import gives empty inputs."""
        ...

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
        """Changes the resource in place; all its outputs."""
        ...

    def delete(
        self, token: str, id: str, inputs: Properties, outputs: Properties, *, urn: str, timeout: float
    ) -> None:
        """Deletes the resource; one that is gone already is no error."""
        ...

    def invoke(self, token: str, args: Properties) -> Properties:
        """A function's result. Raises `InputErrors` for wrong arguments."""
        ...

    def cancel(self) -> None:
        """Ends waits soon: the user pressed Ctrl-C."""
        ...


class ProviderBase:
    """The parts of `Provider` that a plugin without configuration, functions or waits need not write."""

    schema: str = "{}"
    host: Host

    def attach(self, host: Host) -> None:
        self.host = host

    def check_config(self, news: Properties) -> list[Failure]:
        return []

    def configure(self, variables: Properties) -> None:
        pass

    def invoke(self, token: str, args: Properties) -> Properties:
        raise ProviderError(f"unknown function {token}")

    def cancel(self) -> None:
        pass
