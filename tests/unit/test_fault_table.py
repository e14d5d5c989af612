"""The table of faults, the tests that show its rows, and the page made from it belong together."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lab.paths import PROJECT_DIR
from scripts.run_tests import MARKED

TABLE = PROJECT_DIR / "tests/faults/faults.toml"
FAULTS = TABLE.parent
LINE = 'faults -m "fault and not matrix"'
KEYS = {"id", "title", "outcome", "next"}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return tomllib.loads(TABLE.read_text())["fault"]


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The faults that each test shows, as pytest collects tests/faults and modules with marks."""
    file = tmp_path_factory.mktemp("marks") / "marks.json"
    tests = (PROJECT_DIR / "tests").rglob("test_*.py")
    marked = [path for path in tests if FAULTS not in path.parents and "mark.fault(" in path.read_text()]
    options = ["-p", "tests.faults.collected_marks", "-p", "no:cacheprovider", "--collect-only", "-q"]
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", *options, FAULTS, *marked],
        cwd=PROJECT_DIR,
        env={**os.environ, "COLLECTED_MARKS": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED), answer.stdout
    return json.loads(file.read_text())


def test_every_row_says_all_of_it_and_nothing_else(rows: list[dict[str, str]]) -> None:
    assert [
        row["id"] for row in rows if set(row) != KEYS or not all(text.strip() for text in row.values())
    ] == []
    assert [row["id"] for row in rows if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"])] == []
    assert [row["id"] for row in rows if row["title"].endswith((".", "?"))] == []


def test_no_two_rows_have_the_same_id(rows: list[dict[str, str]]) -> None:
    ids = [row["id"] for row in rows]
    assert sorted(ids) == sorted(set(ids))


def test_every_row_is_shown_by_a_test_and_every_mark_names_a_row(
    rows: list[dict[str, str]], marks: dict[str, list[str]]
) -> None:
    assert {shown for ids in marks.values() for shown in ids} == {row["id"] for row in rows}


def test_make_faults_runs_every_test_with_the_mark(marks: dict[str, list[str]]) -> None:
    shown = [test for test, ids in marks.items() if ids]
    assert [test for test in shown if not test.startswith(MARKED.folders)] == []
    assert f"run_tests.py {LINE}\n" in (PROJECT_DIR / "Makefile").read_text()


def test_the_page_is_up_to_date() -> None:
    answer = subprocess.run(
        [sys.executable, PROJECT_DIR / "scripts/generate_what_happens_when.py", "--check"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_page_has_a_line_for_each_row_and_readme_leads_to_it(rows: list[dict[str, str]]) -> None:
    lines = (PROJECT_DIR / "docs/what-happens-when.md").read_text().splitlines()
    for row in rows:
        assert [line for line in lines if line.startswith(f"| {' '.join(row['title'].split())} | ")] != []
    assert "(docs/what-happens-when.md)" in Path(PROJECT_DIR / "README.md").read_text()
