"""The program's steps on a lab machine without Pulumi: the same lines, the same standard input."""

import difflib
import secrets
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Network

from components.container_networks.plan import NetworkWishes
from components.containers import Container, ContainerNetwork, Open, Port
from components.host import render
from components.host.docker import parse_engine
from components.host.engine import AS_IT_COMES, EnginePackages
from components.host.steps import (
    GUARDED,
    Concern,
    command_line,
    confirm_line,
    guarded_line,
    remove_line,
    scripts_bundle,
)
from components.ipaddress_tools import HostAddresses, host_addresses
from lab.machines import CommandFailed, Host

FILES_FOUND = (
    "cd /; { find etc usr/sbin usr/local -xdev '(' -type f -o -type l ')' -printf '%p %m %u %g %T@ %l\\n'; "
    "find etc usr/sbin usr/local -xdev -type f -exec sha256sum {} +; } "
    "| grep -vE 'etc/(resolv.conf|ld.so.cache)|\\.updated' | sort"
)
SNAPSHOT = (
    f"{FILES_FOUND}; "
    "ip -6 -oneline address show | grep -v temporary | awk '{print $2, $4}'; "
    "ip -4 route; sysctl net.ipv6.conf.all.forwarding net.ipv4.ip_forward; nft list tables; docker ps --all"
)
"""What the steps may touch on a host: files (mode, owner, time, digest), addresses, routes, filters."""
CLOUD_INIT_FILES = (
    "find /etc/netplan /etc/cloud /etc/dualstack -type f -printf '%p %m %u %g %T@ ' -exec md5sum {} + | sort"
)
"""Prints cloud-init's own files, and ours beside them, with mode, owner, time and digest."""
REVERT_AFTER = 40
SETTLE_SECONDS = 120
ORDER: tuple[Concern, ...] = ("kernel", "network", "engine", "filter", "docker")


def guarded(run: Callable[[str, str], str], hash12: str, verb: str, concern: Concern, wanted: str) -> str:
    """One guarded step, confirmed as by somebody at the console; what it said. `run`: a line with a stdin."""
    change = secrets.token_hex(4)
    said = run(guarded_line(verb, concern, hash12, change, REVERT_AFTER), wanted)
    if said.endswith(" s\n"):
        confirm(run, hash12, change)
    return said


def confirm(run: Callable[[str, str], str], hash12: str, change: str) -> None:
    """Asks until the host has confirmed a change: a neighbour may need a moment until it answers again."""
    deadline = time.monotonic() + REVERT_AFTER
    while True:
        # Its exit code says no more than the answer.
        said = run(f"{confirm_line(hash12, change)} || test $? = 1", "").strip()
        if said == "confirmed":
            return
        assert said.startswith(("applying", "waiting")), said
        assert time.monotonic() < deadline, said
        time.sleep(0.5)


