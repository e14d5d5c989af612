"""What a step prints: text that fits a log and a state file, whatever its programs print."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"
READABLE = SCRIPTS / "readable.py"


def readable(output: bytes) -> str:
    done = subprocess.run([sys.executable, READABLE], input=output, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (b"", ""),
        (b"one\ntwo\n", "one\ntwo\n"),
        (b"no end of line", "no end of line\n"),
        (b"a\n\nb\n", "a\n\nb\n"),
        ("schön\tist\n".encode(), "schön\tist\n"),
        (b"\xff\xfe\x00binary\x07\n", "��binary\n"),
        (b"\x1b[1;31mred\x1b[0m and \x1b[2Kcleared\r\n", "red and cleared\n"),
    ],
)
def test_text_is_kept_and_all_else_goes(output: bytes, text: str) -> None:
    assert readable(output) == text


def test_of_a_long_output_the_middle_is_left_out() -> None:
    lines = readable("".join(f"line {number}\n" for number in range(100_000)).encode()).splitlines()
    assert lines[:200] == [f"line {number}" for number in range(200)]
    assert lines[200] == "... (99750 lines left out)"
    assert lines[201:] == [f"line {number}" for number in range(99_950, 100_000)]


def test_what_just_fits_is_whole() -> None:
    text = "".join(f"line {number}\n" for number in range(250))
    assert readable(text.encode()) == text


def test_a_line_without_end_is_cut() -> None:
    assert readable(b"x" * 3_000_000 + b"\nnext\n") == f"{'x' * 1000} ... (2999000 more bytes)\nnext\n"


def test_lines_come_as_they_are_printed() -> None:
    process = subprocess.Popen([sys.executable, READABLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"now\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"now\n"
    process.stdin.close()
    assert process.wait(10) == 0


def program(command: str) -> str:
    """A shell program whose one step is this command."""
    return (
        f'set -euo pipefail; scripts={SCRIPTS}; . "$scripts/lib.sh"; step() {{ {command}; }}; readably step'
    )


def shell(command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", program(command)], capture_output=True, text=True, check=False, **more
    )


def test_a_step_keeps_its_streams_apart_and_its_exit_code() -> None:
    done = shell("echo out; echo err >&2; false; echo never")
    assert (done.returncode, done.stdout, done.stderr) == (1, "out\n", "err\n")
    assert shell("exit 7").returncode == 7
    assert shell("true").returncode == 0


def test_a_step_reads_its_input() -> None:
    done = shell("cat", input="the wanted files\n")
    assert done.stdout == "the wanted files\n"


def test_a_step_goes_on_when_nobody_listens_any_more(tmp_path: Path) -> None:
    mark = tmp_path / "done"
    step = program(f"echo first; sleep 0.5; seq 100000; touch {mark}")
    process = subprocess.Popen(["bash", "-c", step], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"first\n"
    process.stdout.close()
    process.wait(20)
    deadline = time.monotonic() + 5
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert mark.exists()
