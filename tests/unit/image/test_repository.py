"""A repository has an index of its packages and a signed list of what is in it."""

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.image.repository import trust, write_repository

ARCHITECTURE = subprocess.run(
    ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
).stdout.strip()


def run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)


def make_package(folder: Path) -> Path:
    """A package without a file in it."""
    control = folder / "tree/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(
        "Package: nothing\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody\nDescription: nothing\n"
    )
    pool = folder / "mirror/debian/pool"
    pool.mkdir(parents=True)
    run(["dpkg-deb", "--build", str(folder / "tree"), str(pool)])
    return pool / "nothing_1.0_all.deb"


def test_a_repository_lists_its_packages_and_is_signed_with_the_key_beside_it(tmp_path: Path) -> None:
    package = make_package(tmp_path)
    repository = tmp_path / "mirror/debian"
    write_repository(repository, "trixie", "main", run)
    content = package.read_bytes()
    index = repository / f"dists/trixie/main/binary-{ARCHITECTURE}/Packages"
    assert index.read_text() == (
        "Package: nothing\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody\nDescription: nothing\n"
        f"Filename: pool/nothing_1.0_all.deb\nSize: {len(content)}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
    )
    listed = (
        f" {hashlib.sha256(index.read_bytes()).hexdigest()} {index.stat().st_size} "
        f"main/binary-{ARCHITECTURE}/Packages\n"
    )
    assert listed in (repository / "dists/trixie/Release").read_text()
    keyring = tmp_path / "key.gpg"
    run(["gpg", "--batch", "--dearmor", "--output", str(keyring), str(repository / "key.asc")])
    run(["gpgv", "--quiet", "--keyring", str(keyring), str(repository / "dists/trixie/InRelease")])


def test_a_machine_is_told_of_the_mirror_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "mirror/debian").mkdir(parents=True)
    (tmp_path / "mirror/debian/key.asc").write_text("the key\n")
    trust(tmp_path / "mirror", tmp_path / "root", "bookworm")
    assert (tmp_path / "root/etc/apt/sources.list.d/lab-packages.sources").read_text() == (
        "Types: deb\n"
        "URIs: http://packages.example/debian\n"
        "Suites: bookworm\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/lab-packages.asc\n"
    )
    assert (tmp_path / "root/usr/share/keyrings/lab-packages.asc").read_text() == "the key\n"
