"""A Pulumi resource provider in plain Python: dictionaries in and out, one worker thread for each call.

A plugin implements `Provider` (or extends `ProviderBase`) and ends in `serve(provider, name, version)`.
It sees `UNKNOWN` for values that a preview does not have yet, and plain values for secrets; a value that it
returns in the place of a secret input becomes secret again, and `Secret(value)` marks any other.
"""

from lab.plugins.servicer.comparison import compare, paths_to_diff
from lab.plugins.servicer.host import Host
from lab.plugins.servicer.main import serve
from lab.plugins.servicer.provider import (
    Diff,
    InputErrors,
    PartialState,
    Properties,
    Provider,
    ProviderBase,
    ProviderError,
    ReadResult,
)
from lab.plugins.servicer.rpc import ProviderServicer
from lab.plugins.servicer.values import UNKNOWN, Secret, contains_unknown, from_struct, reveal, to_struct

__all__ = [
    "UNKNOWN",
    "Diff",
    "Host",
    "InputErrors",
    "PartialState",
    "Properties",
    "Provider",
    "ProviderBase",
    "ProviderError",
    "ProviderServicer",
    "ReadResult",
    "Secret",
    "compare",
    "contains_unknown",
    "from_struct",
    "paths_to_diff",
    "reveal",
    "serve",
    "to_struct",
]
