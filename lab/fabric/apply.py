"""Makes a fabric so, step by step from the former one, and takes it away.

What the kernel holds is found again by name: `teardown` cleans up also after a daemon that was killed.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Protocol, Self, TypeVar

from lab import names, paths
from lab.fabric import internet, namespaces, netlink, trouble
from lab.fabric.all_leases import AllLeases
from lab.fabric.dnsmasq import DnsmasqProcesses
from lab.fabric.metadata_service import Tokens
from lab.fabric.model import Cable, End, Fabric, LeaseOfAll, NeighbourResponder
from lab.fabric.prefix_neighbours import PrefixNeighbours
from lab.fabric.renewal import renew
from lab.fabric.rules import load_ruleset
from lab.fabric.servers import echo_server, metadata_server
from lab.fabric.tayga import TaygaProcesses

Key = tuple[str, str]
Item = TypeVar("Item")


class _Closable(Protocol):
    def close(self) -> None: ...


class FabricRuntime:
    """The fabric that is there: its processes, its servers, and what it was last asked to be.

    A context manager: leaving it tears everything down. All methods may be called from any thread.
    """

    def __init__(self, prefix: str = names.NAMESPACE_PREFIX, folder: Path | None = None) -> None:
        """`folder` is for configuration, leases and logs of dnsmasq and tayga."""
        self._prefix = prefix
        self._lock = RLock()
        self._present = Fabric(prefix)
        self._tokens = Tokens()
        self._dnsmasq = DnsmasqProcesses(folder or paths.lab_state_dir() / "dnsmasq")
        self._tayga = TaygaProcesses(folder or paths.lab_state_dir() / "dnsmasq")
        self._servers: dict[str, list[_Closable]] = {}
        self._all_leases: dict[LeaseOfAll, AllLeases] = {}
        self._cut: set[Key] = set()
        self._is_sound = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def present(self) -> Fabric:
        """What was last applied."""
        return self._present

    def apply(self, wanted: Fabric) -> None:
        """Bring the kernel from the present fabric to the wanted one; what stays the same is not touched.

        Rules come before the cables they are about, so that no packet passes unchecked. After a failure the
        next call trusts nothing and sees to everything again. Raises ValueError for a fabric with another
        prefix; OSError, NetlinkError or RuntimeError when the kernel or a program refuses.
        """
        if wanted.prefix != self._prefix:
            raise ValueError(
                f"fabric is for {wanted.prefix!r}, this runtime is for {self._prefix!r}: plan it again"
            )
        with self._lock:
            before = {cable.key: cable for cable in self._present.cables}
            cables = {cable.key: cable for cable in wanted.cables}
            kept = {key for key, cable in cables.items() if key in before and _same(before[key], cable)}
            sound, self._is_sound = self._is_sound, False
            self._take_away(before, kept)
            self._namespaces(wanted, trusted=sound)
            for key in () if sound else kept - self._cut:
                _lay(cables[key])
            self._lay(before, cables, kept)
            self._remove_namespaces(wanted)
            self._present = wanted
            servers = (*wanted.dhcp_servers, *wanted.resolvers)
            by_device = {(server.namespace, server.device): server for server in servers}
            self._dnsmasq.apply(by_device, cables.keys() - kept)
            self._tayga.apply(wanted.translators)
            self._lease_all(wanted, cables.keys() - kept)
            self._listen(wanted)
            self._is_sound = True

    def renew_host_namespace(self, instance_id: str) -> None:
        """Give an instance a fresh namespace of the same name, with its devices and nothing else in it.

        The devices keep their MACs and the router's ends; addresses, rules, bridges and settings of the
        former life are gone, as they are after a reboot. The machine must be off. Raises LookupError when the
        instance has no cable.
        """
        with self._lock:
            renew([cable.far for cable in self._cables_of(instance_id)])

    def cut(self, instance_id: str) -> None:
        """Cut an instance's cables: it loses carrier, and nobody reaches it, until `mend`."""
        with self._lock:
            for cable in self._cables_of(instance_id):
                self._cut.add(cable.key)
                netlink.set_state(cable.near, "down")

    def mend(self, instance_id: str) -> None:
        """Put an instance's cut cables together again."""
        with self._lock:
            for cable in self._cables_of(instance_id):
                if cable.key in self._cut:
                    self._cut.discard(cable.key)
                    netlink.configure(cable.near, None)

    def slow(
        self,
        instance_id: str,
        *,
        rate_kilobits: int | None = None,
        loss_percent: float = 0.0,
        delay_milliseconds: float = 0.0,
    ) -> None:
        """Make what an instance receives slow, lossy or late; no argument makes it whole again.

        Raises `trouble.NotSupportedError` when this machine's kernel cannot do what is asked.
        """
        with self._lock:
            wish = trouble.Trouble(rate_kilobits, loss_percent, delay_milliseconds)
            for cable in self._cables_of(instance_id):
                trouble.trouble(cable.near, wish)

    def close(self) -> None:
        """Stop every process and server and remove every namespace."""
        with self._lock:
            self._dnsmasq.close()
            self._tayga.close()
            self._lease_all(Fabric(self._prefix), set())
            for name in tuple(self._servers):
                self._silence(name)
            teardown(self._prefix)
            self._present = Fabric(self._prefix)
            self._cut.clear()

    def _cables_of(self, instance_id: str) -> list[Cable]:
        name = f"{self._prefix}{instance_id}"
        found = [cable for cable in self._present.cables if cable.far.namespace == name]
        if not found:
            raise LookupError(
                f"instance {instance_id} has no cable: it must be pending or running, with an interface"
            )
        return found

    def _take_away(self, before: Mapping[Key, Cable], kept: set[Key]) -> None:
        for key, cable in before.items():
            if key not in kept:
                netlink.take_away(cable)
                self._cut.discard(key)

    def _namespaces(self, wanted: Fabric, *, trusted: bool) -> None:
        before = {one.name: one for one in self._present.namespaces} if trusted else {}
        for namespace in wanted.namespaces:
            former = before.get(namespace.name)
            if former is None:
                namespaces.create(namespace.name)
            if former != namespace:
                netlink.configure_namespace(namespace, former)
            if namespace.ruleset and (former is None or former.ruleset != namespace.ruleset):
                load_ruleset(namespace.name, namespace.ruleset)

    def _lay(self, before: Mapping[Key, Cable], cables: Mapping[Key, Cable], kept: set[Key]) -> None:
        whole = kept - self._cut
        for key in whole:
            _each_end(before[key], cables[key], netlink.clear)
        for key, cable in cables.items():
            if key in whole:
                _each_end(before[key], cable, lambda former, end: netlink.configure(end, former))
            elif key not in kept:
                _lay(cable)

    def _remove_namespaces(self, wanted: Fabric) -> None:
        names_wanted = {namespace.name for namespace in wanted.namespaces}
        for namespace in self._present.namespaces:
            if namespace.name not in names_wanted:
                self._silence(namespace.name)
                namespaces.remove(namespace.name)

    def _lease_all(self, wanted: Fabric, renewed: set[Key]) -> None:
        for lease in list(self._all_leases):
            if lease not in wanted.leases_of_all or (lease.namespace, lease.device) in renewed:
                self._all_leases.pop(lease).close()
        for lease in wanted.leases_of_all:
            if lease not in self._all_leases:
                self._all_leases[lease] = AllLeases(lease)

    def _listen(self, wanted: Fabric) -> None:
        outside = internet.namespace_of(self._prefix)
        for namespace in wanted.namespaces:
            if namespace.name in self._servers:
                continue
            if namespace.name == outside:
                self._servers[namespace.name] = [echo_server(outside)]
            elif namespace.ruleset:
                self._servers[namespace.name] = [
                    metadata_server(namespace.name, lambda: self._present.metadata, self._tokens),
                    PrefixNeighbours(namespace.name, lambda name=namespace.name: self._responder(name)),
                ]

    def _responder(self, namespace: str) -> NeighbourResponder | None:
        return next((one for one in self._present.responders if one.namespace == namespace), None)

    def _silence(self, namespace: str) -> None:
        for server in self._servers.pop(namespace, []):
            server.close()


def teardown(prefix: str = names.NAMESPACE_PREFIX) -> None:
    """Kill what runs in a fabric's namespaces and remove them, cables included; whoever made them may be
    gone.

    This process and those that started it are spared. Raises RuntimeError, after all else is cleaned, when a
    process cannot be killed.
    """
    stubborn = {name: left for name in namespaces.names(prefix) if (left := namespaces.kill_processes(name))}
    for name in namespaces.names(prefix):
        namespaces.inside(name, netlink.remove_cables)
        namespaces.remove(name)
    if stubborn:
        raise RuntimeError(f"processes outlived the lab's end: {stubborn}; end them and run lab-down again")


def _same(one: Cable, other: Cable) -> bool:
    return one.hardware == other.hardware


def _lay(cable: Cable) -> None:
    netlink.lay(cable)
    for end in (cable.near, cable.far):
        if end.configured:
            netlink.configure(end, None)


def _each_end(before: Cable, cable: Cable, act: Callable[[End, End], None]) -> None:
    for former, end in ((before.near, cable.near), (before.far, cable.far)):
        if former != end:
            act(former, end)
