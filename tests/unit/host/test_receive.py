"""The upload of the scripts: what the first step's standard input does on a host."""

import subprocess
import time
from pathlib import Path

from components.host.files import HostFile, wanted_text
from tests.unit.host.test_host_files import SCRIPTS

APPLY = '#!/bin/bash\necho "$1 by $(basename "$(dirname "$0")")"\n'


def upload(directory: Path) -> str:
    """What makes a directory of two scripts and runs one of them, in the form of `scripts_bundle`."""
    scripts = [HostFile(f"{directory}/apply", APPLY, 0o755), HostFile(f"{directory}/lib.sh", "=== first\n")]
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
    (directory / "apply").write_text("#!/bin/bash\nexit 1\n")
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
