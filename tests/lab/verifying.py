"""`verify` on a stack of the lab, as a user runs it."""

import subprocess
import sys
import time

from tests.lab.deployment import Deployment

SETTLE_SECONDS = 60


def verify(deployment: Deployment, *arguments: str) -> tuple[int, str]:
    """Exit code and output of the command, on the stack's machine."""
    module = [sys.executable, "-m", "components.verify", "--stack", deployment.stack]
    done = subprocess.run(
        [*deployment.prefix, *module, *arguments],
        cwd=deployment.folder,
        env=deployment.environ,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def finds_nothing(deployment: Deployment) -> bool:
    """Whether no host is otherwise than the stack says, once what still starts on it has started; fails with
    what is.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while (found := verify(deployment))[0] != 0 and time.monotonic() < deadline:
        time.sleep(2)
    assert found[0] == 0, found[1]
    return True
