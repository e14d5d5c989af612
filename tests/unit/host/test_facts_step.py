"""The first step: what it says of cloud-init, and how long it waits for who is busy."""

import json
import subprocess
from pathlib import Path

from tests.unit.host.shell_functions import shell


def facts_step(state: Path, status: str) -> subprocess.CompletedProcess[str]:
    """What is said of a cloud-init that finished with warnings and answers with this status."""
    (state / "status").write_text(status)
    return shell(
        state,
        """
        say() { echo "$*"; }
        warn() { echo "warning: $*" >&2; }
        cloud-init() { cat "$STATE/status"; return 2; }
        . "$scripts/facts.sh"
        tell_cloud_init_warning
        """,
    )


def with_warnings(*warnings: str) -> str:
    return json.dumps({"status": "done", "recoverable_errors": {"WARNING": warnings}})


KNOWN = (
    "Could not parse subnet-ipv6-cidr-block None for mac 02:00:00:00:01:11. "
    "ipv6 network config prefix defaults to /128"
)
SEE = "warning: cloud-init finished with warnings; see `cloud-init status --long`"


def test_the_warning_that_cloud_init_gives_everywhere_on_ec2_is_called_harmless(tmp_path: Path) -> None:
    done = facts_step(tmp_path, with_warnings(KNOWN, KNOWN))
    said = "cloud-init's warnings about its network are usual on EC2 and harmless here\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)


def test_another_warning_of_cloud_init_is_named_on_one_line(tmp_path: Path) -> None:
    done = facts_step(tmp_path, with_warnings(KNOWN, "Failed to\n  set locale", "Another"))
    said = f"{SEE}; the first: Failed to set locale\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", said)


def test_a_status_of_cloud_init_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    for status in ("", "{}", "status: done"):
        done = facts_step(tmp_path, status)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{SEE}\n")


def first_step(
    state: Path, *, wishes: str = "", cloud_init: int = 0, holder: str = ""
) -> tuple[int, str, str]:
    """The first step, in a time of its own: a cloud-init with exit code 124 takes all that it is given, and a
    lock is never free.
    """
    (state / "wishes").write_text(wishes)
    done = shell(
        state,
        f"""
        eval "$(sed -n '/^say()/,/^}}/p' "$scripts/lib.sh")"
        unset SECONDS
        SECONDS=0 BUSY_SECONDS=600 concern=facts name=
        . "$scripts/facts.sh"
        bounded() {{ given=$1; "${{@:2}}"; }}
        cloud-init() {{ [ {cloud_init} = 0 ] || SECONDS=$((SECONDS + given)); return {cloud_init}; }}
        sleep() {{ SECONDS=$((SECONDS + $1)); }}
        python3() {{
            case $1 in
            */apt_locks.py) echo "{holder}" ;;
            */preflight.py | */facts.py) echo "${{1##*/}}" ;;
            esac
        }}
        apply <"$STATE/wishes"
        """,
    )
    return done.returncode, done.stdout, done.stderr


def waited(for_what: str, patience: int) -> str:
    """What is said of ten minutes, in which it is asked every 20 s."""
    told = [f"{for_what}; waiting for it, {600 - patience} s at the most"]
    told += [f"{for_what}, still after {seconds} s" for seconds in range(patience + 20, 600, 20)]
    return "".join(f"facts: {line}\n" for line in told)


def test_a_cloud_init_that_is_not_done_after_ten_minutes_ends_the_first_step(tmp_path: Path) -> None:
    assert first_step(tmp_path, cloud_init=124) == (
        1,
        "",
        f"{waited('cloud-init is busy', 10)}"
        "facts: cloud-init was not done after 600 s; see `cloud-init status --long`\n",
    )


def test_on_a_host_that_was_there_before_it_is_a_warning(tmp_path: Path) -> None:
    assert first_step(tmp_path, wishes="{}", cloud_init=124) == (
        0,
        "preflight.py\nfacts.py\n",
        f"{waited('cloud-init is busy', 10)}"
        "facts: warning: cloud-init was not done after 600 s; see `cloud-init status --long`\n",
    )


def test_a_lock_that_is_not_free_after_ten_minutes_ends_the_first_step(tmp_path: Path) -> None:
    holder = "apt-get (pid 7) holds /var/lib/dpkg/lock"
    assert first_step(tmp_path, holder=holder) == (
        1,
        "",
        f"{waited(holder, 1)}"
        f"facts: {holder}, still after 600 s; end it, or let it end, and run `pulumi up` again\n",
    )
