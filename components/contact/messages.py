"""What is said at the end of a first contact that failed: the host, what was seen, and what to do."""

from ..host_keys import fingerprint
from ..ssh_sessions import Login
from .attempt import Setback
from .wanted import Wanted

CHANGED_KEY_ADVICE = {
    "user-data": "a host keeps the key that it was made with: to have it made anew, replace HOST-instance",
    "console": "if its key was changed on purpose, have it read again: replace HOST-host-key",
    "accept-new": "if its key was changed on purpose, accept the new one: replace HOST-host-key",
    "given": "if its key was changed on purpose, set its hostKey to the new one, had by a way that you trust",
}
"""By where the key is known from."""


def explain(wanted: Wanted, setback: Setback, tries: int, seconds: float) -> str:
    """One error: lower case, without a final full stop. `seconds`: how long it was tried."""
    login = wanted.bastion if setback.at_bastion and wanted.bastion else wanted.login
    place = f"{'its bastion ' if setback.at_bastion else ''}{login.address} port {login.port}"
    tried = f"{tries} tr{'y' if tries == 1 else 'ies'}, {seconds:.0f} s"
    if setback.kind == "other key":
        return f"{wanted.host}: {place} {_other_key(wanted, login, setback)}"
    if setback.kind == "refused":
        return (
            f"{wanted.host}: {place} refused the login of {login.user} with the key it was given; check the "
            "user and the private key, whose public half must be in that user's authorized_keys"
        )
    if setback.kind == "silent":
        return (
            f"{wanted.host}: no ssh login at {place} ({tried}): {setback.seen}; its sshd hangs, or something "
            f"else listens there: {_look(wanted)}, then run `pulumi up` again"
        )
    return (
        f"{wanted.host}: no ssh at {place} ({tried}): {setback.seen}; see that the machine runs and that the "
        f"way to it is open from here (sshFrom, connect), {_look(wanted)}, then run `pulumi up` again"
    )


def _other_key(wanted: Wanted, login: Login, setback: Setback) -> str:
    """Names both keys by their fingerprints."""
    shown = f"the host key {fingerprint(setback.shown_key)}" if setback.shown_key else setback.seen
    known = fingerprint(login.host_key) if login.host_key else "one of type ssh-ed25519"
    known_from = "given" if setback.at_bastion else wanted.known_from
    advice = CHANGED_KEY_ADVICE[known_from].replace("HOST", wanted.host)
    return (
        f"shows {shown}, and {known} is known; stopped before the login; perhaps another machine "
        f"answers there; {advice}"
    )


def _look(wanted: Wanted) -> str:
    if wanted.instance:
        return f"look at the console output of {wanted.instance}"
    return "look at the host's console"
