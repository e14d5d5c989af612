"""Serves the stand-in to a Pulumi engine."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3])

from lab.plugins.command.provider import VERSION, CommandProvider  # noqa: E402
from lab.plugins.servicer import serve  # noqa: E402

serve(CommandProvider(), "command", VERSION)
