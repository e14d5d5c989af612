"""The lab's command line: one function per command, `main` is the table of them."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from lab import holder, instances, lifecycle, operator_side
from lab.engine.errors import EngineError
from lab.errors import LabError
from lab.machines import CommandFailed, Host, MachineDown
from lab.names import ENDPOINT_URL, OPERATOR_NAMESPACE, STACK
from lab.paths import PROJECT_DIR

_PROBLEMS: Final = (LabError, EngineError, holder.LabHeld, MachineDown, CommandFailed, LookupError)

_NEXT_STEPS: Final = f"""
What now?
  make lab-shell                         a shell on the operator's side; in it, with no further flags:
    pulumi preview --diff                  after a change of Pulumi.{STACK}.yaml, such as a port
    pulumi up                              apply it
    pulumi destroy                         give everything back
  .venv/bin/python -m lab host host-1    a shell on a host; then: docker ps, ip -6 route
  make check                             run the reachability check again
  make lab-status                        what runs
  make lab-down                          end the lab; nothing is left
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code. A problem is one line on stderr."""
    options = _parser().parse_args(arguments)
    if not _is_possible():
        return 1
    try:
        return options.command(options) or 0
    except _PROBLEMS as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has seen enough, as `head` has; what Python flushes at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def say(line: str) -> None:
    """Prints a line of progress."""
    print(f"lab: {line}", flush=True)


def up(_: argparse.Namespace) -> None:
    """Start the lab and wait until it is ready."""
    lifecycle.up(say)


def down(options: argparse.Namespace) -> None:
    """End the lab and take away all it left."""
    lifecycle.down(say, force=options.force)


def status(_: argparse.Namespace) -> int:
    """Say what runs."""
    running = holder.current()
    if running is None:
        killed = holder.last()
        print("no lab is running" + (f"; {killed.describe()} was killed: `make lab-down`" if killed else ""))
        return 3
    print(f"lab: {running.describe()}{'' if running.is_ours else ' (not ours)'}")
    print(f"endpoint: {ENDPOINT_URL} in the namespace {OPERATOR_NAMESPACE}")
    for one in instances.listing():
        if one.state != "terminated":  # EC2 lists those for an hour
            machine = "on" if Host(one.id).is_running else "off"
            address = next(iter(one.ipv6_addresses), "-")
            print(f"{one.name or '-':<14} {one.state:<13} machine {machine:<4} {address:<24} {one.id}")
    return 0


def shell(_: argparse.Namespace) -> int:
    """Open a shell on the operator's side, in which plain `pulumi` works on the lab."""
    if sys.stdin.isatty():
        say("a shell on the operator's side: plain `pulumi` works on the lab here; `exit` leaves it")
    return operator_side.run(operator_side.shell_command())


def execute(options: argparse.Namespace) -> int:
    """Run a command on the operator's side."""
    return operator_side.run(_command(options, []))


def host(options: argparse.Namespace) -> int:
    """Open a shell, or run a command, on a machine; not through its network."""
    machine = _host(options)
    argv = _command(options, ["bash", "--login"])
    return subprocess.run(machine.command(argv), check=False).returncode


def console(options: argparse.Namespace) -> None:
    """Print all that a machine wrote to its console."""
    sys.stdout.write(_host(options).console().replace("\r\n", "\n"))


def cut(options: argparse.Namespace) -> None:
    """Cut a machine's cable: no packet passes any more."""
    _host(options).cut()


def mend(options: argparse.Namespace) -> None:
    """Mend a machine's cable."""
    _host(options).mend()


def logs(options: argparse.Namespace) -> int:
    """Print the daemon's log."""
    operator = ["tail", "-n", "+1", *(["-F"] if options.follow else []), str(lifecycle.log_path())]
    return subprocess.run(operator, check=False).returncode


def demo(_: argparse.Namespace) -> int:
    """Start the lab, run the program on it, show that containers reach each other."""
    lifecycle.up(say)
    say("running `pulumi up` on the stack lab; it takes about half a minute")
    code = operator_side.run(["pulumi", "up", "--yes", "--suppress-outputs", "--stack", STACK])
    if code:
        say("`pulumi up` failed; the lab stays up: `make lab-shell` to look, `make lab-down` to end it")
        return code
    print()
    print(operator_side.output(["pulumi", "stack", "output", "reachability", "--stack", STACK]).rstrip())
    print(_NEXT_STEPS)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="An AWS region on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function: object, *positional: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
        command.set_defaults(command=function)
        for argument in positional:
            command.add_argument(argument)
        return command

    add("up", up)
    add("down", down).add_argument("--force", action="store_true", help="also the lab of somebody else")
    add("status", status)
    add("demo", demo)
    add("shell", shell)
    add("exec", execute).add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    add("host", host, "name").add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    add("console", console, "name")
    add("cut", cut, "name")
    add("mend", mend, "name")
    add("logs", logs).add_argument("-f", "--follow", action="store_true", help="and wait for more")
    return parser


def _host(options: argparse.Namespace) -> Host:
    operator_side.require_lab()
    return Host(instances.find(options.name).id)


def _command(options: argparse.Namespace, default: Sequence[str]) -> list[str]:
    argv = [*options.argv]
    if argv[:1] == ["--"]:
        argv = argv[1:]
    if not argv and not default:
        raise LabError("no command given; write it after `--`")
    return argv or [*default]


def _is_possible() -> bool:
    """Whether this machine can run the lab; if not, says so in one line, with what works here."""
    check = os.fspath(PROJECT_DIR / "scripts/lab-possible")
    return subprocess.run([check], stdout=sys.stderr, check=False).returncode == 0
