"""Files that are wholly old or wholly new, also after a power cut: synced, then renamed into their place."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Makes renames and removals in a directory last."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def place(temporary: Path, target: Path) -> None:
    """Syncs a finished temporary file beside its target, then renames it there."""
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    temporary.replace(target)
    sync_directory(target.parent)


@contextmanager
def beside(target: Path) -> Generator[Path]:
    """A temporary name beside the target, one that netplan does not read; what is there at the end is placed.

    What could not be written, as on a full disk, leaves nothing and ends the program with one line.
    """
    temporary = target.with_name(f".{target.name}.dualstack")
    try:
        temporary.unlink(missing_ok=True)
        yield temporary
        place(temporary, target)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise SystemExit(f"{target} cannot be written: {problem.strerror}") from None


def write_atomic(target: Path, content: bytes, mode: int, user: str, group: str) -> None:
    """The file with this content, mode and owner."""
    with beside(target) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        shutil.chown(temporary, user, group)
        temporary.chmod(mode)


def copy_exact(source: Path, target: Path) -> None:
    """A copy with the same bytes, mode, owner and times."""
    make_directories(target.parent)
    with beside(target) as temporary:
        shutil.copy2(source, temporary)
        status = source.stat()
        os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(status.st_mode & 0o7777)


def remove_file(path: Path) -> bool:
    """Whether the file was there; it no longer is."""
    if not path.exists():
        return False
    path.unlink()
    sync_directory(path.parent)
    return True


def make_directories(directory: Path) -> list[str]:
    """Makes the directory; returns those that were missing, outermost first."""
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
        sync_directory(each.parent)
    return [str(each) for each in reversed(missing)]


def remove_empty(directory: Path) -> None:
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


def discard(directory: Path) -> None:
    """Takes a directory away, at once under its own name: half of it must never be taken for all of it."""
    if directory.exists():
        leaving = directory.with_name(f"{directory.name}.leaving")
        shutil.rmtree(leaving, ignore_errors=True)
        directory.replace(leaving)
        shutil.rmtree(leaving)
