"""Prepares a PULUMI_HOME: the engine with its language host beside it, and the resource plugins installed.

Pulumi warns about every plugin that it finds on PATH, but not about a language host that lies beside its own
executable, nor about installed resource plugins. So both are put there, as small starters that call the real
thing where it lies: a change in this checkout is at work at once, and nothing is copied twice.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lab.engine.choice import OWN_FOLDER_MARK, Engine
from lab.engine.errors import EngineError
from lab.engine.lock import exclusive
from lab.engine.plugins import LANGUAGE_HOST, STAMP, Plugin, language_host, resource_plugins


def prepare_home(home: Path, engine: Engine, environ: Mapping[str, str]) -> Path:
    """Make `home` ready for this engine and its plugins, and return the folder to put first on PATH.

    Done once for the same engine and plugins. Raises EngineError if Pulumi refuses a plugin.
    """
    host, plugins = language_host(engine, environ), resource_plugins(environ)
    bin_dir, stamp = home / "bin", home / STAMP
    wanted = _stamp(engine, host, plugins)
    if _read(stamp) == wanted:
        return bin_dir
    with exclusive(home / "dualstack.lock"):
        if _read(stamp) == wanted:
            return bin_dir
        _fill_bin(bin_dir, engine, host)
        for plugin in plugins:
            _install(plugin, home, bin_dir, environ)
        stamp.write_text(wanted)
    return bin_dir


def starter(executable: Path) -> str:
    """A shell script that becomes `executable`."""
    return f'#!/bin/sh\nexec {shlex.quote(str(executable))} "$@"\n'


def _stamp(engine: Engine, host: Path, plugins: tuple[Plugin, ...]) -> str:
    status = engine.executable.stat()
    content = {
        "engine": [str(engine.executable), status.st_size, status.st_mtime_ns],
        "language": str(host),
        "plugins": [[plugin.name, plugin.version, str(plugin.executable)] for plugin in plugins],
    }
    text = json.dumps(content, indent=1)
    return f"{text}\n{hashlib.sha256(text.encode()).hexdigest()[:12]}\n"


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def _fill_bin(bin_dir: Path, engine: Engine, host: Path) -> None:
    shutil.rmtree(bin_dir, ignore_errors=True)
    bin_dir.mkdir(parents=True)
    (bin_dir / OWN_FOLDER_MARK).touch()
    # Pulumi resolves symbolic links before it looks beside itself, so this must be a hard link or a copy.
    try:
        os.link(engine.executable, bin_dir / "pulumi")
    except OSError:
        shutil.copy2(engine.executable, bin_dir / "pulumi")
    _write_starter(bin_dir / LANGUAGE_HOST, host)
    # What else Pulumi ships lies beside it, too (other language hosts, the runner of policy packs).
    for sibling in engine.executable.parent.glob("pulumi-*"):
        if not (bin_dir / sibling.name).exists():
            (bin_dir / sibling.name).symlink_to(sibling)


def _write_starter(path: Path, executable: Path) -> None:
    path.write_text(starter(executable))
    path.chmod(0o755)


def _install(plugin: Plugin, home: Path, bin_dir: Path, environ: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="dualstack-plugin-") as folder:
        _write_starter(Path(folder) / f"pulumi-resource-{plugin.name}", plugin.executable)
        answer = subprocess.run(
            [
                bin_dir / "pulumi",
                *("plugin", "install", "resource", plugin.name, f"v{plugin.version}"),
                *("--file", folder, "--reinstall"),
            ],
            env={**environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
    if answer.returncode != 0:
        reason = (answer.stderr or answer.stdout).strip()
        raise EngineError(f"pulumi refused the plugin {plugin.name} at {plugin.executable}: {reason}")
