"""Single functions of the host's shell scripts, with commands that stand in for the host's own."""

import subprocess
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "components" / "host" / "scripts"
BASIS = """
set -euo pipefail
scripts={scripts} STATE={state} BUSY_SECONDS=5
. "$scripts/scratch.sh"
bounded() {{ shift; "$@"; }}
quietly() {{ shift 2; "$@"; }}
fail() {{ echo "failed: $*"; exit 1; }}
sleep() {{ :; }}
"""


def shell(state: Path, text: str) -> subprocess.CompletedProcess[str]:
    script = BASIS.format(scripts=SCRIPTS, state=state) + text
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
