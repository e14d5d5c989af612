"""Which sequences run: a few always, kept ones where there are some, many where that is asked for."""

import os
from pathlib import Path

from tests.faults.random_sequences.actions import kept

KEPT = Path(__file__).parent / "kept.toml"

collect_ignore: list[str] = []
if not os.environ.get("SEEDS"):
    collect_ignore.append("test_many_sequences.py")
if not kept(KEPT.read_text()):
    collect_ignore.append("test_kept_sequences.py")
