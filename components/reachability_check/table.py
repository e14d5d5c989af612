"""The table that people read. Pure: the same observations give the same text, so no state changes by it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from .evaluate import Verdict
from .parties import Party

PINGS = ("ping", "silent")


def table(
    everybody: Sequence[Party],
    verdicts: Sequence[Verdict],
    failures: Iterable[str],
    remarks: Iterable[str] = (),
) -> str:
    """Who has which address, who reaches whom, and what is wrong. `remarks`: warnings about no pair."""
    said = [*failures, *_lines(verdicts)]
    warnings = [f"warning: {remark}" for remark in remarks]
    warnings += [
        f"warning: {one.probe.origin.name} -> {one.probe.target.name}: {one.warning}"
        for one in verdicts
        if one.warning
    ]
    parts = [
        _columns(
            [
                ["who", "address"],
                *([party.name, party.all_addresses] for party in everybody),
            ]
        ),
        _columns([["from", "to", "ping", "tcp", "seen as"], *_rows(verdicts)]) if verdicts else [],
        warnings,
        [f"failed: {line}" for line in said],
        [_summary(verdicts, len(said))],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _rows(verdicts: Sequence[Verdict]) -> Iterable[list[str]]:
    pairs = groupby(verdicts, key=lambda one: (one.probe.origin.name, one.probe.target.name))
    for (origin, target), group in pairs:
        found = list(group)
        pings = [one.text for one in found if one.probe.kind in PINGS]
        others = [_service(one) for one in found if one.probe.kind not in PINGS]
        seen = list(dict.fromkeys(one.seen for one in found if one.seen))
        yield [origin, target, ", ".join(pings), ", ".join(others), ", ".join(seen)]


def _service(verdict: Verdict) -> str:
    if verdict.probe.kind == "http":
        return f"http {verdict.text}"
    return f"{verdict.probe.port} {verdict.text}"


def _lines(verdicts: Sequence[Verdict]) -> list[str]:
    return [
        f"{one.probe.origin.name} -> {one.probe.target.name}, {_what(one)}: {one.failure}"
        for one in verdicts
        if one.failure
    ]


def _what(verdict: Verdict) -> str:
    if verdict.probe.kind in PINGS:
        return "ping"
    return verdict.probe.kind if verdict.probe.port is None else f"port {verdict.probe.port}"


def _summary(verdicts: Sequence[Verdict], failures: int) -> str:
    tried = len(verdicts)
    if failures:
        return f"{failures} failed of {tried} probes"
    return f"all {tried} probes went as they should"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  ".join((cell or "-").ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
