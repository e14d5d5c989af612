"""`lab link ...`: what the command line does with plain shared links."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from lab import operator_side
from lab.errors import LabError
from lab.link import client
from lab.link.client import ListedLink
from lab.machines import Host
from lab.names import DEFAULT_AMI, LAB_IMAGES, STACK
from lab.paths import PROJECT_DIR

_BOOT_SECONDS: Final = 180.0


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Adds the commands below `link`."""
    commands = parser.add_subparsers(required=True, metavar="VERB")

    def add(name: str, function: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        described = (function.__doc__ or "").splitlines()[0]
        command = commands.add_parser(name, help=described, description=described)
        command.set_defaults(command=function)
        command.add_argument("name", metavar="NAME", help="of the link, such as flat")
        return command

    command = add("up", up)
    command.add_argument("--hosts", type=int, default=2, metavar="N", help="how many (default: 2)")
    command.add_argument(
        "--image", default=LAB_IMAGES[DEFAULT_AMI], help="a lab image (default: %(default)s)"
    )
    command.add_argument(
        "--login-key", type=Path, metavar="FILE", help="a public key (default: that of the lab's stack)"
    )
    add("down", down)
    command = add("route", route)
    command.add_argument("action", choices=("add", "remove"))
    command.add_argument("prefix", metavar="PREFIX")
    command.add_argument("via", nargs="?", default="", metavar="ADDRESS", help="of a host on the link")


def up(options: argparse.Namespace) -> None:
    """Lay a plain shared link with hosts on it that are not AWS's, and wait until they take logins."""
    operator_side.require_lab()
    link = client.up(options.name, options.hosts, options.image, [_login_key(options.login_key)])
    for host in link.hosts:
        Host(host.id).wait_for_unit("ssh.service", _BOOT_SECONDS)
    print("\n".join(table([link], lambda host_id: Host(host_id).is_running)))


def down(options: argparse.Namespace) -> None:
    """Take a link away with its hosts."""
    operator_side.require_lab()
    client.down(options.name)


def route(options: argparse.Namespace) -> None:
    """Tell the link's router that a prefix is reached by a host's address, or that it is no more."""
    operator_side.require_lab()
    if options.action == "remove":
        client.remove_route(options.name, options.prefix)
    elif options.via:
        client.add_route(options.name, options.prefix, options.via)
    else:
        raise LabError("no next hop given: `lab link route NAME add PREFIX ADDRESS`")


def table(links: Sequence[ListedLink], is_on: Callable[[str], bool]) -> list[str]:
    """The lines that show links: one for each with its router, then its hosts, aligned.

    `is_on` says of a machine's id whether it runs.
    """
    lines: list[str] = []
    for link in links:
        lines.append(f"link {link.name}: {link.prefix}, router {link.router}, image {link.image}")
        lines += [f"  route {prefix} via {via}" for prefix, via in link.routes.items()]
        rows = [("NAME", "MACHINE", "ADDRESS", "IPV4", "HOST KEY")]
        rows += [
            (host.name, "on" if is_on(host.id) else "off", host.address, host.ipv4, host.host_key)
            for host in link.hosts
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines += [
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
    return lines


def _login_key(file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text().strip()
        except OSError as problem:
            raise LabError(f"cannot read the login key: {problem}") from problem
    stack: Any = yaml.safe_load((PROJECT_DIR / f"Pulumi.{STACK}.yaml").read_text())
    return stack["config"]["dualstack:sshPublicKey"]
