"""readable.py: passes a step's output on as text that fits a log, whatever the programs in it print.

pulumi-command keeps all that a step prints in its state, shows it again in an error, and fails on what is not
UTF-8. So that is replaced, control characters go, and of a long output the middle is left out.
"""

import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from io import BufferedIOBase, TextIOWrapper
from typing import cast

FIRST_LINES = 200
LAST_LINES = 50
LINE_BYTES = 1000
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Colours and movements of the cursor, and all else that is neither text nor a tab."""


def lines_of(stream: BufferedIOBase) -> Iterator[tuple[bytes, int]]:
    """The lines of a binary stream as (its beginning, its length). No more of an endless one is held."""
    kept, length = b"", 0
    while chunk := stream.read1(65536):
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            yield (kept + piece)[:LINE_BYTES], length + len(piece)
            kept, length = b"", 0
        kept, length = (kept + rest)[:LINE_BYTES], length + len(rest)
    if length:
        yield kept, length


def readable(stream: BufferedIOBase) -> Iterator[str]:
    """The lines as text: the first as they come, the last at the end, and how many are left out between."""
    shown, left_out, last = 0, 0, deque[str](maxlen=LAST_LINES)
    for line, length in lines_of(stream):
        text = CONTROLS.sub("", line.decode("utf-8", "replace"))
        if length > len(line):
            text += f" ... ({length - len(line)} more bytes)"
        if shown < FIRST_LINES:
            shown += 1
            yield text
        else:
            left_out += len(last) == LAST_LINES
            last.append(text)
    if left_out:
        yield f"... ({left_out} lines left out)"
    yield from last


def main() -> None:
    """The step goes on to its end, whether anybody still listens or not."""
    listening = True
    for line in readable(cast("BufferedIOBase", sys.stdin.buffer)):
        try:
            if listening:
                print(line, flush=True)
        except BrokenPipeError:
            listening = False
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    cast("TextIOWrapper", sys.stdout).reconfigure(encoding="utf-8", errors="replace")
    main()
