"""A step's own command line and text in an SSH session from the operator's side, which a test can break."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.names import LOGIN_USER, OPERATOR_NAMESPACE
from tests.lab.deployment import Deployment


@dataclass(frozen=True)
class Step:
    """What Pulumi runs on a host, and feeds it."""

    line: str
    text: str

    @classmethod
    def of(cls, deployment: Deployment, name: str) -> "Step":
        """The step's resource in the state, such as `host-1-docker`."""
        (step,) = [one for one in deployment.resources() if one["urn"].endswith(f"::{name}")]
        return cls(step["inputs"]["create"], step["inputs"]["stdin"])


class Login:
    """Sessions on one host with the stack's key; the host key is the one in the stack's outputs."""

    def __init__(self, deployment: Deployment, host: str, folder: Path) -> None:
        outputs = deployment.outputs()
        self._address = outputs["hosts"][host]["address"]
        self._key, self._known_hosts = folder / "key", folder / "known_hosts"
        self._key.touch(0o600)
        self._key.write_text(deployment.pulumi("config", "get", "sshPrivateKey").text.strip() + "\n")
        self._known_hosts.write_text(outputs["knownHosts"])

    def begin(self, line: str, text: str) -> subprocess.Popen[str]:
        """Starts a command and sends it a text; more may come, its standard input stays open."""
        process = subprocess.Popen(
            [
                *("nsenter", f"--net=/run/netns/{OPERATOR_NAMESPACE}", "ssh", "-i", str(self._key)),
                *("-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={self._known_hosts}"),
                *(f"{LOGIN_USER}@{self._address}", line),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=0,
            start_new_session=True,
        )
        assert process.stdin is not None
        process.stdin.write(text)
        return process

    def end(self, line: str, text: str) -> tuple[str, int]:
        """Runs a command to its end; what it printed on either stream, and its exit code."""
        process = self.begin(line, text)
        return process.communicate(timeout=300)[0], process.returncode


def kill(process: subprocess.Popen[str]) -> None:
    """What happens to the connections of a `pulumi` that is killed."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
