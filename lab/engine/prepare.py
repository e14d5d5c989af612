"""Makes sure that there is an engine: found, else downloaded, else built; never two at once."""

import sys

from lab.engine.build import build_engine
from lab.engine.choice import Engine, cached_engine_path, find_engine
from lab.engine.download import INSTALLER_URL, fetch_installer, install_engine
from lab.engine.errors import EngineError
from lab.engine.lock import exclusive
from lab.engine.progress import Say
from lab.engine.version import PINNED_VERSION
from lab.paths import engine_cache_dir


def say_on_stderr(line: str) -> None:
    """Print one line of progress."""
    print(f"engine: {line}", file=sys.stderr, flush=True)


def prepare_engine(say: Say = say_on_stderr) -> Engine:
    """The engine to use; what is slow is done once and kept in the cache.

    Raises EngineError if there is none and none can be had.
    """
    engine = find_engine()
    if engine is not None:
        return engine
    lock = engine_cache_dir() / "lock"
    with exclusive(lock, lambda holder: say(f"process {holder} is at it already, waiting for it")):
        engine = find_engine()
        if engine is None:
            _have_engine(say)
            engine = find_engine()
    if engine is None:
        raise EngineError(f"{cached_engine_path()} cannot be executed: is its file system mounted noexec?")
    return engine


def _have_engine(say: Say) -> None:
    target = cached_engine_path()
    installer = fetch_installer()
    if installer is not None:
        say(f"installing pulumi v{PINNED_VERSION} from {INSTALLER_URL}")
        try:
            install_engine(installer, target, say)
        except EngineError as error:
            say(f"{error}; building it from source instead")
        else:
            return
    say(f"no pulumi v{PINNED_VERSION} or newer on PATH, and {INSTALLER_URL} cannot be reached:")
    say("building it from source with Go, once, about 3 to 5 minutes on two cores")
    build_engine(target, say)
    say(f"done: {target}")
