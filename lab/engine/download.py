"""Has the engine from its vendor: the installer that Pulumi publishes, at the pinned version."""

import os
import shutil
import tempfile
import urllib.request
from pathlib import Path
from typing import Final

from lab.engine.errors import EngineError
from lab.engine.progress import Say, run_with_progress
from lab.engine.version import PINNED_VERSION

INSTALLER_URL: Final = "https://get.pulumi.com"
CONNECT_SECONDS: Final = 4.0


def fetch_installer(url: str = INSTALLER_URL) -> bytes | None:
    """The text of the vendor's installer, or None where it cannot be reached in a few seconds."""
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as answer:
            text: bytes = answer.read()
    except (OSError, ValueError):
        return None
    return text if text.startswith(b"#!") else None


def install_engine(installer: bytes, target: Path, say: Say) -> None:
    """Run the vendor's installer and put what it installs in the folder of `target`, `pulumi` itself last.

    The language hosts that come with it land beside `pulumi`, where it looks for them.
    Raises EngineError if the installer fails or leaves another version behind.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".installing-") as folder:
        script = Path(folder) / "install.sh"
        script.write_bytes(installer)
        root = Path(folder) / "root"
        command = [
            "sh",
            str(script),
            "--version",
            PINNED_VERSION,
            "--install-root",
            str(root),
            "--no-edit-path",
        ]
        environ = {**os.environ, "HOME": folder}
        finished = run_with_progress(command, say, lambda _lines, last: last, environ=environ)
        built = root / "bin"
        if finished.exit_code != 0 or not (built / "pulumi").is_file():
            tail = "\n  ".join(finished.tail[-8:])
            raise EngineError(f"pulumi's installer failed (exit code {finished.exit_code}):\n  {tail}")
        for file in sorted(built.iterdir(), key=lambda path: path.name == "pulumi"):
            shutil.move(file, target.parent / file.name)
