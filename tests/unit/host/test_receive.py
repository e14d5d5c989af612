"""The upload of the scripts: what the first step's standard input does on a host."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from components.host.files import HostFile, wanted_text
from tests.unit.host.test_host_files import SCRIPTS

WITHIN = '#!/bin/bash\n[ "$1 $2" = "1800 apply" ] && echo "$3 by $(basename "$(dirname "$0")")"\n'


def upload(directory: Path) -> str:
    """What makes a directory of two scripts and runs one of them, in the form of `scripts_bundle`."""
    scripts = [HostFile(f"{directory}/within", WITHIN, 0o755), HostFile(f"{directory}/lib.sh", "=== first\n")]
    return f"{(SCRIPTS / 'receive.sh').read_text()}receive {directory}\n{wanted_text(scripts)}"


def start() -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(["bash", "-s"], stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=0)


def test_an_upload_puts_the_scripts_there_and_prints_the_facts(tmp_path: Path) -> None:
    directory = tmp_path / "dualstack" / "0123456789ab"
    for _ in ("first", "again"):
        assert start().communicate(upload(directory), timeout=20) == ("facts by 0123456789ab\n", "")
    assert [path.name for path in directory.parent.iterdir()] == ["0123456789ab"]
    assert (directory / "lib.sh").read_text() == "=== first\n"


def test_two_uploads_at_once_are_both_served(tmp_path: Path) -> None:
    directory = tmp_path / "0123456789ab"
    begin, _, end = upload(directory).rpartition("\\")
    slow = start()
    assert slow.stdin is not None
    slow.stdin.write(begin)
    deadline = time.monotonic() + 10
    while not list(tmp_path.glob(".new-*/lib.sh")):
        assert time.monotonic() < deadline, "the slow upload has not begun"
        time.sleep(0.01)
    assert start().communicate(upload(directory), timeout=20) == ("facts by 0123456789ab\n", "")
    assert slow.communicate(f"\\{end}", timeout=20) == ("facts by 0123456789ab\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["0123456789ab"]
    assert (directory / "lib.sh").read_text() == "=== first\n"


def test_a_script_that_somebody_changed_or_took_away_is_put_right(tmp_path: Path) -> None:
    directory = tmp_path / "0123456789ab"
    start().communicate(upload(directory), timeout=20)
    (directory / "within").write_text("#!/bin/bash\nexit 1\n")
    (directory / "lib.sh").unlink()
    kept = directory / "something"
    kept.touch()
    assert start().communicate(upload(directory), timeout=20) == ("facts by 0123456789ab\n", "")
    assert (directory / "lib.sh").read_text() == "=== first\n"
    assert kept.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["0123456789ab"]


def test_an_upload_that_cannot_be_put_there_says_why(tmp_path: Path) -> None:
    directory = tmp_path / "0123456789ab"
    directory.touch()
    process = start()
    out, error = process.communicate(upload(directory), timeout=20)
    assert (process.returncode, out) == (1, "")
    assert "Not a directory" in error


CUT_OFF = "the scripts did not arrive whole, the connection broke; nothing was changed\n"


def test_an_upload_that_is_cut_off_leaves_nothing_and_prints_no_facts(tmp_path: Path) -> None:
    directory = tmp_path / "0123456789ab"
    whole = upload(directory)
    begin = whole.index("receive /") + len(f"receive {tmp_path}/")
    for length in range(begin, len(whole), 7):
        process = start()
        assert process.communicate(whole[:length], timeout=20) == ("", CUT_OFF)
        assert (process.returncode, list(tmp_path.iterdir())) == (1, [])


def test_an_upload_of_which_no_more_comes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUALSTACK_INPUT_SECONDS", "1")
    process = start()
    assert process.stdin is not None
    process.stdin.write(upload(tmp_path / "0123456789ab").removesuffix("=== end\n"))
    assert process.wait(timeout=10) == 1
    assert (process.communicate()[1], list(tmp_path.iterdir())) == (CUT_OFF, [])


def test_what_an_upload_left_when_the_power_was_cut_goes_at_the_next(tmp_path: Path) -> None:
    for name, minutes in ((".new-stray1", 11), (".new-other2", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lib.sh").touch()
        then = time.time() - 60 * minutes
        os.utime(tmp_path / name, (then, then))
    start().communicate(upload(tmp_path / "0123456789ab"), timeout=20)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new-other2", "0123456789ab"]


def test_a_full_disk_is_said_and_nothing_is_there(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=32k full {tmp_path}"
    whole = upload(tmp_path / "0123456789ab").replace("=== first", "x" * 100_000)
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", f"{mount} && bash -s; ls -A {tmp_path}"]
    answer = subprocess.run(command, input=whole, capture_output=True, text=True, check=False)
    assert answer.stdout == ""
    assert "No space left on device" in answer.stderr
    assert answer.stderr.endswith("; nothing was changed\n")
