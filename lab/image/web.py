"""The lab's own container image: busybox and two scripts, as a tar for `docker import`."""

import io
import tarfile
from pathlib import Path
from typing import Final

_COMMANDS: Final = (
    "cat", "echo", "hostname", "httpd", "ip", "nc", "netstat", "ping", "ping6", "printf", "sh", "sleep",
    "test", "wget",
)  # fmt: skip


def write_web_image(files: Path, busybox: Path, target: Path) -> None:
    """Writes the tar: `busybox` with links for its commands, and every file under `files`."""
    with tarfile.open(target, "w") as archive:
        for directory in ("bin", "www", "www/cgi-bin", "etc", "tmp", "proc", "sys", "dev"):
            _add(archive, directory, kind=tarfile.DIRTYPE, mode=0o755)
        _add(archive, "bin/busybox", busybox.read_bytes())
        for command in _COMMANDS:
            _add(archive, f"bin/{command}", kind=tarfile.SYMTYPE, link="busybox")
        for path in sorted(path for path in files.rglob("*") if path.is_file()):
            _add(archive, str(path.relative_to(files)), path.read_bytes())


def _add(
    archive: tarfile.TarFile,
    name: str,
    content: bytes = b"",
    *,
    kind: bytes = tarfile.REGTYPE,
    mode: int = 0o755,
    link: str = "",
) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.linkname, member.size = kind, mode, link, len(content)
    archive.addfile(member, io.BytesIO(content))
