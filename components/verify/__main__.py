"""`python -m components.verify --stack NAME [--host NAME ...] [--json]`."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from ..pulumi_cli import PulumiFailedError, pulumi_json
from .looking import look_at
from .report import UNKNOWN, as_json, as_text, exit_code, repair_line, report_of
from .state import StateError, chosen, hosts_in


def main(arguments: Sequence[str]) -> int:
    """Prints the differences of a stack's hosts; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.verify",
        description="Print what of a stack's hosts is not as its state says. Exit code 0: nothing, "
        "1: a host could not be looked at, 2: something.",
    )
    parser.add_argument("--stack", required=True, help="the stack's name, as for pulumi")
    parser.add_argument("--host", action="append", default=[], help="only this host; may be given again")
    parser.add_argument("--json", action="store_true", help="print json, as docs/drift.md describes it")
    parser.add_argument("--cwd", default=".", help="the project's folder; default: this one")
    options = parser.parse_args(arguments)
    try:
        export = pulumi_json(["stack", "export", "--show-secrets", "--stack", options.stack], options.cwd)
        hosts = chosen(hosts_in(export), options.host, options.stack)
    except (PulumiFailedError, StateError) as error:
        print(f"verify: {error}", file=sys.stderr)
        return UNKNOWN
    reports = [report_of(looked) for looked in look_at(hosts)]
    today = datetime.now(tz=UTC).date()
    repair = repair_line(reports, today, max((host.repair for host in hosts), default=""))
    if options.json:
        print(json.dumps(as_json(options.stack, reports, repair), indent=2))
    else:
        print(as_text(reports, repair), end="")
    return exit_code(reports)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
