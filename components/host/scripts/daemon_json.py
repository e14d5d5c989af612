"""Keys of Docker's daemon.json that somebody added to it are theirs, and stay.

    daemon_json.py merge KEYS      wanted text on stdin; the same on stdout, with their keys in it
    daemon_json.py remember KEYS   wanted text on stdin; notes in the file KEYS which keys it sets

A file that has all that is wanted is left as it is, to the byte: then dockerd is not restarted.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

DAEMON_JSON = Path("/etc/docker/daemon.json")
PART = re.compile(rf"^(=== {DAEMON_JSON} .*\n)((?:(?!=== ).*\n)*)", re.MULTILINE)


def merged(wanted: str, live: str, known: list[str]) -> str:
    """The wanted content with the keys that are in the live one and that this program never set."""
    settings: dict[str, Any] = json.loads(wanted)
    try:
        there: dict[str, Any] = dict(json.loads(live))
    except (ValueError, TypeError):
        return wanted  # it is no object of json, and dockerd cannot read it
    theirs = {key: there[key] for key in there if key not in known and key not in settings}
    if there == {**settings, **theirs} and live.endswith("\n"):
        return live
    return json.dumps({**settings, **theirs}, indent=2) + "\n" if theirs else wanted


def main(verb: str, memory: Path) -> None:
    """One verb of the command line above."""
    text = sys.stdin.read()
    part = PART.search(text)
    if verb == "remember":
        keys = sorted(json.loads(part[2])) if part else []
        memory.write_text(json.dumps(keys) + "\n")
        return
    # Before the first time all that is there is known: it is in what is wanted.
    if part and memory.exists() and DAEMON_JSON.exists():
        content = merged(part[2], DAEMON_JSON.read_text(), json.loads(memory.read_text() or "[]"))
        text = text[: part.start(2)] + content + text[part.end(2) :]
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
