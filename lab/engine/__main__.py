"""`python -m lab.engine`: make sure that there is an engine. Needs nothing but the standard library."""

import argparse
import sys

from lab.engine.build import check_go
from lab.engine.choice import find_engine
from lab.engine.download import fetch_installer
from lab.engine.errors import EngineError
from lab.engine.prepare import prepare_engine


def main() -> int:
    """Print the engine's path on stdout, progress on stderr. With --check only see whether one can be had."""
    parser = argparse.ArgumentParser(prog="python -m lab.engine", description=__doc__)
    parser.add_argument("--check", action="store_true", help="build and install nothing; fail if that would")
    arguments = parser.parse_args()
    try:
        if not arguments.check:
            print(prepare_engine().executable)
        elif find_engine() is None and fetch_installer() is None:
            check_go()
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
