"""Which `pulumi` is used, and where the cached one lies."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.engine.build import check_go, describe_build
from lab.engine.choice import OWN_FOLDER_MARK, TOOLS_DIR, Engine, engine_key, find_engine
from lab.engine.download import fetch_installer, install_engine
from lab.engine.errors import EngineError
from lab.engine.prepare import prepare_engine
from lab.engine.version import PINNED_VERSION, at_least, parse_version
from lab.paths import PROJECT_DIR, cache_dir, state_dir

ScriptMaker = Callable[[str, str], Path]


@pytest.fixture
def script(tmp_path: Path) -> ScriptMaker:
    """Makes an executable shell script: its path below the test's folder, and its text."""

    def make(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with nothing in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_dir()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.250.0", (3, 250, 0)),
        ("3.250.1\n", (3, 250, 1)),
        ("go version go1.26 linux/amd64", (1, 26, 0)),
        ("v3.251.0-dev.4", (3, 251, 0)),
        ("unknown", None),
    ],
)
def test_a_version_is_read_from_what_programs_print(text: str, version: object) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("text", "good"),
    [("v3.250.0", True), ("v3.272.0", True), ("v3.249.9", False), ("v4.0.0", False), ("", False)],
)
def test_an_engine_is_new_enough_from_the_pinned_version_to_the_next_major_one(text: str, good: bool) -> None:
    assert at_least(text, "3.250.0") is good


def test_the_first_pulumi_on_path_that_is_new_enough_is_used(script: ScriptMaker) -> None:
    script("old/pulumi", "echo v3.100.0")
    new = script("new/pulumi", "echo v3.260.0")
    path = f"{new.parent.parent}/old:{new.parent}"
    assert find_engine({"PATH": path}) == Engine(new, f"v3.260.0 at {new}")


def test_a_pulumi_that_cannot_be_run_is_passed_over(script: ScriptMaker) -> None:
    broken = script("broken/pulumi", "exit 1")
    assert find_engine({"PATH": str(broken.parent)}) is None


def test_a_link_to_the_engine_in_a_folder_of_our_own_is_passed_over(script: ScriptMaker) -> None:
    own = script("own/pulumi", "echo v3.260.0")
    (own.parent / OWN_FOLDER_MARK).touch()
    assert find_engine({"PATH": str(own.parent)}) is None


def test_without_one_on_path_the_cached_one_is_used(script: ScriptMaker, empty_cache: Path) -> None:
    cached = script(f"cache/dualstack/engine/{engine_key()}/pulumi", "echo v3.250.0")
    assert cached.is_relative_to(empty_cache)
    assert find_engine({"PATH": "/nowhere"}) == Engine(cached, "v3.250.0 in the cache")


def test_the_key_changes_with_what_the_engine_is_built_from(tmp_path: Path) -> None:
    shutil.copytree(TOOLS_DIR, tmp_path / "tools")
    assert engine_key(tmp_path / "tools") == engine_key()
    with (tmp_path / "tools" / "go.sum").open("a") as file:
        file.write("\n")
    assert engine_key(tmp_path / "tools") != engine_key()


def test_the_python_package_and_the_go_module_are_pinned_to_the_engines_version() -> None:
    assert f"pulumi=={PINNED_VERSION}\n" in (PROJECT_DIR / "requirements.in").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{PINNED_VERSION} " in (TOOLS_DIR / "go.mod").read_text()


def test_without_go_the_build_is_refused_with_how_to_get_one() -> None:
    with pytest.raises(EngineError) as refused:
        check_go({"PATH": "/nowhere"})
    assert str(refused.value) == (
        "building the pulumi engine needs go 1.25.11 or newer, and there is none on PATH: "
        "get one from https://go.dev/dl (unpack it to /usr/local/go and put /usr/local/go/bin on PATH; "
        "Debian 12's own package is 1.19, too old), or put a pulumi command on PATH "
        "(https://www.pulumi.com/docs/install)"
    )


