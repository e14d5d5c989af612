"""The program's steps on hosts of a plain shared link, without Pulumi: the same lines, the same input."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network

from components.container_networks.neighbours import Neighbour, steps_of
from components.container_networks.plan import HostPlan, NetworkWishes, PlannedNetwork
from components.container_networks.registry import plan_host
from components.containers import Container
from components.host import render
from components.host.docker import parse_engine
from components.host.steps import (
    GUARDED,
    Concern,
    command_line,
    remove_line,
    scripts_bundle,
)
from lab.link.client import ListedHost
from lab.machines import CommandFailed, Host
from tests.lab.exposure import Addresses, Target, container_ipv4, listen
from tests.lab.host_steps import guarded


@dataclass
class LinkHostUnderSteps:
    """A host of a link with a prefix of its own for containers."""

    listed: ListedHost
    prefix: IPv6Network
    wishes: NetworkWishes
    neighbours: Sequence["LinkHostUnderSteps"] = ()
    facts: str = ""
    engine: str = ""
    said: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def host(self) -> Host:
        return Host(self.listed.id)

    @property
    def plan(self) -> HostPlan:
        return plan_host(self.wishes, self.prefix)

    @property
    def network(self) -> PlannedNetwork:
        return self.plan.networks[0]

    def address_of(self, container: str) -> str:
        """The planned address of a declared container."""
        (address,) = (str(each.address) for each in self.plan.containers if each.name == container)
        return address

    @property
    def target(self) -> Target:
        """The container `web` and the host, for those who try to reach them; both of its ports answer."""
        target = Target(
            Addresses(self.address_of("web"), self.listed.address),
            Addresses(container_ipv4(self.host, "web"), self.listed.ipv4),
        )
        listen(self.host, "web", target)
        return target

    def wait_until_booted(self) -> None:
        """With the containers' image, which the lab imports at the first boot."""
        self.host.wait_for_boot()
        self.host.wait_until_succeeds("docker image inspect lab/web:1")
        self.host.wait_until_succeeds("ip -6 route show default | grep static && ip route get 192.0.2.1")

    def apply_all(self) -> None:
        """All steps in their order."""
        self.facts = self._run(command_line("facts", self._hash), scripts_bundle()[0])
        for concern in self.concerns:
            self.apply(concern)
        for container in self.wishes.containers:
            self._apply_container(container)

    def apply(self, concern: Concern) -> str:
        """One step; what it said on standard output. Raises CommandFailed."""
        if concern in GUARDED:
            self.said[concern] = self._guarded("apply", concern, self.wanted(concern))
        else:
            self.said[concern] = self._run(command_line(concern, self._hash), self.wanted(concern))
        if concern == "engine":
            self.engine = self.said[concern]
        return self.said[concern]

    def remove(self, concern: Concern) -> str:
        if concern in GUARDED:
            return self._guarded("remove", concern, "")
        return self._run(remove_line(concern, self._hash), "")

    def remove_all(self) -> None:
        for container in reversed(self.wishes.containers):
            self._run(remove_line("container", self._hash, container.name), "")
        for concern in (*reversed(self.concerns), "facts"):
            self.remove(concern)

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """A host that was there before keeps its network: there is no step `network`."""
        return ("kernel", *steps_of(self.wishes.way), "engine", "filter", "docker")

    def wanted(self, concern: Concern) -> str:
        prefix = str(self.prefix)
        if concern == "kernel":
            return render.kernel_text()
        if concern == "routes":
            return render.routes_text(self.facts, prefix, [each.as_neighbour for each in self.neighbours])
        if concern == "ndp-proxy":
            return render.ndp_proxy_text(self.facts, prefix, self.wishes)
        if concern == "engine":
            return ""
        if concern == "filter":
            return render.filter_text(self.engine, prefix, self.wishes)
        return render.docker_text(self.facts, self.engine, prefix, self.wishes)

    @property
    def as_neighbour(self) -> Neighbour:
        return Neighbour(self.listed.name, self.prefix, IPv6Address(self.listed.address))

    @property
    def _hash(self) -> str:
        return scripts_bundle()[1]

    def _apply_container(self, container: Container) -> None:
        engine = parse_engine(self.engine)
        text = render.container_text(engine, str(self.prefix), self.wishes, container.name)
        self._run(command_line("container", self._hash, container.name), text)

    def _guarded(self, verb: str, concern: Concern, wanted: str) -> str:
        return guarded(self._run, self._hash, verb, concern, wanted)

    def _run(self, line: str, text: str) -> str:
        result = self.host.run(["sh", "-c", line], timeout=300, text=text)
        if result.returncode:
            raise CommandFailed(f"{line}: exit code {result.returncode}: {result.stderr}")
        return result.stdout
