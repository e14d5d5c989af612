"""`python -m lab.engine`: make sure that there is an engine, and say which one."""

import sys

from lab.engine.errors import EngineError
from lab.engine.prepare import prepare_engine


def main() -> int:
    """Print the path of the engine on stdout; progress goes to stderr."""
    try:
        engine = prepare_engine()
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(engine.executable)
    return 0


if __name__ == "__main__":
    sys.exit(main())
