"""What a Compose file may not need: files beside it, and variables, neither of which the host has."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

Values = Mapping[str, Any]

_VARIABLE: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?P<default>:?[-+])?)"
)
_ONE_FILE: Final = "the host gets this one file"
_INSTEAD_OF_A_FILE: Final = {
    "configs": "give the text as `content`",
    "secrets": "name a file that is on the host, with a path from /",
}


def refused_outside_files(document: Values) -> list[str]:
    """A message for everything in the file that points to other files, with what to write instead."""
    errors: list[str] = []
    if document.get("include"):
        errors.append(f"include: {_ONE_FILE}; put what it includes into it")
    for name, service in _entries(document, "services"):
        errors += [f"service {name}: {message}" for message in _service_errors(service)]
    for kind, instead in _INSTEAD_OF_A_FILE.items():
        errors += [
            f"{kind} {name}: file {each['file']!r} lies beside this one, and {_ONE_FILE}; {instead}"
            for name, each in _entries(document, kind)
            if "file" in each and not str(each["file"]).startswith("/")
        ]
    return errors


def undefined_variables(document: Values, known: Sequence[str]) -> list[str]:
    """A message for each `${NAME}` that has no default and is not known."""
    found: dict[str, None] = {}
    for text in _texts(document):
        for match in _VARIABLE.finditer(text):
            name = match["plain"] or match["braced"]
            if name and not match["default"] and name not in known:
                found[name] = None
    return [
        f"variable {name} has no value on the host; give one in the app's `variables`, or a default: "
        f"${{{name}:-value}}"
        for name in found
    ]


def _service_errors(service: Values) -> Iterator[str]:
    if "build" in service:
        yield "build: the host has no source to build from; name an image of a registry in `image`"
    if service.get("env_file"):
        yield f"env_file: {_ONE_FILE}; write the values in `environment`"
    extends = service.get("extends")
    if isinstance(extends, Mapping) and "file" in extends:
        yield f"extends: {_ONE_FILE}; extend a service of this file"
    for volume in cast("Sequence[Any]", service.get("volumes") or ()):
        source = _bind_source(volume)
        if source and source.startswith((".", "~")):
            yield (
                f"volumes: {source} lies beside the file, and {_ONE_FILE}; use a named volume, a path "
                "from /, or `configs` with `content`"
            )


def _bind_source(volume: object) -> str | None:
    if isinstance(volume, Mapping):
        entry = cast("Values", volume)
        return str(entry.get("source", "")) if entry.get("type") == "bind" else None
    return str(volume).split(":")[0] if ":" in str(volume) else None


def _entries(document: Values, key: str) -> Iterator[tuple[str, Values]]:
    group = document.get(key)
    if isinstance(group, Mapping):
        for name, each in cast("Values", group).items():
            if isinstance(each, Mapping):
                yield name, cast("Values", each)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Values", value).values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _texts(each)
