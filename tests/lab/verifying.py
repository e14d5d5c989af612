"""`verify` on a stack of the lab, as a user runs it."""

import subprocess
import sys

from tests.lab.deployment import Deployment


def verify(deployment: Deployment, *arguments: str) -> tuple[int, str]:
    """Exit code and output of the command, on the stack's machine."""
    module = [sys.executable, "-m", "components.verify", "--stack", deployment.stack]
    done = subprocess.run(
        [*deployment.prefix, *module, *arguments],
        cwd=deployment.folder,
        env=deployment.environ,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def finds_nothing(deployment: Deployment) -> bool:
    """Whether no host is otherwise than the stack says; fails with what is."""
    code, text = verify(deployment)
    assert code == 0, text
    return True
