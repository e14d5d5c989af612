"""The registry of container images: Debian's `docker-registry` on the lab's internet, with TLS.

Its certificate is signed by the authority that the lab's machines trust, so Docker needs no setting for it.
"""

import http.client
import platform
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Self

import yaml

from lab.certificates import authority_certificate, server_certificate
from lab.fabric import namespaces, server_process
from lab.fabric.resolver import ipv4_only
from lab.names import CONTAINER_IMAGE, REGISTRY_IPV6, REGISTRY_NAME
from lab.services.container_image import MANIFEST_TYPE, RegistryImage, digest, web_image
from lab.services.unpacked_program import unpacked_program

_PORT: Final = 443
_START_SECONDS: Final = 60.0
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


def registry_program(progress: Callable[[str], None]) -> Path:
    """The registry's program. Raises ProgramMissingError."""
    return unpacked_program("docker-registry", "/usr/bin/docker-registry", progress)


class Registry:
    """Runs until it is closed, and has the lab's container image. A context manager."""

    def __init__(self, namespace: str, program: Path, folder: Path, image_tar: Path) -> None:
        """`folder` gets configuration, images and log. Raises RuntimeError with the registry's own words when
        it does not start or takes no image.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yml").write_text(_configuration(folder))
        self._namespace = namespace
        command = [str(program), "serve", str(folder / "config.yml")]

        self._process = server_process.start(
            "the registry", namespace, command, folder / "log", self._answers, _START_SECONDS
        )
        image = web_image(image_tar, _ARCHITECTURES.get(platform.machine(), platform.machine()))
        try:
            namespaces.inside(namespace, partial(_push, image, *CONTAINER_IMAGE.split(":")))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop it."""
        server_process.stop(self._process)

    def _answers(self) -> bool:
        with suppress(OSError):
            namespaces.inside(self._namespace, partial(_ask, "GET", "/v2/"))
            return True
        return False


def _configuration(folder: Path) -> str:
    names = (REGISTRY_NAME, ipv4_only(REGISTRY_NAME))
    certificate = server_certificate(names)
    files = {"certificate": certificate.certificate, "key": certificate.private_key}
    for name, text in files.items():
        (folder / f"{name}.pem").write_text(text)
    return yaml.safe_dump(
        {
            "version": 0.1,
            "log": {"level": "warn"},
            "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
            "http": {"addr": f":{_PORT}", "tls": {name: str(folder / f"{name}.pem") for name in files}},
        }
    )


def _push(image: RegistryImage, repository: str, tag: str) -> None:
    for blob in image.blobs:
        place = _ask("POST", f"/v2/{repository}/blobs/uploads/")
        _ask("PUT", f"{place}&digest={digest(blob)}", blob, "application/octet-stream")
    _ask("PUT", f"/v2/{repository}/manifests/{tag}", image.manifest, MANIFEST_TYPE)


def _ask(method: str, path: str, body: bytes = b"", kind: str = "") -> str:
    """One request of the registry's API; the address that the answer names, if it does."""
    trust = ssl.create_default_context(cadata=authority_certificate())
    trust.check_hostname = False  # asked by its address, there is no resolver here
    connection = http.client.HTTPSConnection(str(REGISTRY_IPV6), _PORT, timeout=60, context=trust)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    finally:
        connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"the registry answers {method} {path} with {answer.status}: {text.strip()}")
    return answer.headers.get("Location", "").removeprefix(f"https://[{REGISTRY_IPV6}]")
