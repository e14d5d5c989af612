"""When a host says that it needs a reboot."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts" / "reboot-needed"


def reasons(folder: Path, running: str) -> list[str]:
    """What is said of a host whose /run and /boot are in the folder, and on which this kernel runs."""
    command = f"uname() {{ echo {running}; }}; export -f uname; bash {SCRIPT}"
    folders = {"DUALSTACK_RUN": str(folder / "run"), "DUALSTACK_BOOT": str(folder / "boot")}
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, **folders}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_host_with_neither_a_note_nor_a_kernel_needs_none(tmp_path: Path) -> None:
    assert reasons(tmp_path, "6.8.0-1010-aws") == []


def test_the_packages_that_ask_for_it_are_named_once(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "reboot-required").write_text("*** System restart required ***\n")
    assert reasons(tmp_path, "6.8.0-1010-aws") == ["packages ask for it"]
    (tmp_path / "run" / "reboot-required.pkgs").write_text("libc6\nlinux-base\nlibc6\n")
    assert reasons(tmp_path, "6.8.0-1010-aws") == ["packages ask for it: libc6 linux-base"]


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        (["6.8.0-1010-aws"], []),
        (["6.8.0-1009-aws"], []),
        (
            ["6.8.0-1009-aws", "6.8.0-1010-aws", "6.8.0-1012-aws"],
            ["the kernel 6.8.0-1012-aws is installed, and 6.8.0-1010-aws runs"],
        ),
        (["6.8.0-1010-aws", "6.11.0-26-generic"], []),
    ],
    ids=["the same", "an older one", "a newer one", "a newer one of another flavour"],
)
def test_a_newer_kernel_of_the_flavour_that_runs_asks_for_it(
    installed: list[str], said: list[str], tmp_path: Path
) -> None:
    (tmp_path / "boot").mkdir()
    for version in installed:
        (tmp_path / "boot" / f"vmlinuz-{version}").touch()
    assert reasons(tmp_path, "6.8.0-1010-aws") == said
