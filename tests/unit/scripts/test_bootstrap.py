"""What `scripts/bootstrap` says and does on machines that lack something; nothing is really installed."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.paths import PROJECT_DIR

PYTHON = f"""#!/bin/sh
case "$1 $2" in
"-m lab.engine") echo "engine $3" >>"$LOG"; [ "$3" != --check ] || exit "${{ENGINE:-0}}" ;;
"-m venv") echo "make $3" >>"$LOG"; mkdir -p "$3/bin"; cp "$BIN/uv" "$BIN/python" "$3/bin/" ;;
*) exec {sys.executable} "$@" ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" >>"$LOG"
[ "$1" != venv ] || { mkdir -p .venv/bin && cp "$BIN/python" .venv/bin/python; }
"""


@dataclass(frozen=True)
class Machine:
    """A checkout of the scripts alone, on a machine whose commands are all in one folder."""

    checkout: Path
    commands: Path

    def has(self, name: str, text: str = "") -> None:
        """Put a command on the machine; by default one that logs how it was called."""
        path = self.commands / name
        path.write_text(text or f'#!/bin/sh\necho "{name} $*" >>"$LOG"\n')
        path.chmod(0o755)

    def lacks(self, name: str) -> None:
        """Take a command off the machine."""
        (self.commands / name).unlink()

    def run(self, *arguments: str, **environ: str) -> tuple[int, list[str]]:
        """Run the bootstrap: its exit code and what it said."""
        variables = {
            "PATH": str(self.commands),
            "HOME": str(self.checkout),
            "LOG": str(self.checkout / "log"),
            "BIN": str(self.commands),
            **environ,
        }
        answer = subprocess.run(
            ["/bin/sh", "scripts/bootstrap", *arguments],
            cwd=self.checkout,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return answer.returncode, (answer.stdout + answer.stderr).splitlines()

    def log(self) -> list[str]:
        """The commands that were called, in order."""
        path = self.checkout / "log"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has everything but one package of the lab."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("bootstrap", "lab-possible"):
        shutil.copy(PROJECT_DIR / "scripts" / name, scripts)
    (scripts / "debian-packages").write_text("# package command why\nrouter-tools routed-absent routes\n")
    for name in ("requirements-dev.lock", "requirements-bootstrap.lock"):
        (tmp_path / name).write_text("# locked\n")
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in ("cat", "cut", "cp", "dirname", "mkdir", "rm", "env"):
        found = shutil.which(name)
        assert found is not None
        (commands / name).symlink_to(found)
    made = Machine(tmp_path, commands)
    made.has("uname", "#!/bin/sh\necho Linux\n")
    made.has("id", '#!/bin/sh\n[ "$1" = -u ] && echo 0 || echo root\n')
    made.has("python3", PYTHON)
    made.has("python", PYTHON)
    made.has("uv", UV)
    made.has("apt-get")
    return made


def test_what_is_installed_as_root_is_said_before(machine: Machine) -> None:
    code, said = machine.run("lab")
    assert (code, said[:2]) == (
        0,
        [
            "setup: about to install these Debian packages as root, with apt-get: router-tools ",
            "setup: (scripts/debian-packages says what each is for)",
        ],
    )
    assert machine.log()[:4] == [
        "engine --check",
        "apt-get -q update",
        "apt-get -q install -y --no-install-recommends router-tools",
        "engine ",
    ]


def test_without_the_lab_no_debian_package_is_installed(machine: Machine) -> None:
    code, _ = machine.run()
    assert code == 0
    assert [line for line in machine.log() if line.startswith("apt-get")] == []


def test_the_packages_come_from_the_lock_with_their_hashes(machine: Machine) -> None:
    machine.run()
    uv = [line for line in machine.log() if line.startswith("uv ")]
    assert uv == [
        f"uv venv -q --clear --python {machine.commands}/python3 .venv",
        "uv pip sync -q --require-hashes --python .venv/bin/python requirements-dev.lock",
    ]


def test_a_second_run_does_nothing_but_look(machine: Machine) -> None:
    machine.run()
    (machine.checkout / "log").unlink()
    assert machine.run() == (0, [])
    assert machine.log() == ["engine --check", "engine "]


def test_a_changed_lock_is_installed_into_the_same_environment(machine: Machine) -> None:
    machine.run()
    (machine.checkout / "log").unlink()
    (machine.checkout / "requirements-dev.lock").write_text("# locked anew\n")
    machine.run()
    assert [line.split()[1] for line in machine.log() if line.startswith("uv ")] == ["pip"]


def test_without_python_the_way_to_get_it_is_named(machine: Machine) -> None:
    machine.lacks("python3")
    assert machine.run("lab", PATH=str(machine.commands)) == (
        1,
        [
            "error: no python3 on PATH: install Python 3.11 or newer "
            "(Debian 12: apt-get install python3 python3-venv)"
        ],
    )


def test_a_python_that_is_too_old_is_named_with_its_version(machine: Machine) -> None:
    machine.has("python3", '#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2 || exit 1\n')
    assert machine.run("lab") == (
        1,
        ["error: python3 is 3.9.2, and 3.11 or newer is needed: put one first on PATH"],
    )


def test_where_no_engine_can_be_had_nothing_is_installed(machine: Machine) -> None:
    code, _ = machine.run("lab", ENGINE="1")
    assert code == 1
    assert machine.log() == ["engine --check"]


def test_without_apt_the_missing_packages_are_named(machine: Machine) -> None:
    machine.lacks("apt-get")
    assert machine.run("lab") == (
        1,
        [
            "error: these Debian packages (or what your system calls them) are missing, "
            "install them first: router-tools "
        ],
    )


@pytest.mark.parametrize(
    ("system", "user", "reason"),
    [
        ("Darwin", "0", "it is Darwin, not Linux"),
        ("Linux", "1000", "as user ann: it makes network namespaces and machines, which takes root"),
    ],
)
def test_a_machine_that_cannot_run_the_lab_says_so_in_one_line(
    machine: Machine, system: str, user: str, reason: str
) -> None:
    machine.has("uname", f"#!/bin/sh\necho {system}\n")
    machine.has("id", f'#!/bin/sh\n[ "$1" = -u ] && echo {user} || echo ann\n')
    code, said = machine.run("lab")
    assert code == 1
    assert len(said) == 1
    assert reason in said[0]
    assert said[0].endswith(
        "what works here: unit, component and engine tests (make test), and the program on AWS (pulumi up)"
    )
    assert machine.log() == []


def test_the_real_list_of_packages_gives_each_a_command_and_a_reason() -> None:
    lines = (PROJECT_DIR / "scripts" / "debian-packages").read_text().splitlines()
    for line in lines[1:]:
        assert len(line.split(maxsplit=2)) == 3
    assert os.access(PROJECT_DIR / "scripts" / "bootstrap", os.X_OK)
