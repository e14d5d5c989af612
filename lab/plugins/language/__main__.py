"""Entry point: `python lab/plugins/language ENGINE-ADDRESS`, started by the engine."""

import sys
from pathlib import Path

# Started by path, from any folder: put the checkout on the import path in place of this folder.
sys.path[0] = str(Path(__file__).resolve().parents[3])

from lab.plugins.language.server import main  # noqa: E402  the import path comes first

if __name__ == "__main__":
    sys.exit(main())
