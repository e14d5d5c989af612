"""Writes the expected message of every case anew: `python tests/errors/regenerate.py`, then `git diff`."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from tests.unit.config.cases import FOLDER, cases, message_of  # noqa: E402

for case in cases():
    (FOLDER / f"{case}.txt").write_text(message_of(case))
    print(f"{case}.txt")