def in_which_it_differs(host: Host, look: str, found: str) -> list[str]:
    """The lines of what a shell command shows on a host that are others than those that it showed before,
    once what its last change set going has come to rest: a bridge without a carrier says so a moment later.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while (now := host.succeed(look).splitlines()) != found.splitlines() and time.monotonic() < deadline:
        time.sleep(1)
    changed = difflib.unified_diff(found.splitlines(), now, lineterm="", n=0)
    return [line for line in changed if not line.startswith(("---", "+++", "@@"))]


@dataclass
class HostUnderSteps:
    """A machine in a slot of a subnet, and what its steps have said so far.

    `prefix`: what its containers have their addresses from; None for the slot's block.
    """

    host: Host
    subnet: IPv6Network
    containers: tuple[Container, ...]
    slot: int = 1
    prefix: IPv6Network | None = None
    way: str = "default-bridge"
    networks: tuple[ContainerNetwork, ...] = ()
    open: Open = "declared"
    facts: str = ""
    packages: EnginePackages = AS_IT_COMES
    engine: str = ""
    said: list[str] = field(default_factory=list[str])
    change: str = ""
    """Names the last guarded change on the host."""

    def apply_all(self) -> list[str]:
        """All steps in their order; what each said, the facts left out."""
        self.said.clear()
        self.facts = self._run(command_line("facts", self._hash), scripts_bundle()[0])
        for concern in ORDER:
            self.said.append(self.apply(concern))
        for container in self.containers:
            self.said.append(self.apply_container(container))
        return self.said

    def apply_networks(self) -> list[str]:
        """The steps that a change of networks and containers touches; what each said."""
        said = [self.apply(concern) for concern in ("filter", "docker")]
        return said + [self.apply_container(container) for container in self.containers]

    def apply_all_before(self, end: Concern) -> None:
        """The facts step, and those after it up to this one, which is left out."""
        self.facts = self._run(command_line("facts", self._hash), scripts_bundle()[0])
        for concern in ORDER[: ORDER.index(end)]:
            self.apply(concern)

    def apply(self, concern: Concern, gateway: str | None = None) -> str:
        """One step; what it said on standard output. Raises CommandFailed."""
        wanted = self.wanted(concern, gateway)
        if concern in GUARDED:
            return self.guarded("apply", concern, wanted)
        said = self._run(command_line(concern, self._hash), wanted)
        if concern == "engine":
            self.engine = said
        return said

    def apply_container(self, container: Container) -> str:
        engine = parse_engine(self.engine)
        text = render.container_text(engine, self._prefix, self._wishes, container.name)
        return self._run(command_line("container", self._hash, container.name), text)

    def remove_container(self, name: str) -> None:
        """Takes one container's step away, as an `up` without it does."""
        self._run(remove_line("container", self._hash, name), "")

    def remove(self, concern: Concern) -> None:
        """Takes one step away."""
        if concern in GUARDED:
            self.guarded("remove", concern, "")
        else:
            self._run(remove_line(concern, self._hash), "")

    def guarded(self, verb: str, concern: Concern, wanted: str) -> str:
        """One guarded step, confirmed as by somebody at the console; what it said."""
        return guarded(self._run, self._hash, verb, concern, wanted)

    def begin(self, verb: str, concern: Concern, wanted: str, seconds: int = REVERT_AFTER) -> str:
        """The first half of a guarded step, which nobody confirms."""
        self.change = secrets.token_hex(4)
        return self._run(guarded_line(verb, concern, self._hash, self.change, seconds), wanted)

    def confirm(self) -> str:
        """What the host says became of the last guarded step; one that is pending is confirmed."""
        return self.host.run(["sh", "-c", confirm_line(self._hash, self.change)]).stdout

    def remove_all(self) -> None:
        for container in reversed(self.containers):
            self.remove_container(container.name)
        for concern in (*reversed(ORDER), "facts"):
            self.remove(concern)

    def address_of(self, container: str) -> str:
        """The last group of a container's address; empty when it does not run."""
        form = "{{.NetworkSettings.GlobalIPv6Address}}"
        return self.host.succeed(f"docker inspect --format '{form}' {container}").strip().rpartition(":")[2]

    @property
    def _hash(self) -> str:
        return scripts_bundle()[1]

    @property
    def _addresses(self) -> HostAddresses:
        return host_addresses(self.subnet, self.slot)

    def wanted(self, concern: Concern, gateway: str | None) -> str:
        if concern == "kernel":
            return render.kernel_text()
        if concern == "network":
            return render.network_text(self.facts, str(self._addresses.primary), gateway)
        if concern == "filter":
            return render.filter_text(self.engine, self._prefix, self._wishes)
        if concern == "engine":
            return render.engine_text(self.facts, self.packages)
        return render.docker_text(self.facts, self.engine, self._prefix, self._wishes)

    @property
    def _prefix(self) -> str:
        return str(self.prefix or self._addresses.block)

    @property
    def _wishes(self) -> NetworkWishes:
        return NetworkWishes(self.way, self.networks, self.containers, self.open)

    def _run(self, line: str, text: str) -> str:
        result: subprocess.CompletedProcess[str] = self.host.run(["sh", "-c", line], timeout=300, text=text)
        if result.returncode:
            raise CommandFailed(f"{line}: {result.stdout}{result.stderr}")
        return result.stdout


WEB = Container("web", "lab/web:1", place=1, ports=(Port(80),))
API = Container("api", "lab/web:1", place=2)
