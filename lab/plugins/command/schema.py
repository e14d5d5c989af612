"""The Pulumi schema of what is served, made from the tables of properties."""

from __future__ import annotations

import json
from typing import Any, Final

from lab.plugins.command.inputs import RUN_TYPE, TYPES, Kind, ResourceType

_ANY: Final = {"$ref": "pulumi.json#/Any"}
_TEXT: Final = {"type": "string"}
_SHAPES: Final[dict[Kind, dict[str, Any]]] = {
    "string": _TEXT,
    "logging": _TEXT,
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "strings": {"type": "array", "items": _TEXT},
    "values": {"type": "array", "items": _ANY, "replaceOnChanges": True},
    "texts": {"type": "object", "additionalProperties": _TEXT},
    "target": {"type": "object", "additionalProperties": _ANY, "secret": True},
}
_OUTPUTS: Final = {"stdout": _TEXT, "stderr": _TEXT}


def schema_text(version: str) -> str:
    """The schema as JSON."""
    schema = {
        "name": "command",
        "version": version,
        "resources": {token: _resource(kind) for token, kind in TYPES.items()},
        "functions": {
            RUN_TYPE.token: {
                "inputs": {"properties": _shapes(RUN_TYPE), "required": sorted(RUN_TYPE.required)},
                "outputs": {"properties": _shapes(RUN_TYPE) | _OUTPUTS, "required": sorted(_OUTPUTS)},
            }
        },
    }
    return json.dumps(schema)


def _resource(kind: ResourceType) -> dict[str, Any]:
    required = sorted(kind.required)
    return {
        "inputProperties": _shapes(kind),
        "requiredInputs": required,
        "properties": _shapes(kind) | _OUTPUTS,
        "required": sorted([*required, *_OUTPUTS]),
    }


def _shapes(kind: ResourceType) -> dict[str, Any]:
    return {name: _SHAPES[wanted] for name, wanted in kind.properties.items()}
