"""Prints what this host is, as one line of JSON: the facts from which its files are rendered.

What earlier steps have replaced is reported as it was found, so that the facts are the same before and after.
"""

import json
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from netplan_entries import Settings, configures, entry_of, ipv4_settings, is_filled, merged, network_in

OWN_NETPLAN = ("/etc/netplan/60-dualstack.yaml", "/etc/netplan/70-dualstack-routes.yaml")
NETWORK_WISHES = Path("/etc/dualstack/network")


def output(*command: str) -> str:
    """What a command printed; empty when it is not there or failed."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode() if done.returncode == 0 else ""


def as_found(state: Path, concern: str) -> dict[str, Path | None]:
    """Paths that a step has taken over, with the copy of what was there before, if anything was."""
    guarded = state / f"guarded-{concern}"
    store = guarded if guarded.exists() else state / concern
    manifest = store / "manifest.json"
    entries: dict[str, Any] = json.loads(manifest.read_text()) if manifest.exists() else {}
    found = store / "found"
    return {path: found / path.lstrip("/") if entry["found"] else None for path, entry in entries.items()}


def found_files(state: Path, concern: str, live: list[str]) -> dict[str, str]:
    """Path to text, as found, of the live files and those that a step has taken over."""
    taken = as_found(state, concern)
    files = {path: Path(path).read_text() for path in live if path not in taken and Path(path).exists()}
    files.update({path: copy.read_text() for path, copy in taken.items() if copy is not None})
    return dict(sorted(files.items(), key=lambda item: Path(item[0]).name))


def default_route(family: str) -> Settings:
    """The first default route, as `ip --json` tells it; empty when there is none."""
    routes = json.loads(output("ip", "--json", family, "route", "show", "default") or "[]")
    return routes[0] if routes else {}


def gateway_of(route: Settings) -> str | None:
    """A route's next hop, if it has one."""
    if "gateway" in route:
        return route["gateway"]
    hops: list[Settings] = route.get("nexthops") or [{}]
    return hops[0].get("gateway") or entry_of(route, "via").get("host")


def settled_interface(wishes: Path) -> str | None:
    """The one that the network step has set: another that is attached later may bring a default route too."""
    found = re.search(r"^interface=(\S+)$", wishes.read_text() if wishes.exists() else "", re.MULTILINE)
    return found.group(1) if found else None


def network_of(path: str, text: str) -> Settings:
    """What a netplan file says below `network`. Ends the program when netplan could not read it either."""
    try:
        return network_in(yaml.safe_load(text))
    except yaml.YAMLError as problem:
        why = f"is not yaml: {' '.join(str(problem).split())}"
    except ValueError as problem:
        why = str(problem)
    raise SystemExit(
        f"facts: {path} {why}; netplan cannot read it either: mend or remove it, then run `pulumi up` again"
    )


def nic_facts(state: Path, given: str | None) -> Settings:
    """The interface that leads out, or the one given, and what netplan's files say about it."""
    name = (
        given
        or settled_interface(NETWORK_WISHES)
        or default_route("-6").get("dev")
        or default_route("-4").get("dev")
    )
    if not name:
        raise SystemExit("facts: this host has no default route of either family: which interface leads out?")
    link = json.loads(output("ip", "--json", "link", "show", "dev", name))[0]
    live = [str(path) for path in sorted(Path("/etc/netplan").glob("*.yaml")) if str(path) not in OWN_NETPLAN]
    netplan_id: str | None = None
    settings: Settings = {}
    others: Settings = {}
    files: list[str] = []
    for path, text in found_files(state, "network", live).items():
        if not path.startswith("/etc/netplan/"):
            continue
        network = network_of(path, text)
        ethernets = entry_of(network, "ethernets")
        mac = link["address"]
        mine = [each for each in ethernets if configures(each, entry_of(ethernets, each), name, mac)]
        if not mine:
            continue
        files.append(path)
        for each in mine:
            netplan_id = each
            settings = merged(settings, ethernets.pop(each))
        others = merged(others, {kind: entries for kind, entries in network.items() if is_filled(entries)})
    return {
        "name": name,
        "mac": link["address"],
        "mtu": link["mtu"],
        "netplan_id": netplan_id,
        "ipv4_settings": ipv4_settings(settings),
        "files": files,
        "others": others,
    }


