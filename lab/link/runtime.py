"""The links that are there: their namespaces, switches, routers, name servers and machines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from threading import RLock
from types import MappingProxyType

from lab import paths
from lab.fabric import namespaces, netlink
from lab.fabric.bridge import make_bridge
from lab.fabric.dnsmasq import DnsmasqProcesses
from lab.fabric.model import Resolver
from lab.fabric.renewal import renew
from lab.fabric.resolver import ZONE, resolver_config
from lab.image import Image
from lab.link import model
from lab.link.disk import HostKey, new_host_key, prepare
from lab.link.model import Link, LinkHost
from lab.machines import Machine


@dataclass
class _Present:
    """A link that is up, with its machines and their host keys by the hosts' names."""

    link: Link
    machines: Mapping[str, Machine]
    host_keys: Mapping[str, HostKey]
    resolvers: DnsmasqProcesses


class Links:
    """`image`: gives an image by its name, and raises when there is none. `say`: takes lines for the log.

    All methods may be called from any thread, and raise ValueError for a wish that makes no sense.
    """

    def __init__(self, image: Callable[[str], Image], say: Callable[[str], None]) -> None:
        self._image = image
        self._say = say
        self._present: dict[str, _Present] = {}
        self._lock = RLock()

    def up(self, name: str, hosts: int, image: str, login_keys: tuple[str, ...]) -> None:
        """Lays a link and starts its hosts, which are reachable some seconds later."""
        with self._lock:
            if name in self._present:
                raise ValueError(f"link {name} is up already: `lab link down {name}` takes it away")
            link = model.new_link(name, hosts, image, [one.link.number for one in self._present.values()])
            layers = self._image(image).layers
            keys = {host.name: new_host_key() for host in link.hosts}
            resolvers = DnsmasqProcesses(paths.lab_state_dir() / "dnsmasq")
            machines = {host.name: self._machine(link, host, layers) for host in link.hosts}
            self._present[name] = _Present(link, machines, keys, resolvers)
            try:
                _lay(link, resolvers)
                for host in link.hosts:
                    upper = machines[host.name].host.state_directory / "upper"
                    prepare(upper, layers, host.name, model.netplan(link, host), keys[host.name], login_keys)
                    machines[host.name].start()
            except BaseException:
                self.down(name)
                raise

    def down(self, name: str) -> None:
        """Takes power and disk from a link's hosts, and the link away."""
        with self._lock:
            gone = self._get(name)
            for machine in gone.machines.values():
                machine.destroy()
            gone.resolvers.close()
            netlink.take_away(model.uplink(gone.link))
            for cable in model.host_cables(gone.link):
                netlink.take_away(cable)
                namespaces.remove(cable.far.namespace)
            namespaces.remove(gone.link.namespace)
            del self._present[name]

    def add_route(self, name: str, prefix: IPv6Network, via: IPv6Address) -> None:
        """Tells a link's router that a prefix is reached by an address on the link."""
        with self._lock:
            link = self._get(name).link
            model.check_route(link, prefix, via)
            self._change(name, replace(link, routes=MappingProxyType({**link.routes, prefix: via})))

    def remove_route(self, name: str, prefix: IPv6Network) -> None:
        """Undoes `add_route`."""
        with self._lock:
            link = self._get(name).link
            if prefix not in link.routes:
                told = ", ".join(map(str, link.routes)) or "none"
                raise ValueError(
                    f"the router of link {name} was told no route to {prefix}; it was told: {told}"
                )
            left = {one: via for one, via in link.routes.items() if one != prefix}
            self._change(name, replace(link, routes=MappingProxyType(left)))

    def described(self) -> list[dict[str, object]]:
        """All links as JSON has them, each host with the public half of its host key."""
        with self._lock:
            links = [one.link for one in self._present.values()]
            keys = {name: key for one in self._present.values() for name, key in one.host_keys.items()}
            return model.described(links, {name: key.public for name, key in keys.items()})

    def close(self) -> None:
        """Takes all links down."""
        with self._lock:
            for name in list(self._present):
                self.down(name)

    def _get(self, name: str) -> _Present:
        if name not in self._present:
            raise ValueError(f"there is no link {name}; there are: {', '.join(self._present) or 'none'}")
        return self._present[name]

    def _change(self, name: str, link: Link) -> None:
        present = self._present[name]
        before, after = model.bridge_end(present.link), model.bridge_end(link)
        netlink.clear(before, after)
        netlink.configure(after, before)
        present.link = link

    def _machine(self, link: Link, host: LinkHost, layers: Sequence[Path]) -> Machine:
        (cable,) = (one for one in model.host_cables(link) if one.near.device == model.port_of(host))
        return Machine(
            host.id,
            lambda: layers,
            renew_namespace=lambda: renew([cable.far]),
            on_off=lambda: None,
            say=self._say,
        )


def _lay(link: Link, resolvers: DnsmasqProcesses) -> None:
    router = model.router_namespace(link)
    namespaces.create(router.name)
    netlink.configure_namespace(router, None)
    cables = model.host_cables(link)
    for cable in cables:
        namespaces.create(cable.far.namespace)
        netlink.lay(cable)
        netlink.configure(cable.near, None)
    bridge = model.bridge_end(link)
    make_bridge(bridge, [cable.near.device for cable in cables])
    netlink.configure(bridge, None)
    up = model.uplink(link)
    netlink.lay(up)
    netlink.configure(up.near, None)
    netlink.configure(up.far, None)
    config = resolver_config(ZONE, (str(link.ipv4_router), str(link.router)))
    resolvers.apply({(link.namespace, "resolver"): Resolver(link.namespace, config)}, set())
