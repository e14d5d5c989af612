"""The provider: the engine's calls, carried out by the tables of the resource types."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from lab.plugins.aws import check as checks
from lab.plugins.aws import configuration, functions, rules, state
from lab.plugins.aws.operation import CancelledError, Operation, doing, is_missing
from lab.plugins.aws.resources import RESOURCE_TYPES
from lab.plugins.aws.session import Session
from lab.plugins.aws.table import Failures, ResourceType, schema
from lab.plugins.servicer import Diff, PartialState, Properties, ProviderBase, ProviderError, ReadResult


class AwsProvider(ProviderBase):
    """Serves the resource types of `resources` and the functions of `functions`."""

    def __init__(self) -> None:
        self.schema = json.dumps(schema())
        self.configuration = configuration.Configuration(known=False)
        self.session = Session(self.configuration)
        self._cancelled = threading.Event()

    def check_config(self, news: Properties) -> Failures:
        return configuration.check(news)

    def configure(self, variables: Properties) -> None:
        self.configuration = configuration.parse(variables)
        self.session = Session(self.configuration)
        if self.configuration.known:
            self.session.validate()

    def check(
        self, token: str, olds: Properties, news: Properties, *, urn: str, random_seed: bytes
    ) -> tuple[Properties, Failures]:
        name = urn.split("::", 3)[3]
        default_tags = dict(self.configuration.default_tags)
        return checks.check(_type(token), olds, news, default_tags, name, random_seed)

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> Diff:
        region = news.get("region") or self.configuration.region
        return rules.diff(_type(token), old_inputs, old_outputs, news, list(ignore_changes), region)

    def create(
        self, token: str, inputs: Properties, preview: bool, *, urn: str, timeout: float
    ) -> tuple[str, Properties]:
        kind = _type(token)
        if preview:
            return "", state.predicted(kind, inputs, self.configuration.region)
        operation = self._operation(inputs, urn, timeout)
        try:
            with doing(f"creating {kind.noun}"):
                kind.create(operation, inputs)
                return operation.id, self._outputs(kind, operation, operation.id, inputs)
        except (ProviderError, CancelledError) as error:
            raise self._half_made(kind, operation, inputs, str(error)) from error

    def _half_made(
        self, kind: ResourceType, operation: Operation, inputs: Properties, message: str
    ) -> ProviderError:
        if not operation.id:
            return ProviderError(message)
        # It exists: recorded, so that the next update goes on with it and `destroy` finds it.
        known: Properties = {}
        try:
            known = kind.find(operation, operation.id, inputs) or {}
        except Exception as error:
            self.host.log("debug", f"reading {kind.noun} ({operation.id}) after a failure: {error}")
        outputs = state.outputs(kind, known, inputs, operation.region)
        return ProviderError(message, PartialState(operation.id, outputs, (message,), inputs))

    def read(self, token: str, id: str, inputs: Properties, properties: Properties) -> ReadResult | None:
        kind = _type(token)
        before = properties | inputs
        operation = self._operation(before, "", 0)
        with _OneLine(), doing(f"reading {kind.noun} ({id})"):
            known = kind.find(operation, id, before)
        if known is None:
            return None
        outputs = state.outputs(kind, known, before, operation.region)
        return str(known.get("id", id)), state.inputs(kind, inputs, outputs), outputs

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
        kind = _type(token)
        if preview:
            return state.predicted_update(kind, old_inputs, old_outputs, news)
        operation = self._operation(old_outputs | news, urn, timeout)
        with _OneLine(), doing(f"updating {kind.noun} ({id})"):
            known = kind.find(operation, id, old_outputs | old_inputs)
            if known is None:
                raise ProviderError(f"updating {kind.noun} ({id}): it is gone; run pulumi refresh")
            kind.update(operation, id, state.with_untold(kind, known, old_inputs), news)
            return self._outputs(kind, operation, id, old_outputs | news)

    def delete(
        self, token: str, id: str, inputs: Properties, outputs: Properties, *, urn: str, timeout: float
    ) -> None:
        kind = _type(token)
        operation = self._operation(outputs, urn, timeout)
        with _OneLine(), doing(f"deleting {kind.noun} ({id})"):
            _unless_missing(lambda: kind.delete(operation, id, outputs | inputs))

    def invoke(self, token: str, args: Properties) -> Properties:
        self._must_be_known()
        return functions.call(self.session, token, args)

    def cancel(self) -> None:
        self._cancelled.set()

    def _operation(self, properties: Properties, urn: str, timeout: float) -> Operation:
        self._must_be_known()
        region = str(properties.get("region") or self.configuration.region)
        return Operation(
            ec2=self.session.client("ec2", region),
            region=region,
            account=self.session.account,
            partition=self.session.partition,
            log=lambda message: self.host.log("info", message, urn, ephemeral=True),
            cancelled=self._cancelled,
            timeout=timeout,
        )

    def _must_be_known(self) -> None:
        if not self.configuration.known:
            raise ProviderError("the provider's configuration is not known yet; it is after the first update")

    def _outputs(self, kind: ResourceType, operation: Operation, id: str, wanted: Properties) -> Properties:
        known = kind.find(operation, id, wanted)
        if known is None:
            raise ProviderError(f"reading {kind.noun} ({id}): it is gone right after it was made")
        return state.outputs(kind, known, wanted, operation.region)


def _type(token: str) -> ResourceType:
    if token not in RESOURCE_TYPES:
        served = ", ".join(sorted(RESOURCE_TYPES))
        raise ProviderError(f"{token} is not modelled by this stand-in for pulumi-aws; it models: {served}")
    return RESOURCE_TYPES[token]


class _OneLine:
    """A wait that was cancelled, as the error the engine shows."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, CancelledError):
            raise ProviderError(str(error)) from error


def _unless_missing(call: Callable[[], None]) -> None:
    try:
        call()
    except ClientError as error:
        if not is_missing(error):
            raise
