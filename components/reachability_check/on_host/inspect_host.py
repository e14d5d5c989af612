"""Runs on a host as root: what its network and its containers are like now, as JSON on stdout.

WANTED is a line of JSON on stdin: {"networks": {"bridge": "docker0", ...}}, devices by the names of networks.
A Compose project's file may give a network another name in Docker: it is known by its device.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

WANTED: dict[str, Any] = json.loads(sys.stdin.readline())
BRIDGE_NAME = "com.docker.network.bridge.name"
COMPOSE = "com.docker.compose"
LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp (Linux, include/net/tcp_states.h)."""


def run(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False).stdout


def ip(*argv: str) -> list[Any]:
    return json.loads(run("ip", "-json", *argv) or "[]")


def global_addresses(device: str) -> list[str]:
    entries = ip("-6", "address", "show", "dev", device, "scope", "global")
    found = [one for entry in entries for one in entry.get("addr_info", [])]
    # What the filter leaves out stands there as an empty object.
    return [f"{one['local']}/{one['prefixlen']}" for one in found if "local" in one]


def default_route() -> tuple[str | None, str | None]:
    for route in ip("-6", "route", "show", "default"):
        if "gateway" in route:
            return route["gateway"], route["dev"]
    return None, None


def neighbour_state(address: str, device: str) -> str:
    for entry in ip("-6", "neighbour", "show", address, "dev", device):
        return str(entry["state"][0])
    return "NONE"


def neighbours(device: str) -> dict[str, str]:
    return {entry["dst"]: str(entry["state"][0]) for entry in ip("-6", "neighbour", "show", "dev", device)}


def forwarding() -> bool:
    return Path("/proc/sys/net/ipv6/conf/all/forwarding").read_text().strip() == "1"


def listeners(pid: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for family, name in ((4, "tcp"), (6, "tcp6")):
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            row = line.split()
            if row[3] == LISTEN:
                address, _, port = row[1].partition(":")
                found.append({"family": family, "port": int(port, 16), "any": not address.strip("0")})
    return found


def bridges() -> dict[str, dict[str, Any]]:
    present = {link.get("ifname") for link in ip("link", "show")}
    return {
        device: {"addresses": global_addresses(device), "neighbours": neighbours(device)}
        for device in WANTED["networks"].values()
        if device in present
    }


def names_of_networks() -> dict[str, str]:
    """The wanted names by Docker's own."""
    wanted: dict[str, str] = {device: name for name, device in WANTED["networks"].items()}
    ids = run("docker", "network", "ls", "--quiet", "--filter", "driver=bridge").split()
    details: list[Any] = json.loads(run("docker", "network", "inspect", *ids) or "[]") if ids else []
    devices = {str(one["Name"]): bridge_of(one) for one in details}
    by_device = {docker: wanted[device] for docker, device in devices.items() if device in wanted}
    return {**by_device, **{docker: docker for docker in devices if docker in WANTED["networks"]}}


def bridge_of(network: dict[str, Any]) -> str:
    options: dict[str, str] = network["Options"] or {}
    return options.get(BRIDGE_NAME, "")


def name_of(container: dict[str, Any]) -> str:
    """Of a Compose service's container the name that it has unless its file gives it another."""
    labels: dict[str, str] = container["Config"]["Labels"] or {}
    words = [labels.get(f"{COMPOSE}.{key}", "") for key in ("project", "service", "container-number")]
    if all(words) and labels.get(f"{COMPOSE}.oneoff") != "True":
        return "-".join(words)
    return str(container["Name"].lstrip("/"))


def containers() -> list[dict[str, Any]]:
    called = names_of_networks()
    ours = [word for name in called for word in ("--filter", f"network={name}")]
    names = run("docker", "ps", "--quiet", *ours).split() if ours else []
    details: list[Any] = json.loads(run("docker", "container", "inspect", *names)) if names else []
    found: list[dict[str, Any]] = []
    for one in details:
        networks: dict[str, Any] = {
            called[name]: network
            for name, network in one["NetworkSettings"]["Networks"].items()
            if name in called
        }
        found.append(
            {
                "name": name_of(one),
                "pid": one["State"]["Pid"],
                "addresses": {name: network["GlobalIPv6Address"] for name, network in networks.items()},
                "macs": [network["MacAddress"].lower() for network in networks.values()],
                "listeners": listeners(one["State"]["Pid"]),
            }
        )
    return sorted(found, key=lambda entry: entry["name"])


def main() -> None:
    gateway, nic = default_route()
    print(
        json.dumps(
            {
                "nic": nic,
                "gateway": gateway,
                "gateway_state": neighbour_state(gateway, nic) if gateway and nic else "NONE",
                "nic_addresses": global_addresses(nic) if nic else [],
                "bridges": bridges(),
                "forwarding": forwarding(),
                "containers": containers(),
            }
        )
    )


main()
