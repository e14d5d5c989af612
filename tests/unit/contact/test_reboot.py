"""A host that needs a reboot: when it has one, when it counts as back, and what is said where it does not."""

import asyncio
import re

import asyncssh
import pytest

from components.contact.reboot import Pace, back_within, reboot_when_needed
from components.contact.waiting import NoContactError
from components.contact.wanted import Wanted
from components.ssh_sessions import Login
from tests.unit.plugins.ssh_server import HOST_KEY, USER_KEY, Script, Server, public_text, running_server

QUICK = Pace(back=2, each=5, pause=0.2, report=1)
TO_THE_END = Pace(back=4, each=5, pause=1, report=1)
"""The last try has as long as a pause is; on a busy machine a login takes more than that of `QUICK`."""
TO_SUCCESS = Pace(back=60, each=60, pause=0.2, report=60)
KNOWN = " ".join(public_text(HOST_KEY).split()[:2])
NEEDED = "needed"


def host(server: Server) -> Wanted:
    return Wanted(
        "host-1", Login("127.0.0.1", server.port, "somebody", KNOWN), None, "user-data", 2, "i-0123"
    )


def rebooted(server: Server, pace: Pace = QUICK) -> tuple[str, list[str]]:
    said: list[str] = []
    return asyncio.run(reboot_when_needed(host(server), USER_KEY, NEEDED, said.append, pace)), said


def prints(*texts: str) -> Script:
    """Prints these one after the other, and the last of them for ever; an empty one closes the connection."""
    left = list(texts)

    async def script(process: asyncssh.SSHServerProcess[bytes]) -> None:
        text = left.pop(0) if len(left) > 1 else left[0]
        if not text:
            process.channel.get_connection().abort()
            return
        process.stdout.write(text.encode())
        process.exit(0)

    return script


def test_a_host_that_needs_none_is_left_alone() -> None:
    with running_server(needed=prints("boot-1\n")) as server:
        assert rebooted(server) == ("no reboot needed", [])
        assert server.commands == ["needed && cat /proc/sys/kernel/random/boot_id"]


def test_a_host_is_back_when_another_boot_of_it_has_started_its_units() -> None:
    reasons = "packages ask for it: linux-base\nthe kernel 2 is installed, and 1 runs\n"
    with running_server(
        needed=prints(f"{reasons}boot-1\n"),
        sudo=prints(""),
        cat=prints("boot-1\nrunning\n", "", "boot-2\nstarting\n", "boot-2\ndegraded\n"),
    ) as server:
        done, said = rebooted(server, TO_SUCCESS)
        assert server.commands[1] == "sudo systemctl --no-block reboot"
    why = "packages ask for it: linux-base; the kernel 2 is installed, and 1 runs"
    assert re.fullmatch(rf"rebooted, back after \d+ s: {why}", done)
    assert said == [f"reboot needed: {why}; rebooting"]


def test_a_host_that_still_starts_units_when_the_time_is_over_is_back_all_the_same() -> None:
    with running_server(
        needed=prints("packages ask for it\nboot-1\n"), sudo=prints(""), cat=prints("boot-2\nstarting\n")
    ) as server:
        done, said = rebooted(server, TO_THE_END)
    assert re.fullmatch(
        r"rebooted, back, but after \d s it still starts its units: starting \(see `systemctl list-jobs`\): "
        r"packages ask for it",
        done,
    )
    assert re.fullmatch(r"waiting for the reboot, \d s: it still starts its units: starting", said[1])


def test_a_host_that_does_not_come_back_is_one_error() -> None:
    with running_server(needed=prints("packages ask for it\nboot-1\n"), cat=prints("boot-1\n")) as server:
        said: list[str] = []
        with pytest.raises(NoContactError) as caught:
            asyncio.run(reboot_when_needed(host(server), USER_KEY, NEEDED, said.append, TO_THE_END))
    assert re.fullmatch(
        r"host-1: not back within 4 s of its reboot \(packages ask for it\): it is still up, and has not "
        r"rebooted yet; look at the console output of i-0123, then run `pulumi up` again",
        str(caught.value),
    )
    assert said[0] == "reboot needed: packages ask for it; rebooting"
    assert re.fullmatch(r"waiting for the reboot, \d s: it is still up, and has not rebooted yet", said[1])


@pytest.mark.parametrize(("ssh_wait", "back"), [(15, 30), (300, 600), (3600, 600)])
def test_a_reboot_may_take_twice_as_long_as_a_first_contact_and_ten_minutes_at_the_most(
    ssh_wait: int, back: int
) -> None:
    wanted = Wanted("host-1", Login("127.0.0.1", 22, "somebody", KNOWN), None, "user-data", ssh_wait)
    assert back_within(wanted) == back


def test_a_host_that_cannot_be_asked_is_the_same_error_as_at_the_first_contact() -> None:
    with running_server() as server:
        pass
    with pytest.raises(NoContactError, match=r"^host-1: no ssh at 127.0.0.1 port \d+ \(3 tries, "):
        rebooted(server)


def test_a_session_that_breaks_before_the_answer_is_no_failure_yet() -> None:
    with running_server(needed=prints("", "boot-1\n")) as server:
        assert rebooted(server) == ("no reboot needed", [])
