"""Writes the wanted files of a step, keeps what was there before, and gives it back.

    host_files.py write STORE      wanted text on stdin; prints the paths it changed since the last settle
    host_files.py differs STORE    wanted text on stdin; prints the paths that a write of it would change
    host_files.py settle STORE     the step has done what follows from the changed paths
    host_files.py restore STORE    everything back as it was found; prints the paths it changed
    host_files.py save STORE       wanted text on stdin; remembers what a write of it would touch
    host_files.py revert STORE     puts back what `save` remembered
    host_files.py stage ROOT       wanted text on stdin; writes it below a scratch root
    host_files.py stage-found STORE ROOT   what restore would give back, below a scratch root

STORE is a directory: manifest.json says which paths are ours, found/ holds what was there before us, and
unsettled which paths changed in a step that has not ended well yet.
Every write is atomic and synced: after a power cut a file is wholly old or wholly new.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from atomic_files import (
    copy_exact,
    discard,
    make_directories,
    put_back,
    remove_empty,
    remove_file,
    write_atomic,
)
from wanted_files import Wanted, inside, is_as_wanted, parse, stage


def load(store: Path) -> dict[str, dict[str, Any]]:
    """The manifest: path -> {found: whether something was there, directories: the ones made for it}."""
    file = store / "manifest.json"
    return json.loads(file.read_text()) if file.exists() else {}


def save_manifest(store: Path, manifest: dict[str, dict[str, Any]]) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    write_atomic(store / "manifest.json", text.encode(), 0o600, "root", "root")


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
        shutil.copytree(store, saved / "store", copy_function=_copy_named)
        (saved / "stored").touch()
    write_atomic(saved / "paths", "".join(f"{path}\n" for path in paths).encode(), 0o600, "root", "root")
    os.sync()


def _copy_named(source: str, target: str) -> None:
    """Unlike shutil's own, whose errors have no file's name where `main` looks for it."""
    copy_exact(Path(source), Path(target))


def revert(store: Path) -> None:
    """Puts back what `save` remembered, on a full disk too: what goes makes room for what comes back.

    Harmless when there is nothing to put back, and to repeat. One file that cannot be put back keeps no other
    from it; the saved ones stay then, and the program ends with that file's name.
    """
    saved = store.with_name(f"{store.name}.saved")
    if not (saved / "paths").exists():
        return
    before = {path: inside(saved / "files", path) for path in (saved / "paths").read_text().splitlines()}
    for path, kept in before.items():
        if not kept.exists():
            remove_file(Path(path))
    problems: list[str] = []
    for path, kept in before.items():
        if kept.exists():
            try:
                put_back(kept, Path(path))
            except (OSError, SystemExit) as problem:
                problems.append(str(problem))
    if problems:
        raise SystemExit("\n".join(problems))
    if (saved / "store").exists():
        shutil.rmtree(store, ignore_errors=True)
        (saved / "store").replace(store)
    elif not (saved / "stored").exists():
        shutil.rmtree(store, ignore_errors=True)
    os.sync()
    discard(saved)


def stage_found(store: Path, root: Path) -> None:
    """Makes the files as they were found below a scratch root."""
    for path, entry in load(store).items():
        target = inside(root, path)
        if entry["found"]:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(inside(store / "found", path), target)
        else:
            target.unlink(missing_ok=True)


def main(verb: str, store: str, root: str = "") -> None:
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
    elif verb == "stage-found":
        stage_found(Path(store), Path(root))
    else:
        raise SystemExit(f"unknown verb {verb}")
    for path in changed:
        print(path)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as problem:
        sys.exit(f"{problem.filename or 'a file'} cannot be written: {problem.strerror}")
