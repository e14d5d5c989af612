"""The gRPC service of a plugin, on top of a `Provider` of plain values."""

# The names and signatures are those of the protocol.

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from lab.plugins.servicer.comparison import compare, top_level
from lab.plugins.servicer.host import Host
from lab.plugins.servicer.provider import Diff, InputErrors, PartialState, Properties, Provider, ProviderError
from lab.plugins.servicer.values import conceal, from_struct, reveal, to_struct

_Method = TypeVar("_Method", bound=Callable[..., Any])
_DETAILS_KEY: Final = "grpc-status-details-bin"


def _one_clean_error(method: _Method) -> _Method:
    """What a provider raises as a gRPC status; the unforeseen is named as the stand-in's own fault."""

    @functools.wraps(method)
    def guarded(self: ProviderServicer, request: Any, context: Any) -> Any:
        try:
            return method(self, request, context)
        except ProviderError as error:
            if error.partial is not None:
                context.abort_with_status(_partial_status(error.message, error.partial))
            context.abort(grpc.StatusCode.UNKNOWN, error.message)
        except Exception as error:
            self.host.log("debug", traceback.format_exc())
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{where.filename.rsplit('/', 1)[-1]}:{where.lineno}"
            text = " ".join(str(error).split())
            message = f"fault in the {self.name} stand-in: {type(error).__name__}: {text} ({place})"
            context.abort(grpc.StatusCode.INTERNAL, message)

    return guarded  # pyright: ignore[reportReturnType]


def _partial_status(message: str, partial: PartialState) -> Any:
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=partial.id,
            properties=to_struct(partial.properties),
            reasons=partial.reasons or (message,),
            inputs=None if partial.inputs is None else to_struct(partial.inputs),
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message, details=[detail])
    return cast("Any", rpc_status).to_status(status)


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves a `Provider`. Every call runs in a thread of its own."""

    def __init__(self, provider: Provider, name: str, version: str, host: Host) -> None:
        self.provider = provider
        self.name = name
        self.version = version
        self.host = host
        provider.attach(host)

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    def Handshake(self, request: Any, context: Any) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=False, accept_outputs=False
        )

    def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:
        self.host = Host(request.address)
        self.provider.attach(self.host)
        return empty_pb2.Empty()

    def GetSchema(self, request: Any, context: Any) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=self.provider.schema)

    def GetMapping(self, request: Any, context: Any) -> provider_pb2.GetMappingResponse:
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> provider_pb2.GetMappingsResponse:
        return provider_pb2.GetMappingsResponse()

    @_one_clean_error
    def CheckConfig(self, request: Any, context: Any) -> provider_pb2.CheckResponse:
        failures = self.provider.check_config(_plain(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @_one_clean_error
    def DiffConfig(self, request: Any, context: Any) -> provider_pb2.DiffResponse:
        changed = compare(_plain(request.old_inputs), _plain(request.news))
        return _diff_response(Diff(changes=bool(changed), detailed=changed))

    @_one_clean_error
    def Configure(self, request: Any, context: Any) -> provider_pb2.ConfigureResponse:
        prefix = f"{self.name}:config:"
        variables = {name.removeprefix(prefix): value for name, value in request.variables.items()}
        self.provider.configure(variables | _plain(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    @_one_clean_error
    def Check(self, request: Any, context: Any) -> provider_pb2.CheckResponse:
        news = from_struct(request.news)
        inputs, failures = self.provider.check(
            _token(request.urn),
            _plain(request.olds),
            reveal(news),
            urn=request.urn,
            random_seed=request.randomSeed,
        )
        return provider_pb2.CheckResponse(
            inputs=to_struct(conceal(inputs, news)), failures=_failures(failures)
        )

    @_one_clean_error
    def Diff(self, request: Any, context: Any) -> provider_pb2.DiffResponse:
        answer = self.provider.diff(
            _token(request.urn),
            request.id,
            _plain(request.old_inputs),
            _plain(request.olds),
            _plain(request.news),
            list(request.ignoreChanges),
        )
        return _diff_response(answer)

    @_one_clean_error
    def Create(self, request: Any, context: Any) -> provider_pb2.CreateResponse:
        inputs = from_struct(request.properties)
        with _SecretsKept(inputs):
            identifier, outputs = self.provider.create(
                _token(request.urn), reveal(inputs), request.preview, urn=request.urn, timeout=request.timeout
            )
        return provider_pb2.CreateResponse(id=identifier, properties=to_struct(conceal(outputs, inputs)))

    @_one_clean_error
    def Read(self, request: Any, context: Any) -> provider_pb2.ReadResponse:
        inputs, properties = from_struct(request.inputs), from_struct(request.properties)
        found = self.provider.read(_token(request.urn), request.id, reveal(inputs), reveal(properties))
        if found is None:
            return provider_pb2.ReadResponse()
        identifier, new_inputs, outputs = found
        return provider_pb2.ReadResponse(
            id=identifier,
            inputs=to_struct(conceal(new_inputs, inputs)),
            properties=to_struct(conceal(outputs, properties)),
        )

    @_one_clean_error
    def Update(self, request: Any, context: Any) -> provider_pb2.UpdateResponse:
        news = from_struct(request.news)
        with _SecretsKept(news):
            outputs = self.provider.update(
                _token(request.urn),
                request.id,
                _plain(request.old_inputs),
                _plain(request.olds),
                reveal(news),
                request.preview,
                urn=request.urn,
                timeout=request.timeout,
            )
        return provider_pb2.UpdateResponse(properties=to_struct(conceal(outputs, news)))

    @_one_clean_error
    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:
        self.provider.delete(
            _token(request.urn),
            request.id,
            _plain(request.old_inputs),
            _plain(request.properties),
            urn=request.urn,
            timeout=request.timeout,
        )
        return empty_pb2.Empty()

    @_one_clean_error
    def Invoke(self, request: Any, context: Any) -> provider_pb2.InvokeResponse:
        try:
            result = self.provider.invoke(request.tok, _plain(request.args))
        except InputErrors as errors:
            return provider_pb2.InvokeResponse(failures=_failures(errors.failures))
        answer: dict[str, Any] = {"return": to_struct(result)}
        return provider_pb2.InvokeResponse(**answer)

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        self.provider.cancel()
        return empty_pb2.Empty()


class _SecretsKept:
    """Secret again what a partly made resource holds in the place of a secret input."""

    def __init__(self, inputs: Properties) -> None:
        self.inputs = inputs

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, ProviderError) and error.partial is not None:
            partial = error.partial
            concealed = conceal(partial.properties, self.inputs)
            error.partial = PartialState(partial.id, concealed, partial.reasons, partial.inputs)


def _plain(struct: Any) -> Properties:
    return reveal(from_struct(struct))


def _token(urn: str) -> str:
    # urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME, where NAME may hold "::" itself.
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def _failures(failures: list[tuple[str, str]]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures]


def _diff_response(diff: Diff) -> provider_pb2.DiffResponse:
    detailed = {
        path: provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind), inputDiff=True)
        for path, kind in diff.detailed.items()
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if diff.changes else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=diff.replaces,
        deleteBeforeReplace=diff.delete_before_replace,
        diffs=list(dict.fromkeys(top_level(path) for path in diff.detailed)),
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
