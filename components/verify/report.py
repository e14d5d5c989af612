"""What is said about the hosts, as text for people and as JSON for programs. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from .difference import Difference, Mending
from .differences import differences
from .found import Found
from .looking import Looked

VERSION: Final = 1
CLEAN, UNKNOWN, DIFFERENT = 0, 1, 2
"""Exit codes: all is as it should be, a host could not be looked at, there are differences."""
NOT_OURS: Final[dict[Mending, str]] = {
    "up": "",
    "user": " (no `up` does it: put it right by hand)",
    "itself": " (ends by itself)",
}
COUNTED: Final = re.compile(r"\s*(.*?)counter packets (\d+) bytes (\d+) ?(.*)")


@dataclass(frozen=True)
class Count:
    """How often a rule of ours was met: `rule` in nft's language, without the counter."""

    table: str
    rule: str
    packets: int
    bytes: int


@dataclass(frozen=True)
class Report:
    """What came of one host. `problem`: why it could not be looked at, else None. `size`: what was looked at,
    in words.
    """

    host: str
    problem: str | None = None
    differences: tuple[Difference, ...] = ()
    counts: tuple[Count, ...] = ()
    size: str = ""


def report_of(looked: Looked) -> Report:
    """What is to be said of a host."""
    wanted, found = looked.wanted, looked.found
    if wanted is None or found is None:
        return Report(looked.name, looked.problem)
    return Report(
        looked.name,
        differences=tuple(differences(wanted, found)),
        counts=counts_of(found),
        size=wanted.size,
    )


def counts_of(found: Found) -> tuple[Count, ...]:
    """What the counters of our tables say."""
    return tuple(
        Count(name, f"{match[1]}{match[4]}".strip(), int(match[2]), int(match[3]))
        for name, rules in sorted(found.tables.items())
        for line in rules.counted.splitlines()
        if (match := COUNTED.fullmatch(line))
    )


def exit_code(reports: Iterable[Report]) -> int:
    """A host that could not be looked at counts for more than differences elsewhere."""
    every = list(reports)
    if any(one.problem for one in every):
        return UNKNOWN
    return DIFFERENT if any(one.differences for one in every) else CLEAN


def repair_line(reports: Iterable[Report], today: date, last: str) -> str | None:
    """What puts right what this program puts right; None where there is nothing of the kind.

    `last`: the text of the last repair, which would run nothing again.
    """
    if not any(one.mending == "up" for report in reports for one in report.differences):
        return None
    text = today.isoformat()
    if last == text or re.fullmatch(rf"{text}\.\d+", last):
        text = f"{text}.{int(last.removeprefix(text).lstrip('.') or 1) + 1}"
    return f"pulumi up -c dualstack:repair={text}"


def as_text(reports: Sequence[Report], repair: str | None) -> str:
    """One line for each host, and below those with differences the diffs; at last what to do."""
    lines: list[str] = []
    for report in reports:
        lines += _host_lines(report)
    if repair is not None:
        lines += ["", "this runs all steps once more, and puts it right:", repair]
    return "".join(f"{line}\n" for line in lines)


def _host_lines(report: Report) -> Iterable[str]:
    if report.problem is not None:
        yield f"{report.host}: could not be looked at: {report.problem}"
        return
    dropped = sum(one.packets for one in report.counts if "drop" in one.rule)
    if not report.differences:
        filtered = f"; its filter dropped {dropped} packets" if report.counts else ""
        yield f"{report.host}: as it should be: {report.size}{filtered}"
        return
    number = len(report.differences)
    some = "1 difference" if number == 1 else f"{number} differences"
    yield f"{report.host}: {some} (- what it has, + what it should have)"
    for one in report.differences:
        yield ""
        yield f"  {one.kind} {one.subject}{NOT_OURS[one.mending]}"
        yield from (f"    {line}" for line in one.lines)


def as_json(stack: str, reports: Sequence[Report], repair: str | None) -> dict[str, Any]:
    """The same for programs; its shape is documented in docs/drift.md."""
    return {
        "version": VERSION,
        "stack": stack,
        "exit": exit_code(reports),
        "repair": repair,
        "hosts": [
            {
                "name": report.host,
                "status": _status(report),
                "problem": report.problem,
                "differences": [
                    {
                        "kind": one.kind,
                        "subject": one.subject,
                        "lines": list(one.lines),
                        "mending": one.mending,
                    }
                    for one in report.differences
                ],
                "counters": [
                    {"table": one.table, "rule": one.rule, "packets": one.packets, "bytes": one.bytes}
                    for one in report.counts
                ],
            }
            for report in reports
        ],
    }


def _status(report: Report) -> str:
    if report.problem is not None:
        return "unknown"
    return "different" if report.differences else "clean"
