"""Cuts the cables of a machine: drops every packet at the router's ends of its links, out of its sight."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lab.names import NAMESPACE_PREFIX

_TABLE: Final = "lab_cut"


def cut(namespace: str) -> None:
    """Drops everything to and from the namespace, silently: the link stays up, as when a far switch dies."""
    for router, device in _far_ends(namespace):
        _nft(
            router,
            f"table netdev {_TABLE}_{device} {{\n"
            f'  chain in {{ type filter hook ingress device "{device}" priority -500; policy drop; }}\n'
            f'  chain out {{ type filter hook egress device "{device}" priority -500; policy drop; }}\n'
            "}\n",
        )


def mend(namespace: str) -> None:
    """Undoes `cut`; nothing happens to a cable that is whole."""
    for router, device in _far_ends(namespace):
        table = f"netdev {_TABLE}_{device}"
        _nft(router, f"table {table} {{ }}\ndelete table {table}\n")


def _far_ends(namespace: str) -> Iterator[tuple[str, str]]:
    """The (router namespace, device name) at the other end of each veth that leaves the namespace.

    Two links are one veth when each names the other's index and the MAC addresses do not decide: indices
    are small numbers in every namespace, so the far end must also point at this namespace by its id.
    """
    links = [link for link in _links(namespace) if "link_netnsid" in link]
    for router in _routers():
        here = _id_of(namespace, seen_from=router)
        for far in _links(router):
            pair = (far.get("link_index"), far["ifindex"])
            if far.get("link_netnsid") == here and pair in {
                (x["ifindex"], x.get("link_index")) for x in links
            }:
                yield router, far["ifname"]


def _routers() -> list[str]:
    """The namespaces in which the cables of machines end: those of VPCs and of plain links."""
    folder = Path("/run/netns")
    return sorted(
        path.name for kind in ("vpc", "link") for path in folder.glob(f"{NAMESPACE_PREFIX}{kind}-*")
    )


def _links(namespace: str) -> list[dict[str, Any]]:
    return json.loads(_output(["ip", "-n", namespace, "-json", "link", "show"]))


def _id_of(namespace: str, seen_from: str) -> int | None:
    listing = _output(["ip", "netns", "exec", seen_from, "ip", "-json", "netns", "list-id"])
    for entry in json.loads(listing or "[]"):
        if entry.get("name") == namespace:
            return entry["nsid"]
    return None


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _nft(namespace: str, rules: str) -> None:
    subprocess.run(["ip", "netns", "exec", namespace, "nft", "-f", "-"], input=rules, text=True, check=True)