def test_a_go_that_is_too_old_is_named_with_its_version(script: ScriptMaker) -> None:
    go = script("bin/go", "echo go version go1.19.8 linux/amd64")
    with pytest.raises(EngineError, match=f"needs go 1.25.11 or newer, and {go} is 1.19.8: get one from"):
        check_go({"PATH": str(go.parent)})


def test_a_go_that_is_new_enough_is_taken(script: ScriptMaker) -> None:
    check_go({"PATH": str(script("bin/go", "echo go version go1.26 linux/amd64").parent)})


def test_the_engine_is_built_once_and_then_found(
    script: ScriptMaker, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = script(
        "bin/go",
        """
case $1 in
version) echo go version go1.26.0 linux/amd64 ;;
env) echo "$HOME/none"; echo "$HOME/none" ;;
build) while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\necho v3.250.0\\n' >"$2"; chmod +x "$2" ;;
esac""",
    )
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    monkeypatch.setattr("lab.engine.prepare.fetch_installer", lambda: None)
    said: list[str] = []
    engine = prepare_engine(said.append)
    assert engine.executable == empty_cache / "engine" / engine_key() / "pulumi"
    assert said[0].startswith("no pulumi v3.250.0 or newer on PATH")
    assert said[-1] == f"done: {engine.executable}"
    said.clear()
    assert prepare_engine(said.append) == engine
    assert said == []


def test_a_build_that_fails_says_what_go_said_and_leaves_no_engine(
    script: ScriptMaker, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = script(
        "bin/go",
        """
case $1 in
version) echo go version go1.26.0 linux/amd64 ;;
env) echo "$HOME/none"; echo "$HOME/none" ;;
build) echo "go: no such module"; exit 1 ;;
esac""",
    )
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    monkeypatch.setattr("lab.engine.prepare.fetch_installer", lambda: None)
    with pytest.raises(EngineError) as failed:
        prepare_engine(lambda _line: None)
    assert str(failed.value) == (
        "building the pulumi engine failed (go build, exit code 1):\n  go: no such module"
    )
    assert list((empty_cache / "engine" / engine_key()).iterdir()) == []


INSTALLER = b"""#!/bin/sh
[ "$1 $2 $3 $5" = "--version 3.250.0 --install-root --no-edit-path" ] || exit 9
mkdir -p "$4/bin"
for name in pulumi pulumi-language-python; do echo "#!/bin/sh" >"$4/bin/$name"; chmod +x "$4/bin/$name"; done
"""


def test_the_vendors_installer_puts_the_engine_and_its_language_host_in_the_cache(tmp_path: Path) -> None:
    target = tmp_path / "engine" / "pulumi"
    install_engine(INSTALLER, target, lambda _line: None)
    assert sorted(path.name for path in target.parent.iterdir()) == ["pulumi", "pulumi-language-python"]


def test_an_installer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"pulumi's installer failed \(exit code 4\):\n  no such version"):
        install_engine(
            b"#!/bin/sh\necho no such version\nexit 4\n", tmp_path / "engine" / "pulumi", lambda _: None
        )
    assert list((tmp_path / "engine").iterdir()) == []


def test_an_installer_that_cannot_be_reached_is_none() -> None:
    assert fetch_installer("http://127.0.0.1:9/") is None


def test_what_is_not_a_script_is_no_installer(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("<html>please log in</html>")
    assert fetch_installer((tmp_path / "page").as_uri()) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "resolving modules"),
        ("go: downloading gocloud.dev v0.46.0", "downloading gocloud.dev v0.46.0"),
        ("google.golang.org/grpc", "compiling, 812 steps done, now google.golang.org/grpc"),
    ],
)
def test_the_progress_says_what_the_build_is_doing(line: str, words: str) -> None:
    assert describe_build(812, line) == words


def test_paths_follow_xdg_and_ignore_what_is_not_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/tmp/cache")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert cache_dir() == Path("/var/tmp/cache/dualstack")
    assert state_dir() == Path("/home/ann/.local/state/dualstack")
