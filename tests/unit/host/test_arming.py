"""What a change of the network needs is on the disk before anything is touched, or nothing is begun."""

from pathlib import Path

import pytest

from tests.unit.host.guarded_host import GuardedHost

ARM = """
concern=network store=guarded-network change=0123abcd seconds=8 nic=ens5 wanted=$'=== end\\n'
. "$scripts/guard.sh"
save_confirmed
note_before
arm apply
"""
RESTORE = "etc/systemd/system/dualstack-network-restore.service"
GUARD = "var/lib/dualstack/guard"
TO_DO = "nothing was changed; mend that (on a full disk: make room), then run `pulumi up` again"


@pytest.fixture
def host(tmp_path: Path) -> GuardedHost:
    return GuardedHost.made(tmp_path)


def files(host: GuardedHost) -> list[str]:
    """What a change leaves on the host."""
    found = [path for folder in ("etc", "var") for path in (host.root / folder).rglob("*")]
    return sorted(
        str(path.relative_to(host.root)) for path in found if not path.is_dir() or path.is_symlink()
    )


def test_a_change_is_armed_with_the_files_that_it_may_need(host: GuardedHost) -> None:
    host.command("systemd-run", f"echo armed >>{host.root}/log")
    assert host.shell(ARM) == ""
    assert (host.root / "log").read_text() == "armed\n"
    assert files(host) == [
        RESTORE,
        "etc/systemd/system/sysinit.target.wants/dualstack-network-restore.service",
        *(f"{GUARD}/{name}" for name in ("answered", "before", "pending", "reason", "wanted")),
        "var/lib/dualstack/guarded-network.saved/paths",
    ]
    assert host.scripts.as_posix() in (host.root / RESTORE).read_text()


def test_targets_that_answer_beforehand_are_those_that_must_answer_afterwards(host: GuardedHost) -> None:
    host.command("ping", 'case "$*" in *::2) exit 1 ;; esac')
    assert host.shell(f"targets=(2001:db8::1 2001:db8::2)\n{ARM}") == ""
    assert (host.guard / "answered").read_text() == "2001:db8::1\n"


@pytest.mark.parametrize(
    "full", [f"{GUARD}/before", f"{GUARD}/wanted", f"{GUARD}/reason", f"{GUARD}/.pending", RESTORE]
)
def test_a_file_for_which_there_is_no_room_is_named_and_nothing_stays(host: GuardedHost, full: str) -> None:
    (host.root / full).symlink_to("/dev/full")
    assert host.shell(ARM) == (
        f"network: {host.root}/{full} cannot be written: No space left on device; {TO_DO}\n"
    )
    assert files(host) == []


def test_confirmed_files_that_cannot_be_saved_are_named(host: GuardedHost) -> None:
    (host.state / "guarded-network.saved").mkdir()
    (host.scripts / "host_files.py").write_text(
        "import sys\nsys.exit('/var/x cannot be written: No space left on device')\n"
    )
    assert host.shell(ARM) == (
        "network: what is there now could not be saved: /var/x cannot be written: No space left on device; "
        f"{TO_DO}\n"
    )
    assert files(host) == []


def test_a_timer_that_cannot_be_armed_is_said_and_nothing_stays(host: GuardedHost) -> None:
    host.command("systemd-run", "echo no bus >&2; exit 1")
    assert host.shell(ARM) == (f"network: the timer that reverts could not be armed: no bus; {TO_DO}\n")
    assert files(host) == []
