"""Loads rule sets into namespaces, by nft(8)."""

import subprocess

from lab.fabric import namespaces


def load_ruleset(namespace: str, text: str) -> None:
    """Load a rule set in one atomic step. Raises RuntimeError with nft's own words when it refuses."""

    def load() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["nft", "-f", "-"], input=text, capture_output=True, text=True, check=False)

    done = namespaces.inside(namespace, load)
    if done.returncode != 0:
        raise RuntimeError(f"nft refused the rule set of {namespace}: {done.stderr.strip()}")
