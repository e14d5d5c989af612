"""Builds images with mmdebstrap and keeps them in the cache: atomic, locked, with progress lines.

Times on two cores: `debian-13` 25 s and 600 MB, the Docker layer over it 10 s and 250 MB.
"""

import atexit
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from lab.certificates import authority_certificate
from lab.engine.lock import exclusive
from lab.image.cache import note_use, remove_superseded
from lab.image.recipe import IMAGE_FILES, RECIPES, Recipe, key
from lab.image.repository import trust, write_repository
from lab.image.web import write_web_image
from lab.names import DISTRIBUTION_PATH, DOCKER_PATH
from lab.paths import images_cache_dir

Progress = Callable[[str], None]


class ImageError(Exception):
    """An image could not be made; the message is one line, with where to read more."""


@dataclass(frozen=True)
class Image:
    """A built image. `layers` are directories for overlayfs, the top one first."""

    name: str
    layers: tuple[Path, ...]


def ensure(name: str, progress: Progress) -> Image:
    """The image of this name, from the cache or built now.

    Raises ImageError for an unknown name, for a tool that is missing, and when a build fails.
    """
    recipe = RECIPES.get(name)
    if recipe is None:
        raise ImageError(f"unknown image {name!r}: known are {', '.join(sorted(RECIPES))}")
    layers = _layers(recipe)
    note_use(layer.parent for layer in layers)
    if not all(layer.is_dir() for layer in layers):
        lock = images_cache_dir() / ".lock"
        with exclusive(lock, lambda pid: progress(f"image: process {pid} builds one, waiting for it")):
            _build_missing(recipe, progress)
            remove_superseded(images_cache_dir(), current(), progress)
    return Image(name, layers)


def current() -> set[str]:
    """The folders of all images that this checkout would build."""
    return {_layers(recipe)[0].parent.name for recipe in RECIPES.values()}


def _layers(recipe: Recipe) -> tuple[Path, ...]:
    own = images_cache_dir() / f"{recipe.name}-{key(recipe)}" / "root"
    return (own, *_layers(RECIPES[recipe.base])) if recipe.base else (own,)


def mirrors() -> tuple[Path, ...]:
    """The folders of the repositories that machines take packages from: each is there once its image is."""
    return tuple(_mirror(_layers(recipe)) for recipe in RECIPES.values() if recipe.base is None)


def _mirror(layers: tuple[Path, ...]) -> Path:
    """Beside the lowest layer: what is over it was installed from there."""
    return layers[-1].with_name("mirror")


def _build_missing(recipe: Recipe, progress: Progress) -> None:
    if recipe.base:
        _build_missing(RECIPES[recipe.base], progress)
    wanted, *lower = _layers(recipe)
    if wanted.is_dir():
        return
    for left in images_cache_dir().glob(f".{recipe.name}-*"):  # by a build that was killed
        shutil.rmtree(left)
    folder = Path(mkdtemp(prefix=f".{recipe.name}-", dir=images_cache_dir()))
    log = images_cache_dir() / f"{recipe.name}.log"
    try:
        if recipe.base:
            progress(f"image {recipe.name}: installing {', '.join(recipe.packages)} (about 10 s)")
            _add_layer(recipe, lower, folder, log)
        else:
            progress(f"image {recipe.name}: bootstrapping Debian {recipe.suite} (about 30 s, 600 MB)")
            _bootstrap(recipe, folder, log)
        folder.chmod(0o755)
        folder.rename(wanted.parent)
        progress(f"image {recipe.name}: ready")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bootstrap(recipe: Recipe, folder: Path, log: Path) -> None:
    root, mirror = folder / "root", folder / "mirror"
    authority = folder / "authority.pem"
    authority.write_text(authority_certificate())
    offered = " ".join(recipe.offered)
    customize = f'"{IMAGE_FILES}/customize.sh" "$1" "{IMAGE_FILES}/root" "{authority}" {offered}'
    _run(
        ["mmdebstrap", "--variant=minbase", f"--include={','.join(recipe.packages)}",
         *(f"--aptopt={option}" for option in recipe.apt_options),
         f"--customize-hook={customize}", recipe.suite, str(root)],
        log,
    )  # fmt: skip
    _offer(recipe, root, mirror, log)
    write_web_image(IMAGE_FILES / "web", root / "bin/busybox", root / "usr/local/lib/lab/web.tar")


def _offer(recipe: Recipe, root: Path, mirror: Path, log: Path) -> None:
    """Moves the packages that were fetched to the mirror, and lets the machines know of it."""
    distribution, docker = (mirror / path.lstrip("/") for path in (DISTRIBUTION_PATH, DOCKER_PATH))

    def run(command: Sequence[str]) -> None:
        _run(command, log)

    distribution.mkdir(parents=True)
    shutil.move(root / "var/lib/lab-packages", distribution / "pool")
    write_repository(distribution, recipe.suite, "main", run)
    trust(mirror, root, recipe.suite)
    if recipe.offers_docker_ce:
        run([str(IMAGE_FILES / "repackage.sh"), str(distribution / "pool"), str(docker / "pool")])
        write_repository(docker, recipe.suite, "stable", run)


def _add_layer(recipe: Recipe, lower: Sequence[Path], folder: Path, log: Path) -> None:
    work = folder / "work"
    lowerdir = ":".join(map(str, lower))
    script = str(IMAGE_FILES / "add_layer.sh")
    mirror = str(_mirror(tuple(lower)))
    _run([script, lowerdir, str(folder / "root"), str(work), mirror, *recipe.packages], log)
    shutil.rmtree(work)


def _run(command: Sequence[str], log: Path) -> None:
    if shutil.which(command[0]) is None:
        raise ImageError(f"{command[0]} is not installed: apt-get install mmdebstrap")
    with log.open("ab") as output:
        process = subprocess.Popen(
            # In a mount namespace of its own a command that is killed leaves no mount.
            ["unshare", "--mount", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(),
            start_new_session=True,
        )
        end = partial(_end, process)
        atexit.register(end)  # a daemon that ends does not wait for the thread this runs in
        try:
            code = process.wait()
        finally:
            end()
            atexit.unregister(end)
    if code:
        raise ImageError(f"{command[0]} failed with exit code {code}; its output is in {log}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment() -> dict[str, str]:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
