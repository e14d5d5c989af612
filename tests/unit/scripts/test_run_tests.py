"""`scripts/run_tests.py`, and pytest: what a machine does not allow is said at the end, never passed over."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.paths import PROJECT_DIR

FOLDERS = ("tests/unit", "tests/components", "tests/engine", "tests/lab", "tests/faults")
QUICK = "tests/unit tests/components tests/engine"
MARKED = "tests/faults tests/lab tests/engine"
AFTER_FAULTS = "tests/lab/region tests/lab/shared_link"
AFTER_QUICK = "tests/lab/engines tests/lab/routed"
FRONT = " ".join(f"--ignore={folder}" for folder in f"{AFTER_FAULTS} {AFTER_QUICK}".split())
OTHERS = "tests/unit, tests/components, tests/engine:"
BESIDE = (
    "beside these run tests/faults, then tests/lab/region, tests/lab/shared_link, "
    "and tests/unit, tests/components, tests/engine, then tests/lab/engines, tests/lab/routed; "
    "what they print comes at the end"
)
PASSED_IN_LABS = [
    "tests/faults:",
    "pytest tests/faults in the lab faults",
    "tests/lab/region, tests/lab/shared_link:",
    f"pytest {AFTER_FAULTS} in the lab faults",
]
AT_THE_END = [
    "tests/lab/engines, tests/lab/routed:",
    f"pytest {AFTER_QUICK} in the lab networks",
]
PYTHON = """#!/bin/sh
case "$2 $3" in
"lab down") echo "lab down of $DUALSTACK_LAB" && exit "${DOWN:-0}" ;;
"lab images") echo lab images ;;
"lab "*) [ "$UP" = "$DUALSTACK_LAB" ] || exit 3 ;;
"pytest "*)
    shift 2
    echo "pytest $*${DUALSTACK_LAB:+ in the lab $DUALSTACK_LAB}"
    case "$*" in
    *"tests/lab "*) exit "${LAB_CODE:-0}" ;;
    *tests/faults) exit "${FAULTS_CODE:-0}" ;;
    *tests/lab/shared_link | *"tests/lab/engines "*) exit "${APART_CODE:-0}" ;;
    *) printf '%b' "$SUMMARY" && exit "${CODE:-0}" ;;
    esac
    ;;
esac
"""


WAITS = """#!/usr/bin/env python3
import os, signal, sys, time
what = " ".join(sys.argv[3:])
if sys.argv[2] == "pytest":
    def end(*_):
        print("ended", what)
        sys.exit(2)
    signal.signal(signal.SIGINT, end)
    print("waits", what, flush=True)
    open(os.environ["INTERRUPTED"] + "." + what.split()[0].split("/")[1], "w").close()
    time.sleep(60)
