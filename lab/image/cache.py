"""The cache of built images: what is in it, and what may go.

It is shared by all checkouts of a user. The time of a folder says when a machine last asked for the image.
"""

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DAYS_KEPT: Final = 14
"""How long an image is kept that no machine asks for and that this checkout would not build."""
_DAY: Final = 86400


@dataclass(frozen=True)
class Cached:
    """A built image. `folder`: its folder's name, `<name>-<key>`; `used`: seconds since 1970."""

    folder: str
    used: float


def cached(directory: Path) -> list[Cached]:
    """All images of a cache, by name; no unfinished ones."""
    folders = (path for path in directory.glob("*/") if not path.name.startswith("."))
    return sorted((Cached(path.name, path.stat().st_mtime) for path in folders), key=lambda each: each.folder)


def superseded(images: Iterable[Cached], current: Collection[str], now: float) -> list[str]:
    """The folders of those that are not `current` and were not asked for in `DAYS_KEPT` days."""
    return [
        image.folder
        for image in images
        if image.folder not in current and now - image.used > DAYS_KEPT * _DAY
    ]


def note_use(folders: Iterable[Path]) -> None:
    """Remembers that a machine asks for these images now."""
    for folder in folders:
        with suppress(FileNotFoundError):
            os.utime(folder)


def remove_superseded(directory: Path, current: Collection[str], progress: Callable[[str], None]) -> None:
    """Removes what `superseded` names, save images of machines that run. The caller has the cache's lock."""
    in_use = mounts()
    for name in superseded(cached(directory), current, time.time()):
        folder = directory / name
        if f"{folder}/" in in_use:
            continue
        going = folder.rename(directory / f".{name}")  # nobody finds half an image
        size = size_of(going)
        shutil.rmtree(going)
        progress(f"image {name}: removed, {size} MB that no machine used for {DAYS_KEPT} days")


def size_of(folder: Path) -> int:
    """How much the disk holds of it, in MB."""
    blocks = sum(os.lstat(f"{base}/{name}").st_blocks for base, _, names in os.walk(folder) for name in names)
    return round(blocks * 512 / 1_000_000)


def mounts() -> str:
    """All mounts of all processes, each with its options: an overlay's name its layers (proc(5))."""
    texts: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            texts.append((process / "mountinfo").read_text())
    return "".join(texts)
