"""Writes the wanted files of a step, keeps what was there before, and gives it back.

    host_files.py write STORE      wanted text on stdin; prints the paths it changed since the last settle
    host_files.py differs STORE    wanted text on stdin; prints the paths that a write of it would change
    host_files.py settle STORE     the step has done what follows from the changed paths
    host_files.py restore STORE    everything back as it was found; prints the paths it changed
    host_files.py save STORE       wanted text on stdin; remembers what a write of it would touch
    host_files.py revert STORE     puts back what `save` remembered
    host_files.py stage ROOT       wanted text on stdin; writes it below a scratch root

STORE is a directory: manifest.json says which paths are ours, found/ holds what was there before us, and
unsettled which paths changed in a step that has not ended well yet.
Every write is atomic and synced: after a power cut a file is wholly old or wholly new.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HEADER = re.compile(r"=== (\S+) (\S+) (\S+)\n")
END = "=== end\n"
MARKED = re.compile(r"^\\(\\*===)", re.MULTILINE)


class Wanted(NamedTuple):
    """A wanted file; content None: it shall not be there."""

    path: str
    content: bytes | None
    mode: int
    user: str
    group: str


def parse(text: str) -> list[Wanted]:
    """The wanted text as files, in its order. A connection that breaks looks like the end of the text."""
    wanted: list[Wanted] = []
    *parts, end = re.split(r"^(?==== )", text, flags=re.MULTILINE)
    if end != END:
        raise SystemExit("the wanted files did not arrive whole, the connection broke; nothing was changed")
    if parts and parts.pop(0):
        raise SystemExit("wanted text does not start with a line `=== path mode owner`")
    for part in parts:
        header = HEADER.match(part)
        if not header:
            raise SystemExit(f"not a line `=== path mode owner`: {part.splitlines()[0]}")
        path, mode, owner = header.groups()
        if mode == "absent":
            wanted.append(Wanted(path, None, 0, "", ""))
            continue
        user, _, group = owner.partition(":")
        content = MARKED.sub(r"\1", part[header.end() :])
        wanted.append(Wanted(path, content.encode(), int(mode, 8), user, group))
    return wanted


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


def load(store: Path) -> dict[str, dict[str, Any]]:
    """The manifest: path -> {found: whether something was there, directories: the ones made for it}."""
    file = store / "manifest.json"
    return json.loads(file.read_text()) if file.exists() else {}


def save_manifest(store: Path, manifest: dict[str, dict[str, Any]]) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    write_atomic(store / "manifest.json", text.encode(), 0o600, "root", "root")


def inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def is_as_wanted(target: Path, file: Wanted) -> bool:
    if file.content is None or not target.exists():
        return (file.content is None) == (not target.exists())
    status = target.stat()
    return (
        target.read_bytes() == file.content
        and status.st_mode & 0o7777 == file.mode
        and target.owner() == file.user
        and target.group() == file.group
    )


def unsettled(store: Path) -> list[str]:
    """Paths that changed in a step which then failed or was interrupted: what follows is still to be done."""
    file = store / "unsettled"
    return file.read_text().splitlines() if file.exists() else []


def note_unsettled(store: Path, path: str) -> None:
    """Remembers a path that is about to change."""
    paths = list(dict.fromkeys([*unsettled(store), path]))
    write_atomic(store / "unsettled", "".join(f"{each}\n" for each in paths).encode(), 0o600, "root", "root")


def settle(store: Path) -> None:
    """Forgets the changed paths."""
    remove_file(store / "unsettled")


def write(store: Path, wanted: list[Wanted]) -> list[str]:
    """Makes the files as wanted, gives back those no longer wanted; returns the unsettled paths."""
    make_directories(store)
    manifest = load(store)
    for path in sorted(set(manifest) - {file.path for file in wanted}):
        note_unsettled(store, path)
        give_back(store, path)
    for file in wanted:
        target = Path(file.path)
        if file.path not in manifest:
            if target.exists():
                copy_exact(target, inside(store / "found", file.path))
            directories = [] if file.content is None else make_directories(target.parent)
            manifest = load(store)
            manifest[file.path] = {"found": target.exists(), "directories": directories}
            save_manifest(store, manifest)
        if is_as_wanted(target, file):
            continue
        note_unsettled(store, file.path)
        if file.content is None:
            remove_file(target)
        else:
            make_directories(target.parent)
            write_atomic(target, file.content, file.mode, file.user, file.group)
    return unsettled(store)


def differs(store: Path, wanted: list[Wanted]) -> list[str]:
    """The paths that `write` would change, or that it changed in a step which has not ended well yet."""
    manifest = load(store)
    gone = sorted(set(manifest) - {file.path for file in wanted})
    other = [
        file.path for file in wanted if file.path not in manifest or not is_as_wanted(Path(file.path), file)
    ]
    return list(dict.fromkeys([*unsettled(store), *gone, *other]))


def give_back(store: Path, path: str) -> bool:
    """Puts one file back as it was found, and forgets it. Whether that changed anything."""
    manifest = load(store)
    entry = manifest.pop(path)
    target, found = Path(path), inside(store / "found", path)
    changed = True
    if entry["found"]:
        copy_exact(found, target)
    else:
        changed = remove_file(target)
        for directory in reversed(entry["directories"]):
            remove_empty(Path(directory))
    save_manifest(store, manifest)
    found.unlink(missing_ok=True)
    return changed


def remove_empty(directory: Path) -> None:
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


def restore(store: Path) -> list[str]:
    """Everything back as it was found; the store goes."""
    made = {directory for entry in load(store).values() for directory in entry["directories"]}
    changed = [path for path in sorted(load(store)) if give_back(store, path)]
    # The file for which a directory was made need not be the last to go from it.
    for directory in sorted(made, key=len, reverse=True):
        remove_empty(Path(directory))
    shutil.rmtree(store, ignore_errors=True)
    return changed


def save(store: Path, wanted: list[Wanted]) -> None:
    """Remembers every file that a write may touch, and the store itself, beside the store."""
    saved = store.with_name(f"{store.name}.saved")
    discard(saved)
    paths = sorted({file.path for file in wanted} | set(load(store)))
    for path in paths:
        if Path(path).exists():
            copy_exact(Path(path), inside(saved / "files", path))
    make_directories(saved)
    if store.exists():
        shutil.copytree(store, saved / "store")
    write_atomic(saved / "paths", "".join(f"{path}\n" for path in paths).encode(), 0o600, "root", "root")
    os.sync()


def revert(store: Path) -> None:
    """Puts back what `save` remembered. Harmless when there is nothing to put back."""
    saved = store.with_name(f"{store.name}.saved")
    if not (saved / "paths").exists():
        return
    for path in (saved / "paths").read_text().splitlines():
        before = inside(saved / "files", path)
        if before.exists():
            copy_exact(before, Path(path))
        else:
            remove_file(Path(path))
    shutil.rmtree(store, ignore_errors=True)
    if (saved / "store").exists():
        shutil.copytree(saved / "store", store)
    os.sync()
    discard(saved)


def discard(directory: Path) -> None:
    """Takes a directory away, at once under its own name: half of it must never be taken for all of it."""
    if directory.exists():
        leaving = directory.with_name(f"{directory.name}.leaving")
        shutil.rmtree(leaving, ignore_errors=True)
        directory.replace(leaving)
        shutil.rmtree(leaving)


def stage(root: Path, wanted: list[Wanted]) -> None:
    """Makes the files as wanted below a scratch root, and remembers nothing."""
    for file in wanted:
        target = inside(root, file.path)
        if file.content is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            target.chmod(file.mode)


def main(verb: str, store: str) -> None:
    """One verb of the command line above."""
    wanted = parse(sys.stdin.read()) if verb in {"write", "save", "stage", "differs"} else []
    changed: list[str] = []
    if verb == "write":
        changed = write(Path(store), wanted)
    elif verb == "differs":
        changed = differs(Path(store), wanted)
    elif verb == "settle":
        settle(Path(store))
    elif verb == "restore":
        changed = restore(Path(store))
    elif verb == "save":
        save(Path(store), wanted)
    elif verb == "revert":
        revert(Path(store))
    elif verb == "stage":
        stage(Path(store), wanted)
    else:
        raise SystemExit(f"unknown verb {verb}")
    for path in changed:
        print(path)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as problem:
        sys.exit(f"{problem.filename or 'a file'} cannot be written: {problem.strerror}")
