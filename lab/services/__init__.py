"""What hosts find on the lab's internet: a mirror of packages and a registry of container images."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from lab.fabric import internet
from lab.image import Image, mirrors
from lab.names import NAMESPACE_PREFIX
from lab.paths import lab_state_dir
from lab.services.mirror import Mirror
from lab.services.registry import Registry


def services_dir() -> Path:
    """Where the services keep what they know: `packages.log`, and `registry/` with its log."""
    return lab_state_dir() / "services"


@contextmanager
def internet_services(image: Image, registry_program: Path) -> Generator[None]:
    """While open, the internet has the packages of every image that is there, and as container image the one
    that lies on machines of `image`. Raises as the services do.
    """
    namespace = internet.namespace_of(NAMESPACE_PREFIX)
    folder = services_dir()
    folder.mkdir(parents=True, exist_ok=True)
    web = image.layers[-1] / "usr/local/lib/lab/web.tar"
    with (
        Mirror(namespace, mirrors(), folder / "packages.log"),
        Registry(namespace, registry_program, folder / "registry", web),
    ):
        yield
