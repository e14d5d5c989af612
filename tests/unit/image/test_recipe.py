"""Images are kept under a key of all that they are made from, and are there wholly or not at all."""

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from lab.image import RECIPES, ImageError, ensure, key
from lab.image.recipe import IMAGE_FILES
from lab.image.web import write_web_image
from lab.names import LAB_IMAGES


def test_every_image_of_the_lab_has_a_recipe() -> None:
    assert set(LAB_IMAGES.values()) == set(RECIPES)


def test_a_key_is_12_hex_digits_and_each_image_has_its_own() -> None:
    keys = [key(recipe) for recipe in RECIPES.values()]
    assert len(set(keys)) == len(keys)
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in keys)


def test_another_package_is_another_key() -> None:
    recipe = RECIPES["debian-13"]
    assert key(replace(recipe, packages=(*recipe.packages, "tcpdump"))) != key(recipe)


def test_an_unknown_image_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ImageError) as refused:
        ensure("debian-99", print)
    assert str(refused.value) == (
        "unknown image 'debian-99': known are debian-12, debian-12-docker, debian-13, debian-13-docker, "
        "debian-14, debian-14-docker"
    )


def test_a_build_that_fails_leaves_nothing_and_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "mmdebstrap").write_text("#!/bin/sh\necho no mirror answers\nexit 25\n")
    (tools / "mmdebstrap").chmod(0o755)
    (tools / "unshare").write_text('#!/bin/sh\nshift\nexec "$@"\n')
    (tools / "unshare").chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    images = tmp_path / "dualstack/images"
    with pytest.raises(ImageError) as failure:
        ensure("debian-13-docker", lambda _: None)
    assert (
        str(failure.value) == f"mmdebstrap failed with exit code 25; its output is in {images}/debian-13.log"
    )
    assert sorted(path.name for path in images.iterdir()) == [".lock", "debian-13.log"]
    assert (images / "debian-13.log").read_text() == "no mirror answers\n"


def test_the_container_image_has_its_commands_and_scripts(tmp_path: Path) -> None:
    busybox = tmp_path / "busybox"
    busybox.write_bytes(b"busybox")
    write_web_image(IMAGE_FILES / "web", busybox, tmp_path / "web.tar")
    with tarfile.open(tmp_path / "web.tar") as archive:
        members = {member.name: member for member in archive}
        serve = archive.extractfile("bin/serve")
        assert serve is not None
        assert serve.read() == (IMAGE_FILES / "web/bin/serve").read_bytes()
    assert members["bin/httpd"].linkname == "busybox"
    assert {members[name].mode for name in ("bin/busybox", "bin/serve", "www/cgi-bin/source")} == {0o755}
