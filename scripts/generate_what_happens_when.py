"""Write docs/what-happens-when.md from tests/faults/faults.toml.

python scripts/generate_what_happens_when.py             writes the page
python scripts/generate_what_happens_when.py --check     exit 1 if it is out of date
"""

import argparse
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TABLE = PROJECT / "tests" / "faults" / "faults.toml"
PAGE = PROJECT / "docs" / "what-happens-when.md"

HEAD = """\
# What happens when ...

<!-- Made from tests/faults/faults.toml by `make docs`. -->

Each row was tried by a test that breaks the real thing: it cuts the cable, fills the disk, takes the power
away. That is on hosts of the lab; only in the row of secrets, and for a console that shows no key, the test
answers in place of a host or of AWS. Where the last column says `pulumi up`, that was run, too, and the one
after it had nothing to change; only for that console it was not. N stands for `revertAfter` seconds.

See for yourself: `make faults` runs these tests, without the longest (`make test-all` runs those, too), and
`.venv/bin/python -m pytest -k WORD tests/faults` those with a word in their names. How to break things by
hand: [docs/lab.md](lab.md#breaking-things).

| what happens when ... | what the host does, and what you see | what you do |
|---|---|---|
"""


@dataclass(frozen=True)
class Fault:
    """A row. All are texts in Markdown, without a line break."""

    id: str
    title: str
    outcome: str
    next: str


def faults_in(text: str) -> list[Fault]:
    """The rows of the table. Raises TypeError for a key that is missing or unknown."""
    rows: list[dict[str, str]] = tomllib.loads(text)["fault"]
    return [Fault(**{key: " ".join(value.split()) for key, value in row.items()}) for row in rows]


def page(faults: list[Fault]) -> str:
    """The whole page."""
    rows = ((fault.title, fault.outcome, fault.next) for fault in faults)
    lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return HEAD + "".join(f"| {line} |\n" for line in lines)


def main() -> int:
    """The command line above; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 if the page is out of date"
    )
    wanted = page(faults_in(TABLE.read_text()))
    if not parser.parse_args().check:
        PAGE.write_text(wanted)
        return 0
    if PAGE.exists() and PAGE.read_text() == wanted:
        return 0
    print(f"{PAGE.relative_to(PROJECT)} is out of date: run `make docs`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
