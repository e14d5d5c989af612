"""The scripts of a guarded change, run here: what they keep is in a folder, and commands that stand in for
the host's own do nothing, or what a test has them do.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"
COMMANDS = ("systemctl", "systemd-run", "netplan", "ip", "ping", "ss", "sync")


@dataclass(frozen=True)
class GuardedHost:
    """`root`: what stands for the host's file system."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> "GuardedHost":
        """A host on which nothing was changed yet."""
        host = cls(root)
        shutil.copytree(SCRIPTS, host.scripts, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("lib.sh", "revert.sh"):
            file = host.scripts / name
            text = file.read_text()
            for path in ("/var/lib/dualstack", "/run/lock", "/etc/systemd"):
                text = text.replace(f"={path}", f"={root}{path}")
            file.write_text(text)
        (host.scripts / "network.sh").write_text(
            '. "$scripts/guard.sh"\nchecks() { :; }\nsummary() { echo done; }\n'
        )
        for folder in ("bin", "run/lock", "etc/systemd/system", "var/lib/dualstack/guard"):
            (root / folder).mkdir(parents=True)
        for command in COMMANDS:
            host.command(command, "")
        return host

    @property
    def scripts(self) -> Path:
        """The host's own copies."""
        return self.root / "scripts"

    @property
    def state(self) -> Path:
        """What the steps keep on the host."""
        return self.root / "var/lib/dualstack"

    @property
    def guard(self) -> Path:
        """The state of the last change."""
        return self.state / "guard"

    def command(self, name: str, text: str) -> None:
        """A shell script in the place of one of the host's commands."""
        file = self.root / "bin" / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def apply_in_force(self, change: str) -> None:
        """A change that was applied and waits for its confirmation."""
        texts = {"before": "", "answered": "", "applied": "0", "wanted": "=== end\n"}
        texts["reason"] = "nobody confirmed it within 8 s"
        for name, text in texts.items():
            (self.guard / name).write_text(text)
        (self.guard / "pending").write_text(f"{change} network apply 8 99999999 ens5\n")

    def start(self, script: str, *words: str) -> subprocess.Popen[str]:
        """Starts one of the scripts."""
        return self._started(str(self.scripts / script), *words)

    def _started(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words,
            env={**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def said(self, script: str, *words: str) -> str:
        """What one of the scripts printed, on either stream."""
        return self.start(script, *words).communicate(timeout=60)[0]

    def shell(self, text: str) -> str:
        """What a program of the scripts' functions printed, on either stream."""
        begin = f'set -euo pipefail; scripts={self.scripts}; . "$scripts/lib.sh"; '
        return self._started("bash", "-c", begin + text).communicate(timeout=60)[0]

    def markers(self) -> list[str]:
        """The states that a change is in."""
        states = ("pending", "confirmed", "reverting", "reverted")
        return [state for state in states if (self.guard / state).exists()]
