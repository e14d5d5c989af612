"""Serve the endpoint alone: `python -m lab.endpoint --port N [--no-machines]`, until SIGINT or SIGTERM.

Prints the port when it listens; port 0 takes a free one.
"""

import argparse
import signal
import socket
import sys
import threading
from types import FrameType

from lab.names import ENDPOINT_HOST, LAB_IMAGES

from .server import Endpoint


def main(arguments: list[str]) -> int:
    """Serve until a signal; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.endpoint", description="Play EC2, SSM and STS.")
    parser.add_argument("--port", type=int, default=0, help="where to listen; 0, the default: a free port")
    parser.add_argument(
        "--no-machines", action="store_true", help="instances are running, stopped and terminated at once"
    )
    options = parser.parse_args(arguments)
    endpoint = Endpoint(_do_nothing, _no_console, LAB_IMAGES, machines=not options.no_machines)

    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=endpoint.shutdown).start()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with socket.create_server((ENDPOINT_HOST, options.port), backlog=128) as listening:
        print(listening.getsockname()[1], flush=True)
        endpoint.serve(listening)
    return 0


def _do_nothing() -> None:
    pass


def _no_console(_instance_id: str) -> str:
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
