"""The cache keeps what a machine may still ask for, and lets go of what none asked for in a long time."""

import os
import time
from pathlib import Path

import pytest

from lab.image import cache, current, ensure
from lab.image.cache import Cached, cached, remove_superseded, size_of, superseded

DAY = 86400


def add(directory: Path, folder: str, age: float = 0) -> Path:
    """An image that was last asked for `age` days ago."""
    root = directory / folder / "root"
    root.mkdir(parents=True)
    (root / "file").write_bytes(b"x" * 3_000_000)
    os.utime(root.parent, (0, time.time() - age * DAY))
    return root.parent


def test_an_image_goes_that_this_checkout_does_not_build_and_nobody_asked_for_in_14_days() -> None:
    images = [Cached("mine-1", 0), Cached("old-1", 0), Cached("old-2", 1 * DAY), Cached("old-3", 2 * DAY)]
    assert superseded(images, {"mine-1"}, now=15 * DAY) == ["old-1"]


def test_what_is_removed_is_said_with_its_size(tmp_path: Path) -> None:
    add(tmp_path, "old-1", age=15)
    add(tmp_path, "old-2", age=13)
    add(tmp_path, ".unfinished", age=15)
    said: list[str] = []
    remove_superseded(tmp_path, {"mine-1"}, said.append)
    assert said == ["image old-1: removed, 3 MB that no machine used for 14 days"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".unfinished", "old-2"]


def test_the_image_of_a_machine_that_runs_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, "old-1", age=99)
    layers = f"lowerdir=/elsewhere/root:{tmp_path}/old-1/root"
    monkeypatch.setattr(cache, "mounts", lambda: f"66 1 0:9 / /x rw - overlay overlay rw,{layers}\n")
    remove_superseded(tmp_path, (), print)
    assert [image.folder for image in cached(tmp_path)] == ["old-1"]


def test_allmounts_are_seen_with_their_options() -> None:
    assert "/proc rw" in cache.mounts()


def test_a_machine_s_asking_for_an_image_keeps_it_and_what_it_is_a_layer_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    images = tmp_path / "dualstack/images"
    for folder in current():
        add(images, folder, age=99)
    ensure("debian-13-docker", print)
    recent = {image.folder.rpartition("-")[0] for image in cached(images) if image.used > time.time() - DAY}
    assert recent == {"debian-13", "debian-13-docker"}
    assert len(current()) == 6


def test_sizes_are_what_the_disk_holds(tmp_path: Path) -> None:
    assert size_of(add(tmp_path, "mine-1")) == 3
