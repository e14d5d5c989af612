"""The sshd of the other tests: unpacked where the machine has none, and never missed in silence."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.engine.real_sshd import running_sshd
from tests.engine.sshd_program import WAY_VARIABLE, SshdMissingError, sshd_program


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="packages are unpacked with apt and dpkg")
def test_an_unpacked_server_lets_one_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WAY_VARIABLE, "unpacked")
    program = sshd_program()
    assert program.command[-1].endswith("/usr/sbin/sshd")
    assert program.command[-1] != "/usr/sbin/sshd"
    with running_sshd(program, tmp_path) as server:
        options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={tmp_path}/known_hosts", "LogLevel=ERROR"]
        flags = [part for option in options for part in ("-o", option)]
        login = ["-p", str(server.port), "-i", str(tmp_path / "user"), "127.0.0.1"]
        answer = subprocess.run(
            ["ssh", *flags, *login, "echo hello"], capture_output=True, text=True, check=False
        )
    assert (answer.stdout, answer.stderr) == ("hello\n", "")


def test_a_machine_that_can_have_no_server_says_that_nothing_was_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WAY_VARIABLE, "unpacked")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SshdMissingError) as caught:
        sshd_program(tmp_path)
    assert str(caught.value) == (
        "these tests were not run: they need OpenSSH's sshd, this machine has none, and it could not be "
        "unpacked from its package: apt-cache does not start: No such file or directory; "
        "put an sshd in /usr/sbin or on PATH, it need not run"
    )
