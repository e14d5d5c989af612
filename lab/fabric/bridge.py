"""A plain switch in a namespace: a Linux bridge that forwards every frame to every port that may want it."""

from collections.abc import Sequence

from lab.fabric import namespaces, netlink
from lab.fabric.model import End


def make_bridge(end: End, ports: Sequence[str]) -> None:
    """Make a bridge with `end`'s name, MAC and MTU in its namespace, and put these devices on it.

    What is there already is kept. It does not look into multicast: neighbour discovery is flooded, as on a
    switch that knows nothing of it.
    """

    def make() -> None:
        with netlink.kernel_socket() as kernel:
            if not kernel.link_lookup(ifname=end.device):
                kernel.link(
                    "add", kind="bridge", ifname=end.device, address=end.mac, mtu=end.mtu,
                    br_mcast_snooping=0, br_stp_state=0,
                )  # fmt: skip
            (index,) = kernel.link_lookup(ifname=end.device)
            for port in ports:
                kernel.link("set", index=kernel.link_lookup(ifname=port)[0], master=index)

    namespaces.inside(end.namespace, make)
