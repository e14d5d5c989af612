"""A host key from an instance's console output: cloud-init prints it there, and AWS's API tells it.

cloud-init's tools/write-ssh-key-fingerprints prints the keys between two markers, once for each instance,
when sshd is up already. EC2 keeps the last 64 KB (EC2 user guide, "Instance console output").
"""

import re
import time
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from ..ssh_sessions import HOST_KEY_ALGORITHM
from .wanted import Wanted

BLOCK = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
KEY = re.compile(HOST_KEY_ALGORITHM + r" (AAAA[A-Za-z0-9+/]{64}(?![A-Za-z0-9+/=]))")
"""An Ed25519 key is 51 bytes (RFC 8709), so 68 characters without padding. The marker may come next."""
POLL_SECONDS = 5
REPORT_SECONDS = 30


class NoKeyError(Exception):
    """The console shows no host key, or cannot be read; the message says which and what to do."""


class Ec2(Protocol):
    """What is asked of boto3's client for EC2."""

    def get_console_output(self, **arguments: Any) -> dict[str, Any]:
        """GetConsoleOutput."""
        ...


def key_in(console: str) -> str | None:
    """The Ed25519 host key in a console output, one public key line; None when it is not there (yet).

    Of several blocks the last counts. Its end marker may be glued to the key.
    """
    blocks = BLOCK.findall(console)
    found = KEY.search(blocks[-1]) if blocks else None
    return f"{HOST_KEY_ALGORITHM} {found[1]}" if found else None


def read_console_key(
    wanted: Wanted, ec2: Ec2, report: Callable[[str], None], pause: float = POLL_SECONDS
) -> str:
    """The host key from the console output of `wanted.instance`, asked for until `wanted.seconds` are over.

    Raises NoKeyError.
    """
    started = time.monotonic()
    reported, reads = 0.0, 0
    while True:
        reads += 1
        console = _console(wanted, ec2)
        if key := key_in(console):
            return key
        elapsed = time.monotonic() - started
        if elapsed + pause >= wanted.seconds:
            raise NoKeyError(
                f"{wanted.host}: the console output of {wanted.instance} shows no {HOST_KEY_ALGORITHM} host "
                f"key ({reads} reads, {elapsed:.0f} s, {len(console)} characters); see with `aws ec2 "
                f"get-console-output --latest --output text --instance-id {wanted.instance}` whether it "
                "boots and its cloud-init prints the keys; then run `pulumi up` again"
            )
        if reads == 1 or elapsed - reported >= REPORT_SECONDS:
            reported = elapsed
            report(f"waiting for the host key on the console, read {reads}, {elapsed:.0f} s")
        time.sleep(pause)


def _console(wanted: Wanted, ec2: Ec2) -> str:
    """What the console says now; where AWS has no latest output of this instance type, what it kept."""
    try:
        try:
            answer = ec2.get_console_output(InstanceId=wanted.instance, Latest=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UnsupportedOperation":
                raise
            answer = ec2.get_console_output(InstanceId=wanted.instance)
    except (BotoCoreError, ClientError) as error:
        raise NoKeyError(
            f"{wanted.host}: the console output of {wanted.instance} could not be read: {error}; it needs "
            "the permission ec2:GetConsoleOutput, and region and credentials where all AWS tools look"
        ) from None
    return str(answer.get("Output") or "")
