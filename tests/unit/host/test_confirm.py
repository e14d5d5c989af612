"""A confirmation on the host: of one change and no other, once, and never together with a revert."""

import time
from pathlib import Path

import pytest

from tests.unit.host.guarded_host import GuardedHost

CHANGE, OTHER = "0123abcd", "abcd0123"


@pytest.fixture
def host(tmp_path: Path) -> GuardedHost:
    return GuardedHost.made(tmp_path)


def test_a_change_in_force_is_confirmed_and_its_traces_go(host: GuardedHost) -> None:
    host.apply_in_force(CHANGE)
    (host.state / "guarded-network.saved").mkdir()
    assert host.said("confirm", CHANGE) == "confirmed\n"
    assert [path.name for path in host.guard.iterdir()] == ["confirmed"]
    assert not (host.state / "guarded-network.saved").exists()


def test_of_a_confirmation_and_the_timer_one_alone_wins(host: GuardedHost) -> None:
    """The timer comes at any time from the begin of the confirmation to some time after its end."""
    host.apply_in_force(CHANGE)
    began = time.monotonic()
    host.said("confirm", CHANGE)
    length, rounds, outcomes = time.monotonic() - began, 20, set[str]()
    for number in range(rounds):
        host.apply_in_force(CHANGE)
        (host.guard / "confirmed").unlink(missing_ok=True)
        (host.guard / "reverted").unlink(missing_ok=True)
        confirmation = host.start("confirm", CHANGE)
        time.sleep(1.5 * length * number / (rounds - 1))
        timer = host.start("network-revert")
        said = confirmation.communicate(timeout=60)[0]
        timer.communicate(timeout=60)
        (state,) = host.markers()
        assert (said == "confirmed\n") == (state == "confirmed"), (said, state)
        outcomes.add(state)
    assert outcomes == {"confirmed", "reverted"}


def test_a_change_that_came_meanwhile_is_not_confirmed_in_its_place(host: GuardedHost) -> None:
    host.apply_in_force(CHANGE)
    (host.guard / "answered").write_text("::5\n")
    other = f"{OTHER} network apply 8 99999999 ens5"
    host.command("ping", f"rm {host.guard}/pending; echo '{other}' >{host.guard}/pending")
    assert host.said("confirm", CHANGE) == "unknown\n"
    assert (host.markers(), (host.guard / "pending").read_text()) == (["pending"], f"{other}\n")


def test_a_change_is_armed_once_a_confirmation_has_come_to_its_end(host: GuardedHost) -> None:
    """Else what that one tidies away would be the new change's."""
    host.apply_in_force(CHANGE)
    host.command("systemctl", f"sleep 1; ls {host.guard} >>{host.root}/seen")
    confirmation = host.start("confirm", CHANGE)
    while host.markers() != ["confirmed"]:
        time.sleep(0.02)
    began = time.monotonic()
    forgotten = host.shell("concern=network store=guarded-network; . $scripts/guard.sh; forget_last")
    assert forgotten == ""
    assert time.monotonic() - began > 0.5
    assert confirmation.communicate(timeout=60)[0] == "confirmed\n"
    assert host.markers() == []
    assert host.said("confirm", CHANGE) == "unknown\n"


def test_a_confirmation_that_was_killed_is_tidied_up_by_the_next(host: GuardedHost) -> None:
    host.apply_in_force(CHANGE)
    (host.state / "guarded-network.saved").mkdir()
    host.command("systemctl", "kill -KILL $PPID")
    assert host.said("confirm", CHANGE) == ""
    assert (host.state / "guarded-network.saved").exists()
    host.command("systemctl", "")
    assert host.said("confirm", CHANGE) == "confirmed\n"
    assert [path.name for path in host.guard.iterdir()] == ["confirmed"]
    assert not (host.state / "guarded-network.saved").exists()


def test_an_older_session_confirms_nothing(host: GuardedHost) -> None:
    host.apply_in_force(CHANGE)
    (host.guard / "applied").write_text("999999999999")
    assert host.said("confirm", CHANGE) == "waiting this ssh session is older than the change\n"
    assert host.markers() == ["pending"]


def test_what_answered_before_must_answer_still(host: GuardedHost) -> None:
    host.apply_in_force(CHANGE)
    (host.guard / "answered").write_text("2001:db8::5\n2001:db8::6\n")
    host.command("ping", 'case "$*" in *::6*) exit 1 ;; esac')
    assert host.said("confirm", CHANGE) == (
        "waiting 2001:db8::6 answered before the change, and no longer does\n"
    )
    assert host.markers() == ["pending"]
