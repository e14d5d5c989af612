"""What is printed."""

from datetime import date

import pytest

from components.verify.difference import Difference, Mending
from components.verify.report import Count, Report, as_json, as_text, counts_of, exit_code, repair_line
from components.verify.wanted import wanted_on
from tests.unit.verify.healthy import healthy, host

TODAY = date(2026, 11, 21)
CLEAN = Report("host-1", counts=(Count("dualstack", "drop", 3, 240),), size="40 files, 1 container")
EDITED = Difference("file", "/etc/dualstack/docker", ("@@ -1 +1 @@", "-a", "+b"))


def different(mending: Mending = "up") -> Report:
    return Report("host-2", differences=(Difference("address", "ens5", ("- 2001:db8::9/64",), mending),))


def test_a_clean_host_is_one_line() -> None:
    assert as_text([CLEAN], None) == (
        "host-1: as it should be: 40 files, 1 container; its filter dropped 3 packets\n"
    )


def test_differences_follow_the_name_of_their_host_and_the_last_line_puts_them_right() -> None:
    reports = [CLEAN, Report("host-2", differences=(EDITED, *different().differences))]
    assert as_text(reports, repair_line(reports, TODAY, "")).splitlines()[1:] == [
        "host-2: 2 differences (- what it has, + what it should have)",
        "",
        "  file /etc/dualstack/docker",
        "    @@ -1 +1 @@",
        "    -a",
        "    +b",
        "",
        "  address ens5",
        "    - 2001:db8::9/64",
        "",
        "this runs all steps once more, and puts it right:",
        "pulumi up -c dualstack:repair=2026-11-21",
    ]


def test_a_host_that_could_not_be_looked_at_says_why() -> None:
    assert as_text([Report("host-1", "no answer")], None) == "host-1: could not be looked at: no answer\n"


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ([CLEAN], 0),
        ([CLEAN, different()], 2),
        ([Report("host-1", "no answer"), different()], 1),
    ],
)
def test_the_exit_code(reports: list[Report], code: int) -> None:
    assert exit_code(reports) == code


@pytest.mark.parametrize(
    ("last", "text"),
    [
        ("", "2026-11-21"),
        ("2026-11-20", "2026-11-21"),
        ("after the move", "2026-11-21"),
        ("2026-11-21", "2026-11-21.2"),
        ("2026-11-21.2", "2026-11-21.3"),
    ],
)
def test_each_repair_has_a_text_of_its_own(last: str, text: str) -> None:
    assert repair_line([different()], TODAY, last) == f"pulumi up -c dualstack:repair={text}"


def test_what_up_cannot_put_right_asks_for_no_up() -> None:
    assert repair_line([different("user"), different("itself")], TODAY, "") is None


def test_counters_are_read_from_the_table() -> None:
    wanted = wanted_on(host())
    assert counts_of(healthy(wanted)) == (Count("dualstack", "drop", 3, 240),)


def test_the_json() -> None:
    assert as_json("lab", [CLEAN, different()], "pulumi up") == {
        "version": 1,
        "stack": "lab",
        "exit": 2,
        "repair": "pulumi up",
        "hosts": [
            {
                "name": "host-1",
                "status": "clean",
                "problem": None,
                "differences": [],
                "counters": [{"table": "dualstack", "rule": "drop", "packets": 3, "bytes": 240}],
            },
            {
                "name": "host-2",
                "status": "different",
                "problem": None,
                "differences": [
                    {"kind": "address", "subject": "ens5", "lines": ["- 2001:db8::9/64"], "mending": "up"}
                ],
                "counters": [],
            },
        ],
    }
