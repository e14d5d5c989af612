"""Writes the index that makes a directory of packages an apt source (a flat one, without signature)."""

import hashlib
import subprocess
from pathlib import Path


def write_package_index(directory: Path) -> None:
    """Writes `Packages` for every .deb in the directory, as deb-src(5) and the repository format ask for.

    Raises CalledProcessError when dpkg-deb cannot read a package.
    """
    entries = [_entry(package) for package in sorted(directory.glob("*.deb"))]
    (directory / "Packages").write_text("\n".join(entries))


def _entry(package: Path) -> str:
    fields = subprocess.run(
        ["dpkg-deb", "--field", str(package)], check=True, capture_output=True, text=True
    ).stdout
    content = package.read_bytes()
    return (
        f"{fields}Filename: ./{package.name}\nSize: {len(content)}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
    )