elif sys.argv[3] == "status":
    sys.exit(3)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a test in each folder, whose pytest prints what it is asked to run."""
    (tmp_path / "scripts").mkdir()
    for name in ("run_tests.py", "lab-possible"):
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
        [sys.executable, "scripts/run_tests.py", *arguments],
        cwd=checkout,
        env={"PATH": path, "UP": "none", **environ},
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
            f"pytest -x tests/lab {FRONT} in the lab tests",
            "tests/faults:",
            "pytest -x tests/faults in the lab faults",
            "tests/lab/region, tests/lab/shared_link:",
            f"pytest -x {AFTER_FAULTS} in the lab faults",
            OTHERS,
            f"pytest -x {QUICK}",
            "tests/lab/engines, tests/lab/routed:",
            f"pytest -x {AFTER_QUICK} in the lab networks",
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
        assert (code, lines[2]) == (1, f"pytest tests/lab {FRONT} in the lab tests")
        assert lines[3:] == [*PASSED_IN_LABS, OTHERS, *shown, *AT_THE_END]


def test_what_failed_beside_the_lab_is_shown_whole(checkout: Path) -> None:
    code, lines = run(checkout, "allowed", CODE="1", SUMMARY="..F\\nwhy\\n=== 1 failed ===\\n")
    shown = [OTHERS, f"pytest {QUICK}", "..F", "why", "=== 1 failed ==="]
    assert (code, lines[7:]) == (1, [*shown, *AT_THE_END])


@pytest.mark.parametrize(
    ("lab", "others", "faults", "apart", "expected"),
    [
        ("0", "0", "0", "0", 0), ("1", "0", "0", "0", 1), ("0", "1", "0", "0", 1), ("0", "0", "1", "0", 1),
        ("0", "0", "0", "1", 1), ("2", "1", "0", "0", 2), ("5", "0", "0", "0", 0), ("0", "5", "5", "5", 0),
        ("5", "5", "5", "5", 5), ("5", "5", "2", "5", 2),
    ],
)  # fmt: skip
def test_a_failure_in_any_part_is_one_and_no_test_in_a_part_is_none(
    checkout: Path, lab: str, others: str, faults: str, apart: str, expected: int
) -> None:
    codes = {"LAB_CODE": lab, "CODE": others, "FAULTS_CODE": faults, "APART_CODE": apart}
    assert run(checkout, "allowed", **codes)[0] == expected


def test_ctrl_c_lets_the_parts_that_run_end_and_starts_no_other(checkout: Path) -> None:
    interrupted = checkout / "interrupted"
    command(checkout / ".venv/bin/python", WAITS)
    process = subprocess.Popen(
        [sys.executable, "scripts/run_tests.py", "allowed"],
        cwd=checkout, env={"PATH": os.environ["PATH"], "INTERRUPTED": str(interrupted)},
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(2)]
    while not all((checkout / f"interrupted.{part}").exists() for part in ("lab", "faults", "unit")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert said[1] == f"waits tests/lab {FRONT}\n"
    assert rest.splitlines() == [
        f"ended tests/lab {FRONT}",
        "tests/faults:",
        "waits tests/faults",
        "ended tests/faults",
        OTHERS,
        f"waits {QUICK}",
        f"ended {QUICK}",
    ]
    assert process.returncode == 2


def test_being_ended_is_passed_on_as_ctrl_c(checkout: Path) -> None:
    command(checkout / ".venv/bin/python", WAITS)
    process = subprocess.Popen(
        [sys.executable, "scripts/run_tests.py", "faults"],
        cwd=checkout, env={"PATH": os.environ["PATH"], "INTERRUPTED": str(checkout / "interrupted")},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == f"waits {MARKED}\n"
    process.terminate()
    rest, _ = process.communicate(timeout=20)
    assert (rest, process.returncode) == (f"ended {MARKED}\n", 2)


def test_the_last_line_says_what_was_not_run_and_why(checkout: Path) -> None:
    code, lines = run(checkout, "allowed", ID="1000")
    not_run = (
        "not run, and so not passed: tests/lab, tests/faults: "
        "this machine cannot run the lab as user ann: "
        "it makes network namespaces and machines, which takes root; "
        "what works here: unit, component and engine tests (make test), and the program on AWS (pulumi up)"
    )
    assert (code, lines) == (0, [not_run, f"pytest {QUICK}", not_run])


def test_the_faults_run_alone_and_never_pass_where_nothing_runs(checkout: Path) -> None:
    assert run(checkout, "faults", "-x") == (
        0,
        ["lab images", f"pytest -x {MARKED} in the lab faults"],
    )
    code, lines = run(checkout, "faults", ID="1000")
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(
        "not run, and so not passed: tests/faults, tests/lab, tests/engine: "
        "this machine cannot run the lab as user ann"
    )


def test_an_unknown_choice_is_an_error(checkout: Path) -> None:
    assert run(checkout, "fats") == (1, ['error: which tests, "fats"? Use fast, allowed or faults'])


def test_a_failure_is_the_scripts_own(checkout: Path) -> None:
    assert run(checkout, "allowed", ID="1000", CODE="1")[0] == 1
    assert run(checkout, "fast", CODE="2") == (2, ["pytest tests/unit tests/components"])


def test_what_a_killed_run_left_of_a_lab_is_ended_first(checkout: Path) -> None:
    code, lines = run(checkout, "allowed", UP="faults")
    assert (code, lines[:2]) == (0, ["lab down of faults", "lab images"])


def test_where_it_is_somebody_elses_nothing_runs(checkout: Path) -> None:
    assert run(checkout, "allowed", UP="tests", DOWN="1") == (1, ["lab down of tests"])


def test_pytest_by_itself_leaves_them_out_too_and_says_so(checkout: Path) -> None:
    path = f"{checkout}/commands{os.pathsep}{os.environ['PATH']}"
    lab_tests = PROJECT_DIR / "tests/lab/region/test_lab_lifecycle.py"
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
