"""The container image as the registry keeps it: every digest is that of what it names."""

import gzip
import json
from pathlib import Path

from lab.services.container_image import digest, web_image


def test_the_manifest_names_the_config_and_the_layer(tmp_path: Path) -> None:
    tar = tmp_path / "web.tar"
    tar.write_bytes(b"the files")
    image = web_image(tar, "amd64")
    config, layer = image.blobs
    manifest = json.loads(image.manifest)
    assert manifest["config"]["digest"] == digest(config)
    assert [one["digest"] for one in manifest["layers"]] == [digest(layer)]
    assert gzip.decompress(layer) == b"the files"
    assert json.loads(config)["rootfs"]["diff_ids"] == [digest(b"the files")]
    assert json.loads(config)["config"] == {"Cmd": ["/bin/serve"], "ExposedPorts": {"80/tcp": {}}}


def test_a_digest_is_the_sha256_in_hex() -> None:
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
