"""`scripts/run-tests`, and pytest: what a machine does not allow is said at the end, never passed over."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.paths import PROJECT_DIR

FOLDERS = ("tests/unit", "tests/components", "tests/engine", "tests/lab", "tests/faults")
BESIDE = "beside these run the tests that need no lab; what they print comes at the end"
OTHERS = "the tests that need no lab:"
PYTHON = """#!/bin/sh
case "$2 $3" in
"lab down") echo lab down && exit "${DOWN:-0}" ;;
"lab images") echo lab images ;;
"lab "*) [ -z "$LAB" ] && exit 3 || echo "lab: $LAB" ;;
"pytest tests/lab"*) shift 2 && echo "pytest $*" && exit "${LAB_CODE:-0}" ;;
"pytest "*) shift 2 && echo "pytest $*" && printf '%b' "$SUMMARY" && exit "${CODE:-0}" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a test in each folder, whose pytest prints what it is asked to run."""
    (tmp_path / "scripts").mkdir()
    for name in ("run-tests", "lab-possible"):
        shutil.copy(PROJECT_DIR / "scripts" / name, tmp_path / "scripts")
    for folder in FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "test_one.py").touch()
    command(tmp_path / ".venv/bin/python", PYTHON)
    command(tmp_path / "commands/uname", "#!/bin/sh\necho Linux\n")
    command(tmp_path / "commands/id", '#!/bin/sh\n[ "$1" = -u ] && echo "${ID:-0}" || echo ann\n')
    return tmp_path


def command(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def run(checkout: Path, *arguments: str, **environ: str) -> tuple[int, list[str]]:
    """The exit code, and the lines printed on either stream."""
    path = f"{checkout}/commands{os.pathsep}{os.environ['PATH']}"
    answer = subprocess.run(
        ["scripts/run-tests", *arguments],
        cwd=checkout,
        env={"PATH": path, "LAB": "", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return answer.returncode, answer.stdout.splitlines()


def test_all_tests_run_where_all_is_allowed(checkout: Path) -> None:
    assert run(checkout, "allowed", "-x") == (
        0,
        [
            "lab images",
            BESIDE,
            "pytest -x tests/lab tests/faults",
            OTHERS,
            "pytest -x tests/unit tests/components tests/engine",
        ],
    )


def test_what_passed_beside_the_lab_takes_few_lines_so_that_a_failure_in_the_lab_stays_in_sight(
    checkout: Path,
) -> None:
    skipped = ["=== short test summary info ===", "SKIPPED [1] no shellcheck", "=== 9 passed, 1 skipped ==="]
    for summary, shown in (
        (["....", "=== 9 passed ==="], ["=== 9 passed ==="]),
        (["....s", *skipped], skipped),
    ):
        code, lines = run(checkout, "allowed", LAB_CODE="1", SUMMARY="\\n".join(summary) + "\\n")
        assert (code, lines[2:]) == (1, ["pytest tests/lab tests/faults", OTHERS, *shown])


def test_what_failed_beside_the_lab_is_shown_whole(checkout: Path) -> None:
    code, lines = run(checkout, "allowed", CODE="1", SUMMARY="..F\\nwhy\\n=== 1 failed ===\\n")
    others = "pytest tests/unit tests/components tests/engine"
    assert (code, lines[3:]) == (1, [others, "..F", "why", "=== 1 failed ==="])


@pytest.mark.parametrize(
    ("lab", "others", "expected"),
    [("0", "0", 0), ("1", "0", 1), ("0", "1", 1), ("2", "1", 2), ("5", "0", 0), ("0", "5", 0), ("5", "5", 5)],
)
def test_a_failure_on_either_side_is_one_and_no_test_on_one_side_is_none(
    checkout: Path, lab: str, others: str, expected: int
) -> None:
    code, lines = run(checkout, "allowed", LAB_CODE=lab, CODE=others)
    assert (code, len(lines)) == (expected, 4 if others != "0" else 5)


def test_the_last_line_says_what_was_not_run_and_why(checkout: Path) -> None:
    code, lines = run(checkout, "allowed", ID="1000")
    not_run = (
        "not run, and so not passed: tests/lab and tests/faults: "
        "this machine cannot run the lab as user ann: "
        "it makes network namespaces and machines, which takes root; "
        "what works here: unit, component and engine tests (make test), and the program on AWS (pulumi up)"
    )
    assert (code, lines) == (0, [not_run, "pytest tests/unit tests/components tests/engine", not_run])


def test_the_faults_run_alone_and_never_pass_where_nothing_runs(checkout: Path) -> None:
    assert run(checkout, "faults", "-x") == (0, ["lab images", "pytest -x tests/faults"])
    code, lines = run(checkout, "faults", ID="1000")
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(
        "not run, and so not passed: tests/faults: this machine cannot run the lab as user ann"
    )


def test_an_unknown_choice_is_an_error(checkout: Path) -> None:
    assert run(checkout, "fats") == (1, ['error: which tests, "fats"? Use fast, allowed or faults'])


def test_a_failure_is_the_scripts_own(checkout: Path) -> None:
    assert run(checkout, "allowed", ID="1000", CODE="1")[0] == 1
    assert run(checkout, "fast", CODE="2") == (2, ["pytest tests/unit tests/components"])


WHO = "root, process 10, since 2026-11-21 08:00:00, from /checkout"
A_LAB_IS_UP = f"a lab is up ({WHO}); the tests start and end their own, so it is ended first"


def test_a_lab_of_this_checkout_is_ended_first(checkout: Path) -> None:
    assert run(checkout, "allowed", LAB=f"{WHO}\nendpoint: http://127.0.0.1:4566") == (
        0,
        [
            A_LAB_IS_UP,
            "lab down",
            "lab images",
            BESIDE,
            "pytest tests/lab tests/faults",
            OTHERS,
            "pytest tests/unit tests/components tests/engine",
        ],
    )


def test_a_lab_of_somebody_else_is_not(checkout: Path) -> None:
    assert run(checkout, "allowed", LAB=WHO, DOWN="1") == (1, [A_LAB_IS_UP, "lab down"])


def test_pytest_by_itself_leaves_them_out_too_and_says_so(checkout: Path) -> None:
    path = f"{checkout}/commands{os.pathsep}{os.environ['PATH']}"
    lab_tests = PROJECT_DIR / "tests/lab/test_lab_lifecycle.py"
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", lab_tests],
        cwd=PROJECT_DIR,
        env={**os.environ, "PATH": path, "ID": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in answer.stdout.splitlines() if line.startswith("not run, and so not passed: ")]
    assert len(said) == 1
    assert "tests with real hosts and packets: this machine cannot run the lab as user ann" in said[0]
    assert "no tests collected" in answer.stdout
    assert answer.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
