"""The demonstration: the program on a fresh lab, the table of who reaches whom, and how to go on."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from lab import demo_link, lifecycle, operator_side
from lab.demo_refusal import refusal_of
from lab.errors import LabError
from lab.link.client import ListedLink
from lab.names import CONTAINER_IMAGE, STACK
from lab.paths import PROJECT_DIR, lab_state_dir

_ANNOUNCEMENT: Final = (
    f"now `pulumi up` on the stack {STACK}, about half a minute: it makes {{}}\n"
    "     with a container each, and checks that the containers reach each other over IPv6"
)
_ON_AWS: Final = "a network and two Docker hosts"
_ELSEWHERE: Final = "Docker hosts of the two machines"

_FAILED: Final = (
    "`pulumi up` failed; what it made stays, and the same again goes on from there.\n"
    "     `make lab-shell` to look, `make lab-down` to end the lab"
)

_REFUSED: Final = "the program refuses this, as it says above; all is as it was"

_TRANSLATED: Final = "nat66"
"""The way of the network whose ports name those of the host that they are published on."""

_EXAMPLE: Final = f'- {{name: web-1b, image: "{CONTAINER_IMAGE}", ports: [80/tcp], place: 2}}'

NEXT_STEPS: Final = f"""
What now? For instance a second container on host-1: add this line to Pulumi.{STACK}.yaml, under web-1's and
indented as that one is:
        {_EXAMPLE}

  make lab-shell                         a shell on the operator's side; in it, with no further flags:
    pulumi preview --diff                  which lines of the hosts' files the change touches
    pulumi up                              apply it; the new container is in the table then
    pulumi destroy                         give everything back
  .venv/bin/python -m lab host host-1    a shell on a host; in it: docker ps, ip -6 route
  make lab-status                        what runs
  make check                             the reachability check again
  make lab-down                          end the lab; nothing is left
"""


@dataclass(frozen=True)
class Way:
    """How containers get IPv6, as the config says it for each host. None: as the program has it by itself.

    Which there are, and which go together, is the program's business: it refuses others, and names those.
    """

    network: str | None = None
    addresses: str | None = None

    def of(self, host: dict[str, Any]) -> dict[str, Any]:
        """The host's config with this way in it."""
        given = {"network": self.network, "addresses": self.addresses}
        made = {**host, **{key: value for key, value in given.items() if value}}
        if self.network == _TRANSLATED and "containers" in host:
            made["containers"] = [_published(container) for container in host["containers"]]
        return made

    @property
    def is_of_hosts_elsewhere(self) -> bool:
        """Whether its hosts are not AWS's, and there before the program runs."""
        return self.addresses == demo_link.GIVEN

    def __str__(self) -> str:
        return f"network {self.network or 'as usual'}, addresses {self.addresses or 'as usual'}"


def _published(container: dict[str, Any]) -> dict[str, Any]:
    """The container with each port on the same one of its host."""
    ports: list[str] = container["ports"]
    published = [port if ":" in port else f"{port.partition('/')[0]}:{port}" for port in ports]
    return {**container, "ports": published}


AS_USUAL: Final = Way()


def run(say: Callable[[str], None], way: Way = AS_USUAL) -> int:
    """Starts the lab if need be, runs the program on it and prints the table; the exit code.

    `say` prints a line of progress. Raises LabError, EngineError.
    """
    lifecycle.up(say)
    if way != AS_USUAL:
        say(f"all hosts with {way}")
        if refusal := refusal_of(stack_config(way, demo_link.EXAMPLE)):
            print(refusal.rstrip())
            say(_REFUSED)
            return 1
    code = _make_room(say, way)
    if code == 0:
        _write_config(say, way)
        say(_ANNOUNCEMENT.format(_ELSEWHERE if way.is_of_hosts_elsewhere else _ON_AWS))
        code = operator_side.run(_up(shown_config(), calm=not sys.stdout.isatty()))
    if code:
        say(_FAILED)
        return code
    print()
    _print_table()
    print(NEXT_STEPS if way == AS_USUAL else _next_steps_of(way))
    return 0


def config_of(text: str, way: Way) -> str:
    """The text of a stack's config with this way for every host in it."""
    document = yaml.safe_load(text)
    hosts: list[dict[str, Any]] = document["config"]["dualstack:hosts"]
    document["config"]["dualstack:hosts"] = [way.of(host) for host in hosts]
    return yaml.safe_dump(document, sort_keys=False)


def shown_config() -> list[str]:
    """The flag that names the config of the way that is shown; none for the checked-in one."""
    return ["--config-file", str(_shown())] if _shown().exists() else []


def _write_config(say: Callable[[str], None], way: Way) -> None:
    """The file is gone with the stack."""
    if way == AS_USUAL:
        _shown().unlink(missing_ok=True)
        return
    link = demo_link.make_ready(say, way.network) if way.is_of_hosts_elsewhere else demo_link.EXAMPLE
    _shown().parent.mkdir(parents=True, exist_ok=True)
    _shown().write_text(stack_config(way, link))


def stack_config(way: Way, link: ListedLink) -> str:
    """The lab stack's config with this way. `link`: has the hosts that are elsewhere."""
    text = (PROJECT_DIR / f"Pulumi.{STACK}.yaml").read_text()
    if way.is_of_hosts_elsewhere:
        return demo_link.config_of(text, link, way.network)
    return config_of(text, way)


def _shown() -> Path:
    return lab_state_dir() / "backend" / "demo.yaml"


def _make_room(say: Callable[[str], None], way: Way) -> int:
    """Takes hosts down whose addresses are of another way: a host's addresses are its own for life. The exit
    code.
    """
    before = _shown_addresses()
    if before == way.addresses:
        return 0
    code = 0
    if _has_hosts():
        say("the hosts that are there have their addresses in another way, which is for life: they go first")
        code = operator_side.run(["pulumi", "destroy", "--yes", "--skip-preview", "--stack", STACK])
    if code == 0:
        demo_link.take_away()
    return code


def _shown_addresses() -> str | None:
    if not _shown().exists():
        return None
    hosts = yaml.safe_load(_shown().read_text())["config"]["dualstack:hosts"]
    return hosts[0].get("addresses")


def _has_hosts() -> bool:
    try:
        return bool(operator_side.output(["pulumi", "stack", "output", "hosts", "--stack", STACK]).strip())
    except LabError:  # a stack that was never brought up has no outputs
        return False


def check() -> int:
    """Makes the reachability check of what is shown once more, alone; the exit code. Raises LabError."""
    again = ["--skip-preview", "--target-replace", "**::reachability-check"]
    code = operator_side.run(_up([*shown_config(), *again], calm=False))
    if code == 0:
        _print_table()
    return code


def _print_table() -> None:
    print(operator_side.output(["pulumi", "stack", "output", "reachability", "--stack", STACK]).rstrip())


def _next_steps_of(way: Way) -> str:
    what = f"with hosts of the link {demo_link.LINK}" if way.is_of_hosts_elsewhere else "with this way"
    return (
        f"\nThat was {way}. Its config is Pulumi.{STACK}.yaml {what}, in\n"
        f"  {_shown()}\n"
        "Give it to `pulumi` with --config-file in `make lab-shell`; `make demo` goes back to the usual.\n"
    )


def _up(config: list[str], *, calm: bool) -> list[str]:
    """`calm`: without the preview, whose lines would all stay where a terminal draws over them."""
    command = ["pulumi", "up", "--yes", "--suppress-outputs", "--stack", STACK, *config]
    return [*command, "--skip-preview"] if calm else command