def cloud_init_facts(files: list[str]) -> Settings | None:
    """cloud-init's state, and the netplan files that it wrote; None where it is not installed."""
    version = re.search(r"[0-9]+(\.[0-9]+)*", output("cloud-init", "--version"))
    if not version:
        return None
    asked = subprocess.run(["cloud-init", "status"], capture_output=True, timeout=60, check=False)
    status = asked.stdout.decode()
    return {
        "status": status.partition("status:")[2].strip().split("\n")[0],
        "version": version.group(),
        "files": [path for path in files if path.endswith("cloud-init.yaml")],
    }


def version_of(package: str) -> str | None:
    """A Debian package's version, digits and dots only."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", output("dpkg-query", "-W", "-f", "${Version}", package))
    return found.group(1) if found else None


def engine_version() -> str | None:
    """The version of dockerd, digits and dots only; None where it is not installed."""
    found = re.match(r"Docker version (\d+(?:\.\d+)*)", output("dockerd", "--version"))
    return found.group(1) if found else None


def os_facts() -> dict[str, str]:
    """Which distribution this is, from os-release(5)."""
    lines = Path("/etc/os-release").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if "=" in line)
    names = {"id": "ID", "version": "VERSION_ID", "codename": "VERSION_CODENAME"}
    return {name: pairs.get(key, "").strip('"') for name, key in names.items()}


def daemon_json(state: Path) -> Settings | None:
    """Docker's own configuration as found; None where there is none."""
    path = "/etc/docker/daemon.json"
    text = found_files(state, "docker", [path]).get(path)
    try:
        return None if text is None else json.loads(text or "{}")
    except ValueError as error:
        raise SystemExit(f"facts: {path} is not json: {error}") from None


def found_gateway(state: Path) -> str | None:
    """The live IPv6 gateway, remembered before any step sets one of its own."""
    memory = state / "gateway"
    remembered = memory.read_text().strip() if memory.exists() else ""
    if remembered:  # a power cut can leave the file empty
        return remembered
    gateway = gateway_of(default_route("-6"))
    if gateway is not None:
        memory.write_text(gateway + "\n")
    return gateway


def name_servers_of(text: str) -> list[str]:
    """The IPv6 name servers in a resolv.conf(5), but for those that are no other host's."""
    found = re.findall(r"^nameserver\s+(\S+)", text, re.MULTILINE)
    return [each for each in found if ":" in each and "%" not in each and each != "::1"]


def found_name_servers(state: Path, ipv4: bool) -> list[str]:
    """Those a host without IPv4 learned over IPv6, remembered before a step ends what it learned them from.

    A host with IPv4 goes on learning them over DHCPv4.
    """
    memory = state / "name-servers"
    if ipv4:
        return []
    remembered = memory.read_text().split() if memory.exists() else []
    if remembered:
        return remembered
    paths = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))
    for path in paths:
        if path.exists() and (found := name_servers_of(path.read_text())):
            memory.write_text("\n".join(found) + "\n")
            return found
    return []


def has_ipv4(name: str) -> bool:
    """Whether the interface has an IPv4 address that others reach."""
    return bool(output("ip", "-4", "--oneline", "address", "show", "dev", name, "scope", "global").strip())


def global_addresses(interface: str) -> list[str]:
    """The interface's lasting global IPv6 addresses, with their lengths."""
    shown = output("ip", "--json", "-6", "address", "show", "dev", interface, "scope", "global")
    entries = [one for link in json.loads(shown or "[]") for one in link.get("addr_info", ())]
    lasting = [one for one in entries if not one.get("temporary") and not one.get("deprecated")]
    return [f"{one['local']}/{one['prefixlen']}" for one in lasting if "local" in one]


def main(state: Path, wishes: Settings) -> None:
    """All facts, as one line with sorted keys. `wishes`: of a host that was there before; else empty."""
    nic = nic_facts(state, wishes.get("interface"))
    facts: Settings = {
        "nic": nic,
        "gateway": found_gateway(state),
        "has_ipv4": has_ipv4(nic["name"]),
        "name_servers": found_name_servers(state, has_ipv4(nic["name"])),
        "engine": engine_version(),
        "netplan": version_of("netplan.io"),
        "cloud_init": cloud_init_facts(nic["files"]),
        "daemon_json": daemon_json(state),
        "architecture": platform.machine(),
        "os": os_facts(),
        "python": platform.python_version(),
    }
    if wishes:
        facts["addresses"] = global_addresses(nic["name"])
    print(json.dumps(facts, sort_keys=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2] or "{}"))
