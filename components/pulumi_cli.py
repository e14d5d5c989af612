"""What the commands beside Pulumi ask of it."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Final

SECONDS: Final = 120
"""Bound for one answer; the state may be far away."""


class PulumiFailedError(Exception):
    """Pulumi gave no answer; the message says what was asked, why, and what to do."""


def pulumi_json(arguments: Sequence[str], folder: str) -> Mapping[str, Any]:
    """The JSON that `pulumi ARGUMENTS` prints in a project's folder. Raises PulumiFailedError."""
    line = f"pulumi {' '.join(arguments)}"
    try:
        answer = subprocess.run(
            ["pulumi", "--non-interactive", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PulumiFailedError(
            f"{line} gave no answer within {SECONDS} s; can the state be reached?"
        ) from None
    except OSError as error:
        raise PulumiFailedError(f"pulumi does not start: {error}; is it on the PATH?") from None
    if answer.returncode != 0:
        raise PulumiFailedError(f"{line} failed: {answer.stderr.strip()}{_advice(answer.stderr)}")
    try:
        return json.loads(answer.stdout)
    except ValueError:
        raise PulumiFailedError(f"{line} printed no json: {answer.stdout[:200]!r}") from None


def _advice(problem: str) -> str:
    if "no stack named" in problem:
        return "; `pulumi stack ls` lists the stacks"
    if "passphrase" in problem.lower():
        return (
            "; the state's secrets are locked: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
        )
    return ""
