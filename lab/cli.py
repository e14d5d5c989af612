"""The lab's command line: one function per command, `main` is the table of them."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from lab import demo, holder, instances, lifecycle, operator_side
from lab.engine.errors import EngineError
from lab.errors import LabError
from lab.image import RECIPES, ImageError, cached, current, ensure, size_of
from lab.link import client as link_client
from lab.link import commands as link_commands
from lab.machines import CommandFailed, Host, MachineDown
from lab.names import ENDPOINT_URL, LAB, OPERATOR_NAMESPACE, refusal_of_lab_name
from lab.paths import PROJECT_DIR, images_cache_dir

_PROBLEMS: Final = (
    LabError, EngineError, ImageError, holder.LabHeld, MachineDown, CommandFailed, LookupError,
)  # fmt: skip

_EPILOG: Final = """NAME is an instance's id, its Name tag, or what that begins with up to a hyphen;
or the name of a host on a link.

Where to look when something goes wrong: `status` for what runs, `logs -f` for what the daemon does,
`console NAME` for a machine that does not boot. AWS's own refusals and delays are ordered at the endpoint,
from the operator's side:
  exec -- curl -s http://127.0.0.1:4566/lab/events
  exec -- curl -s http://127.0.0.1:4566/lab/faults -d '{"operation": "CreateSubnet", "times": 1, ...}'
docs/lab.md has them all, and how to look at packets.

DUALSTACK_LAB=NAME in the environment means another lab, beside the usual one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code. A problem is one line on stderr."""
    options = _parser().parse_args(arguments)
    if refusal := refusal_of_lab_name(LAB):
        print(f"lab: {refusal}", file=sys.stderr)
        return 1
    if not _is_possible():
        return 1
    try:
        code = options.command(options) or 0
        sys.stdout.flush()  # here, where it is known what to do when nobody reads it
        return code
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
    living = instances.living(instances.listing())
    print()
    if living:
        print("\n".join(instances.table(living, lambda instance_id: Host(instance_id).is_running)))
    else:
        print("no instances: `make demo`, or `pulumi up` in `make lab-shell`, makes them")
    for line in link_commands.table(link_client.listing(), lambda host_id: Host(host_id).is_running):
        print(line)
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


def reboot(options: argparse.Namespace) -> None:
    """Reboot a machine in order, as its own `reboot` does."""
    _host(options).reboot()


def power_cut(options: argparse.Namespace) -> None:
    """Take a machine's power away without warning; it starts again at once."""
    _host(options).power_cut()


def link(_: argparse.Namespace) -> None:
    """Plain shared links with hosts that are not AWS's: up, down, route."""


def logs(options: argparse.Namespace) -> int:
    """Print the daemon's log."""
    operator = ["tail", "-n", "+1", *(["-F"] if options.follow else []), str(lifecycle.log_path())]
    return subprocess.run(operator, check=False).returncode


def images(_: argparse.Namespace) -> None:
    """Build every machine image that is not in the cache yet, and say what the cache holds."""
    for name in RECIPES:
        ensure(name, say)
    directory, of_this_checkout = images_cache_dir(), current()
    for image in cached(directory):
        used = f"{datetime.fromtimestamp(image.used):%Y-%m-%d}"
        note = "" if image.folder in of_this_checkout else "  not of this checkout"
        print(f"{image.folder:<30} {size_of(directory / image.folder):>5} MB  last used {used}{note}")


def demonstrate(options: argparse.Namespace) -> int:
    """Start the lab, run the program on it, show that containers reach each other."""
    return demo.run(say, demo.Way(options.network or None, options.addresses or None))


def check(options: argparse.Namespace) -> int:  # noqa: ARG001  # as every command
    """Run the reachability check of what `demo` or `up` made again, and change nothing else."""
    return demo.check()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab",
        description="An AWS region on this machine.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function: Callable[[argparse.Namespace], int | None]) -> argparse.ArgumentParser:
        described = (function.__doc__ or "").splitlines()[0]
        command = commands.add_parser(name, help=described, description=described)
        command.set_defaults(command=function)
        return command

    def add_for_machine(
        name: str, function: Callable[[argparse.Namespace], int | None]
    ) -> argparse.ArgumentParser:
        command = add(name, function)
        command.add_argument("name", metavar="NAME", help="such as host-1, or an id that `status` lists")
        return command

    add("up", up)
    add("down", down).add_argument("--force", action="store_true", help="also the lab of somebody else")
    add("status", status)
    add("images", images)
    shown = add("demo", demonstrate)
    shown.add_argument("--network", metavar="WAY", help="the way of the containers' networks, such as routed")
    shown.add_argument("--addresses", metavar="WAY", help="the way they get addresses, such as prefix")
    add("check", check)
    add("shell", shell)
    _add_command(add("exec", execute), "such as `-- pulumi preview --diff`")
    _add_command(add_for_machine("host", host), "without one: a root shell")
    add_for_machine("console", console)
    add_for_machine("cut", cut)
    add_for_machine("mend", mend)
    add_for_machine("reboot", reboot)
    add_for_machine("power-cut", power_cut)
    link_commands.add_parsers(add("link", link))
    add("logs", logs).add_argument("-f", "--follow", action="store_true", help="and wait for more")
    return parser


def _add_command(parser: argparse.ArgumentParser, described: str) -> None:
    parser.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND", help=described)


def _host(options: argparse.Namespace) -> Host:
    operator_side.require_lab()
    on_link = link_client.find(options.name)
    return Host(on_link.id if on_link else instances.find(options.name).id)


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
