"""Files that are wholly old or wholly new, also after a power cut: synced, then renamed into their place."""

import filecmp
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
        _copy(source, temporary)


def _copy(source: Path, target: Path) -> None:
    shutil.copy2(source, target)
    _like(source, target)


def _like(source: Path, target: Path) -> None:
    status = source.stat()
    os.chown(target, status.st_uid, status.st_gid)
    shutil.copystat(source, target)


def put_back(saved: Path, target: Path) -> None:
    """As `copy_exact`, for a full disk too: by a further name for the saved file, which takes no room. So
    neither may be written to in place afterwards.

    A saved file on another file system is copied; where there is no room for that, into the room of the file
    that is there. `saved` stays, should the power go meanwhile.
    """
    if _is_same(saved, target):
        return
    make_directories(target.parent)
    try:
        with beside(target) as temporary:
            try:
                os.link(saved, temporary)
            except OSError:
                _copy(saved, temporary)
    except SystemExit:
        if not target.is_file() or target.is_symlink():
            raise
        _write_over(saved, target)


def _is_same(one: Path, other: Path) -> bool:
    if not other.is_file() or other.is_symlink():
        return False
    first, second = one.stat(), other.stat()
    return (
        (first.st_mode, first.st_uid, first.st_gid, first.st_mtime_ns)
        == (second.st_mode, second.st_uid, second.st_gid, second.st_mtime_ns)
    ) and filecmp.cmp(one, other, shallow=False)


def _write_over(source: Path, target: Path) -> None:
    """Touches nothing of the target unless there is room for all of the text."""
    content = source.read_bytes()
    with target.open("r+b") as handle:
        if content:
            os.posix_fallocate(handle.fileno(), 0, len(content))
        handle.write(content)
        handle.truncate()
        handle.flush()
        os.fsync(handle.fileno())
    _like(source, target)


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
