"""A fresh namespace for a machine that boots again: what its last boot configured is gone."""

from collections.abc import Sequence

from lab.fabric import namespaces, netlink
from lab.fabric.model import End


def renew(ends: Sequence[End]) -> None:
    """Give the namespace that these ends are all of a fresh successor of the same name, with only them in it.

    The devices keep their MACs and their far ends; addresses, rules, bridges and settings of the former life
    are gone, as they are after a reboot. The machine must be off.
    """
    name = ends[0].namespace
    namespaces.remove(f"{name}.new")
    namespaces.create(f"{name}.new")
    for end in ends:
        netlink.move(end.device, end.mtu, name, f"{name}.new")
    namespaces.rename(f"{name}.new", name)
