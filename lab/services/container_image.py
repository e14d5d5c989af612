"""A container image in the form in which a registry keeps it (image manifest version 2, schema 2)."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MANIFEST_TYPE: Final = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG_TYPE: Final = "application/vnd.docker.container.image.v1+json"
_LAYER_TYPE: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_CREATED: Final = "2025-01-01T00:00:00Z"


@dataclass(frozen=True)
class RegistryImage:
    """What a push uploads: the blobs, and after them the manifest that names them."""

    blobs: tuple[bytes, ...]
    manifest: bytes


def web_image(tar: Path, architecture: str) -> RegistryImage:
    """The lab's container image, from the tar of its files; settings as the machines' own import gives it.

    `architecture`: Go's word for it, such as amd64.
    """
    files = tar.read_bytes()
    layer = gzip.compress(files, compresslevel=1, mtime=0)
    config = _json(
        {
            "architecture": architecture,
            "os": "linux",
            "created": _CREATED,
            "config": {"Cmd": ["/bin/serve"], "ExposedPorts": {"80/tcp": {}}},
            "rootfs": {"type": "layers", "diff_ids": [digest(files)]},
            "history": [{"created": _CREATED, "comment": "the lab's own"}],
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(_CONFIG_TYPE, config),
        "layers": [_descriptor(_LAYER_TYPE, layer)],
    }
    return RegistryImage((config, layer), _json(manifest))


def digest(content: bytes) -> str:
    """How registries name content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(kind: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(content), "digest": digest(content)}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
