"""What a host says of a guarded change, and what is said to the user about it; pure."""

import re
from dataclasses import dataclass
from typing import Final

import asyncssh

APPLIED: Final = re.compile(r"^applied [0-9a-f]{8} reverts in (\d+) s$", re.MULTILINE)
STATES: Final = ("confirmed", "applying", "waiting", "reverting", "reverted", "failed", "unknown")
"""The first words of the answers of scripts/confirm."""
LAST_LINES: Final = 21
"""Those of a command that hung, and what the step says of it."""


class StepFailed(Exception):  # noqa: N818 - a state of the world, as the user shall read it
    """The step did not come to its end; the message is for the user, whole."""


@dataclass(frozen=True)
class Begun:
    """What the first session came to. `seconds_left`: until the host reverts; None where nothing changed."""

    said: str
    seconds_left: int | None


@dataclass(frozen=True)
class Answer:
    """What a host says became of a change: one of `STATES`, and why."""

    state: str
    why: str = ""


def begun(output: str) -> Begun:
    """The first session's output."""
    found = APPLIED.search(output)
    said = APPLIED.sub("", output).strip()
    return Begun(said, int(found[1]) if found else None)


def answer(output: str) -> Answer | None:
    """One answer of the host; None when it is not one."""
    lines = output.strip().splitlines()
    state, _, why = (lines[-1] if lines else "").partition(" ")
    return Answer(state, why) if state in STATES else None


def last_lines(output: str) -> str:
    """The end of what a command printed."""
    return "\n".join(output.strip().splitlines()[-LAST_LINES:])


def not_confirmed(final: Answer, last_problem: str) -> str:
    """Why a change was not confirmed, what was undone, and what to do.

    `final`: the host's last word. `last_problem`: why it was turned down before, or did not come through.
    """
    if final.state == "failed":
        return final.why
    if final.state == "unknown":
        return (
            "the ssh session broke, and the host knows of no change; if it has still to begin, it reverts by "
            "itself; run `pulumi up` again"
        )
    why = last_problem if final.why.startswith("nobody confirmed") else final.why
    return (
        f"{why}, reverted; the network is as it was; see `journalctl -u dualstack-network-revert` on the "
        "host, and run `pulumi up` again once the cause is gone"
    )


def no_first_session(where: str, problem: Exception) -> str:
    """Why nothing was begun, and what to do."""
    if isinstance(problem, asyncssh.HostKeyNotVerifiable):
        advice = "find out which machine answers there (docs/ssh.md)"
    elif isinstance(problem, asyncssh.PermissionDenied):
        advice = "see that the key's public half is in that user's authorized_keys"
    else:
        advice = "see that the host runs and that the way to it is open from here"
    why = str(problem) or "no answer"
    return f"no ssh to {where}: {why}; nothing was changed; {advice}, then run `pulumi up` again"


def no_session(seconds: int) -> str:
    """Why no attempt came through."""
    return f"no new ssh session within {seconds} s of the change"


def no_answer(seconds: int, waited: int) -> str:
    """What is said when the host cannot be asked any more."""
    return (
        f"the host does not answer, also {waited} s after it was due to revert by itself ({seconds} s after "
        "the change, and at every boot); look at it by its console, and run `pulumi up` again when it answers"
    )
